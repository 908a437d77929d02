"""Turn Mango's realtime notifications into updates of one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.text import as_dict, as_int, clean_line, digest, moment
from leads.inquiry import CallUpdate, Ignored, Item

Event = dict[str, Any]
Direction = Literal["", "in", "out", "internal"]
Result = Literal["", "answered", "missed", "busy", "failed"]
_DIRECTIONS: dict[int | None, Direction] = {0: "internal", 1: "in", 2: "out"}
# Appendix of result codes: the far side is busy or declines; the number can't be called at all.
_BUSY = frozenset((1121, 1122, 1123))
_FAILED = frozenset((1130, 1131, 1132, 1133, 1134, 1140, 1150, 1151, 1152, 1171))


def kind_of(event: Event, path: str) -> str:
    """Tell the notification's kind by the end of the address, or by what it holds."""
    tail = path.rstrip("/")
    for kind in ("call", "summary", "recording", "record/added", "record/tagged", "dtmf", "sms"):
        if tail.endswith(f"/events/{kind}"):
            return kind
    if "/result/" in tail:
        return "result"
    return _kind_by_shape(event)


def _kind_by_shape(event: Event) -> str:
    if "call_state" in event:
        return "call"
    if "recording_state" in event:
        return "recording"
    if "call_direction" in event or "entry_result" in event:
        return "summary"
    if "dtmf" in event:
        return "dtmf"
    if "recording_id" in event:
        return "record/added"
    return "result" if "command_id" in event or "result" in event else ""


def read_event(kind: str, event: Event, received_at: dt.datetime) -> Item:
    """Make one item. Raises Unparseable when the call it speaks of isn't named."""
    if kind == "call":
        return _call(event, received_at)
    if kind == "summary":
        return _summary(event, received_at)
    if kind in ("recording", "record/added"):
        return _recording(event, received_at)
    reasons = {
        "dtmf": _("Keys pressed during a call."),
        "sms": _("The result of sending an SMS."),
        "result": _("The result of a command."),
        "record/tagged": _("Topics recognised in a recording."),
    }
    if kind not in reasons:
        raise Unparseable(_("Mango sent an event of an unknown kind."))
    return Ignored(key=f"{kind}:{digest(sorted(event.items(), key=str))}", reason=reasons[kind])


def _call(event: Event, received_at: dt.datetime) -> Item:
    """One leg changes its state. `seq` orders only the events of one leg, so time orders those of a call.

    Only the summary ends a call: a leg ends also when the call moves on from menu to operator.
    """
    entry, leg = _entry(event), clean_line(event.get("call_id"), 120)
    state, seq = clean_line(event.get("call_state"), 20), as_int(event.get("seq")) or 0
    key = f"call:{entry}:{leg}:{seq}:{state}"
    caller, callee = as_dict(event.get("from")), as_dict(event.get("to"))
    when = moment(event.get("timestamp")) or received_at
    if _number(caller, "extension") and _number(callee, "extension"):
        return Ignored(key=key, reason=_("A leg between colleagues: the call's summary tells the rest."))
    direction: Direction = "out" if _number(caller, "extension") else "in"
    is_person = clean_line(event.get("location"), 20).lower() not in ("ivr", "queue")
    is_answer = state == "Connected" and is_person
    return CallUpdate(
        key=key,
        occurred_at=when,
        call_id=entry,
        direction=direction,
        phone=_number(caller if direction == "in" else callee, "number"),
        line=_number(callee, "line_number") or _number(event, "line_number"),
        extension=_number(callee if direction == "in" else caller, "extension"),
        leg=leg,
        sequence=int(when.timestamp()),
        state="answered" if is_answer else "ringing" if state in ("Appeared", "Connected") else "",
        started_at=when if state == "Appeared" else None,
        answered_at=when if is_answer else None,
        ended_at=when if state == "Disconnected" else None,
    )


def _summary(event: Event, received_at: dt.datetime) -> CallUpdate:
    """The whole call, after its end: the only event that knows the result."""
    entry = _entry(event)
    direction = _DIRECTIONS.get(as_int(event.get("call_direction")), "")
    caller, callee = as_dict(event.get("from")), as_dict(event.get("to"))
    client, colleague = (callee, caller) if direction in ("out", "internal") else (caller, callee)
    started, ended = moment(event.get("create_time")), moment(event.get("end_time"))
    answered = moment(event.get("talk_time"))  # the moment, not the length; 0 when nobody answered
    when = ended or started or received_at
    return CallUpdate(
        key=f"summary:{entry}",
        occurred_at=when,
        call_id=entry,
        direction=direction,
        phone="" if direction == "internal" else _number(client, "number"),
        line=_number(event, "line_number") or _number(callee, "line_number"),
        extension=_number(colleague, "extension"),
        sequence=int(when.timestamp()),
        state="finished",
        result=_result(event, answered),
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        duration_s=_seconds(started, ended),
        talk_s=_seconds(answered, ended) if answered else 0,
    )


def _recording(event: Event, received_at: dt.datetime) -> Item:
    """A finished recording belongs to its call by entry_id; it tells no direction and no number."""
    recording, seq = clean_line(event.get("recording_id"), 200), as_int(event.get("seq")) or 0
    state = clean_line(event.get("recording_state"), 20)
    key = f"recording:{recording}:{seq}:{state or 'Added'}"
    if not recording:
        raise Unparseable(_("Mango's event names no recording."))
    if state and state != "Completed":
        return Ignored(key=key, reason=_("A recording is in progress."))
    when = moment(event.get("timestamp")) or received_at
    return CallUpdate(
        key=key,
        occurred_at=when,
        call_id=_entry(event),
        direction="",
        extension=_number(event, "extension"),
        sequence=int(when.timestamp()),
        recording_ref=recording,
    )


def _entry(event: Event) -> str:
    entry = clean_line(event.get("entry_id"), 120) or clean_line(event.get("call_id"), 120)
    if not entry:
        raise Unparseable(_("Mango's event names no call."))
    return entry


def _result(event: Event, answered: dt.datetime | None) -> Result:
    if answered and as_int(event.get("entry_result")) != 0:
        return "answered"
    reason = as_int(event.get("disconnect_reason"))
    if reason in _BUSY:
        return "busy"
    return "failed" if reason in _FAILED else "missed"


def _number(side: Mapping[str, Any], name: str) -> str:
    return clean_line(side.get(name), 100)


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    return max(0, int((end - start).total_seconds())) if start and end else None
