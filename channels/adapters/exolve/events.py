"""Turn callbacks of Exolve, and call cards of Mobilon, into texts and updates of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from channels.adapters import safe_xml
from channels.adapters.base import Unparseable
from channels.adapters.calls import (
    MAX_SECONDS,
    Direction,
    Result,
    State,
    first_of,
    heard,
    is_extension,
    is_yes,
    local_moment,
    number_of,
    seconds,
)
from channels.adapters.text import as_dict, clean_text, digest
from leads.inquiry import CallUpdate, DeliveryStatus, Ignored, Inquiry, Item, Person

Event = Mapping[str, Any]
_TEXTS: dict[str, Literal["sent", "delivered", "failed"]] = {
    "DELIVERY_STATUS_DELIVERED": "delivered",
    "DELIVERY_STATUS_SENT": "sent",
    "DELIVERY_STATUS_UNDELIVERABLE": "failed",
    "DELIVERY_STATUS_UNDELIVERED": "failed",
    "DELIVERY_STATUS_REJECTED": "failed",
    "DELIVERY_STATUS_EXPIRED": "failed",
    "DELIVERY_STATUS_FAILED": "failed",
}
# Call Events: begin, outgoing leg, start of the talk, hold, details, end, recording ready.
_STATES: dict[str, State] = {
    "b": "ringing",
    "o": "ringing",
    "s": "answered",
    "h": "",
    "d": "finished",
    "e": "",
    "crr": "",
}
_ORDER = {name: place for place, name in enumerate(_STATES)}
_CARDS: dict[str, Result] = {
    "ANSWERED": "answered",
    "ANSWER": "answered",
    "BUSY": "busy",
    "NOANSWER": "missed",
    "NO ANSWER": "missed",
    "CANCEL": "missed",
    "MISSED": "missed",
}


def read_event(event: Event, zone: dt.tzinfo, received_at: dt.datetime) -> list[Item]:
    """Make the item of one JSON callback. Raises Unparseable where it is of no known kind."""
    if is_question(event):
        about = as_dict(event.get("params"))
        key = f"route:{first_of(about, 'call_sid', 'h323_conf_id') or digest(sorted(about.items(), key=str))}"
        return [Ignored(key, _("The exchange asked who calls."))]
    if "direction" in event and ("message_id" in event or "text" in event):
        return [_text(event, zone, received_at)]
    if first_of(event, "call_sid", "call_id") and first_of(event, "type", "event"):
        return [_call(event, zone, received_at)]
    if first_of(event, "callid") and first_of(event, "from", "to"):
        return [_card(event, zone, received_at)]
    if first_of(event, "call_sid", "call_id", "message_id"):
        raise Unparseable(_("The callback is about a call or a text, but of an unknown kind."))
    return [
        Ignored(f"other:{digest(sorted(event.items(), key=str))}", _("There is no event of a call in it."))
    ]


def is_question(event: Event) -> bool:
    """Say whether it is JSON-RPC asking where to send a call."""
    return event.get("method") == "getControlCallFollowMe" and isinstance(event.get("params"), dict)


# --- Exolve ------------------------------------------------------------------------------------------
def _text(event: Event, zone: dt.tzinfo, received_at: dt.datetime) -> Item:
    message_id = first_of(event, "message_id", "event_id")
    when = local_moment(event.get("date"), zone) or received_at
    if not message_id:
        raise Unparseable(_("The callback names no message."))
    if first_of(event, "direction").upper().endswith("OUTGOING"):
        status = first_of(event, "delivery_status").upper()
        key = f"status:{message_id}:{status}"
        if status not in _TEXTS:
            return Ignored(key, _("The message is on its way."))
        return DeliveryStatus(key, when, message_id, _TEXTS[status])
    phone = number_of(first_of(event, "sender", "number"))
    return Inquiry(
        key=f"text:{message_id}",
        occurred_at=when,
        person=Person(phone=phone),
        text=clean_text(event.get("text"), 20_000),
        sort="message",
        thread_key=phone,
        external_id=message_id,
    )


def _call(event: Event, zone: dt.tzinfo, received_at: dt.datetime) -> CallUpdate:
    name = first_of(event, "type", "event").lower()
    if name not in _STATES:
        raise Unparseable(_("Exolve told an unknown event of a call: {name}.").format(name=name[:40]))
    call_id = first_of(event, "call_sid", "call_id")
    when = local_moment(event.get("date_time") or event.get("date"), zone)
    at = when or heard(received_at, None)
    talk, total = _milliseconds(event.get("talk_time")), _milliseconds(event.get("duration"))
    direction = _direction(event, name)
    caller, callee = (
        number_of(first_of(event, "from", "calling_number")),
        number_of(first_of(event, "to", "called_number")),
    )
    is_end = name == "d"
    path = first_of(event, "path", "record_url", "link", limit=300) if name == "crr" else ""
    return CallUpdate(
        key=f"call:{call_id}:{name}" + (f":{first_of(event, 'call_id')}" if name == "o" else ""),
        occurred_at=at,
        call_id=call_id,
        direction=direction,
        phone=caller if direction == "in" else callee if direction == "out" else "",
        line=callee if direction == "in" else caller if direction == "out" else "",
        extension=callee if name == "o" and direction == "" else "",
        sequence=_ORDER[name],
        state=_STATES[name],
        result=("answered" if talk else "missed") if is_end and talk is not None else "",
        started_at=at if name == "b" else None,
        answered_at=at if name == "s" else None,
        ended_at=at if name in ("d", "e") else None,
        duration_s=total if is_end else None,
        talk_s=talk if is_end else None,
        recording_ref=path,
    )


def _direction(event: Event, name: str) -> Direction:
    """A call begins with `b` at our number; an outgoing one says so, an outgoing leg of it is no call."""
    told = first_of(event, "direction").lower()
    if "out" in told:
        return "out"
    return "in" if "in" in told or name == "b" else ""


def _milliseconds(value: object) -> int | None:
    try:
        return max(0, min(int(float(str(value))) // 1000, MAX_SECONDS))
    except (ValueError, OverflowError):
        return None


# --- Mobilon -----------------------------------------------------------------------------------------
def read_cards(root: Element, zone: dt.tzinfo, received_at: dt.datetime) -> list[Item]:
    """Read the cards of calls in a document of Mobilon: of one call, or of a day."""
    name = safe_xml.name_of(root)
    cards = [root] if name == "call" else [one for one in root if safe_xml.name_of(one) == "call"]
    if name not in ("call", "calls"):
        raise Unparseable(_("This XML holds no calls: {name}.").format(name=name[:60]))
    plain = [{safe_xml.name_of(part): (part.text or "").strip() for part in card} for card in cards]
    return [_card(card, zone, received_at) for card in plain]


def _card(card: Event, zone: dt.tzinfo, received_at: dt.datetime) -> CallUpdate:
    call_id = first_of(card, "callid")
    if not call_id:
        raise Unparseable(_("The card names no call."))
    started, length = local_moment(card.get("time"), zone), seconds(card.get("duration"))
    caller, callee = number_of(card.get("from")), number_of(card.get("to"))
    is_out = first_of(card, "direction").upper().startswith("OUT")
    client, ours = (callee, caller) if is_out else (caller, callee)
    result = _CARDS.get(first_of(card, "status").upper(), "failed")
    is_inside = is_extension(client) and is_extension(ours)
    ended = started + dt.timedelta(seconds=length or 0) if started is not None else None
    return CallUpdate(
        key=f"card:{call_id}",
        occurred_at=ended or received_at,
        call_id=call_id,
        direction="internal" if is_inside else "out" if is_out else "in",
        phone="" if is_inside else client,
        line="" if is_extension(ours) else ours,
        extension=ours if is_extension(ours) else first_of(card, "subscriber_id", "operator_id", limit=64),
        state="finished",
        result=result,
        started_at=started,
        ended_at=ended,
        duration_s=length,
        talk_s=(length or 0) if result == "answered" else 0,
        recording_ref=f"mobilon:{call_id}" if is_yes(card.get("has_record")) else "",
    )
