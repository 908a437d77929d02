"""Turn Zadarma's notifications into updates of one call, texts and marks of call tracking."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.calls import (
    Direction,
    Result,
    first_of,
    heard,
    is_extension,
    is_yes,
    local_moment,
    number_of,
    seconds,
)
from channels.adapters.marks import collect_marks
from channels.adapters.text import as_dict, clean_line, clean_text, digest
from leads.inquiry import CallMark, CallUpdate, Ignored, Inquiry, Item, Person

Event = Mapping[str, str]
# Which fields are signed: the vendor's own library, lib/Webhook/*.php.
_BY_CALLER = ("caller_id", "called_did", "call_start")
SIGNED: dict[str, tuple[str, ...]] = {
    "NOTIFY_START": _BY_CALLER,
    "NOTIFY_IVR": _BY_CALLER,
    "NOTIFY_INTERNAL": _BY_CALLER,
    "NOTIFY_END": _BY_CALLER,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
WITH_RESULT = ("result",)  # SMS, CALL_TRACKING, NUMBER_LOOKUP and others carry JSON in one field
_ORDER = {name: place for place, name in enumerate(
    ("NOTIFY_START", "NOTIFY_OUT_START", "NOTIFY_IVR", "NOTIFY_INTERNAL", "NOTIFY_ANSWER", "NOTIFY_END",
     "NOTIFY_OUT_END", "NOTIFY_RECORD")
)}  # fmt: skip
_RESULTS: dict[str, Result] = {
    "answered": "answered",
    "busy": "busy",
    "cancel": "missed",
    "no answer": "missed",
    "voicemail": "missed",
}


def read_event(event: Event, zone: dt.tzinfo, received_at: dt.datetime) -> list[Item]:
    """Make the items of one notification. Raises Unparseable where it names no call, or is of no known kind."""
    name = event.get("event", "")
    if name in ("SMS", "NOTIFY_SMS"):
        return [_sms(_result(event), received_at)]
    if name in ("CALL_TRACKING", "NOTIFY_CALL_TRACKING"):
        return _tracked(_results(event), zone, received_at)
    if name not in SIGNED:
        return [_other(event, name)]
    if name == "NOTIFY_RECORD":
        return [_recording(event, received_at)]
    if event.get("calltype") == "callback_leg1":
        reason = _("The first leg of a callback: it rings our own employee.")
        return [Ignored(_key(event, name), reason)]
    return [_call(event, name, zone, received_at)]


def _other(event: Event, name: str) -> Ignored:
    if not name and not event.get("pbx_call_id"):
        return Ignored(f"other:{digest(sorted(event.items()))}", _("There is no event of a call in it."))
    if name in ("SPEECH_RECOGNITION", "NUMBER_LOOKUP", "DOCUMENT"):
        return Ignored(f"{name}:{digest(sorted(event.items()))}", _("The result of another service."))
    raise Unparseable(_("Zadarma sent an event of an unknown kind: {name}.").format(name=name[:60] or "—"))


def _key(event: Event, name: str) -> str:
    """The vendor repeats events; one of several extensions or menu steps is another event."""
    parts = [clean_line(event.get(part), 60) for part in ("pbx_call_id", "internal", "call_start")]
    more = {k: v for k, v in event.items() if k.startswith("wait_dtmf") or k == "calltype"}
    return ":".join([name, *parts, *([digest(sorted(more.items()))[:8]] if more else [])])


def _call(event: Event, name: str, zone: dt.tzinfo, received_at: dt.datetime) -> CallUpdate:
    started = local_moment(event.get("call_start"), zone)
    is_out = name.startswith("NOTIFY_OUT")
    is_end = name.endswith("_END")
    client, extension = _sides(event, is_out=is_out)
    talked = seconds(event.get("duration"))
    result = _disposition(event) if is_end else ""
    when = heard(received_at, started)
    if is_end and started is not None and when == started:
        when = started + dt.timedelta(seconds=talked or 0)
    return CallUpdate(
        key=_key(event, name),
        occurred_at=when,
        call_id=_call_id(event),
        direction=_direction(event, is_out=is_out),
        phone=client,
        line=number_of(event.get("caller_id" if is_out else "called_did")),
        extension=extension,
        sequence=_ORDER[name],
        state="finished" if is_end else "answered" if name == "NOTIFY_ANSWER" else "ringing",
        result=result,
        started_at=started,
        ended_at=when if is_end else None,
        talk_s=(talked if result == "answered" else 0) if is_end else None,
        recording_ref=first_of(event, "call_id_with_rec") if is_yes(event.get("is_recorded")) else "",
    )


def _recording(event: Event, received_at: dt.datetime) -> CallUpdate:
    """It is ready about forty seconds after this; fetching is repeated."""
    record = first_of(event, "call_id_with_rec")
    if not record:
        raise Unparseable(_("Zadarma's event names no recording."))
    return CallUpdate(
        key=f"NOTIFY_RECORD:{record}",
        occurred_at=received_at,
        call_id=_call_id(event),
        direction="",
        sequence=_ORDER["NOTIFY_RECORD"],
        recording_ref=record,
    )


def _call_id(event: Event) -> str:
    call_id = first_of(event, "pbx_call_id")
    if not call_id:
        raise Unparseable(_("Zadarma's event names no call."))
    return call_id


def _sides(event: Event, *, is_out: bool) -> tuple[str, str]:
    """Return the client's number and the colleague's extension."""
    client = number_of(event.get("destination" if is_out else "caller_id"))
    internal = first_of(event, "internal", "last_internal", limit=64)
    if not is_out and not internal and is_extension(destination := number_of(event.get("destination"))):
        internal = destination
    return "" if is_extension(client) else client, internal


def _direction(event: Event, *, is_out: bool) -> Direction:
    if is_out:
        return "internal" if is_extension(number_of(event.get("destination"))) else "out"
    return "internal" if is_extension(number_of(event.get("caller_id"))) else "in"


def _disposition(event: Event) -> Result:
    text = event.get("disposition", "").strip().lower()
    return _RESULTS.get(text, "failed") if text else ""


# --- What is no call ---------------------------------------------------------------------------------
def _results(event: Event) -> list[dict[str, Any]]:
    try:
        value = json.loads(event.get("result", ""))
    except (ValueError, RecursionError):
        raise Unparseable(_("Zadarma sent JSON that can't be read.")) from None
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def _result(event: Event) -> dict[str, Any]:
    found = _results(event)
    if not found:
        raise Unparseable(_("Zadarma sent an empty event."))
    return found[0]


def _sms(sms: dict[str, Any], received_at: dt.datetime) -> Inquiry:
    phone = number_of(sms.get("caller_id"))
    text = clean_text(sms.get("text"), 20_000)
    return Inquiry(
        key=f"sms:{clean_line(sms.get('id'), 60) or digest(phone, text, received_at.strftime('%Y%m%d%H%M'))}",
        occurred_at=received_at,
        person=Person(phone=phone),
        text=text,
        sort="message",
        thread_key=phone,
    )


def _tracked(calls: list[dict[str, Any]], zone: dt.tzinfo, received_at: dt.datetime) -> list[Item]:
    """Call tracking tells of calls that the exchange tells of as well."""
    items: list[Item] = []
    for call in calls:
        phone, start = number_of(call.get("caller_id")), clean_line(call.get("start"), 40)
        utm = {**as_dict(call.get("first_utm")), **as_dict(call.get("current_utm"))}
        ids = {"ga_client_id": call.get("ga_id"), "ym_client_id": call.get("metrika_id")}
        pairs = [(name, str(value)) for name, value in {**ids, **utm}.items() if value]
        named = [(name if "_" in name else f"utm_{name}", value) for name, value in pairs]
        items.append(
            CallMark(
                key=f"track:{phone}:{start}",
                occurred_at=local_moment(start, zone) or received_at,
                phone=phone,
                line=number_of(call.get("destination")),
                marks=collect_marks(named, page_url=clean_line(call.get("url"), 2000)),
                region=clean_line(call.get("city") or call.get("region"), 100),
            )
        )
    return items
