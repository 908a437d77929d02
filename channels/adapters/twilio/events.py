"""Turn Twilio's requests and callbacks into updates of a call, messages and their states."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.calls import Direction, Result, State, first_of, heard, number_of, seconds
from channels.adapters.text import as_int, clean_line, clean_text, digest
from leads.inquiry import CallUpdate, DeliveryStatus, File, Ignored, Inquiry, Item, Person

Event = Mapping[str, str]
_CALLS: dict[str, tuple[State, Result, int]] = {
    "queued": ("ringing", "", 0),
    "initiated": ("ringing", "", 1),
    "ringing": ("ringing", "", 2),
    "in-progress": ("answered", "", 3),
    "answered": ("answered", "", 3),
    "completed": ("finished", "answered", 5),
    "busy": ("finished", "busy", 5),
    "no-answer": ("finished", "missed", 5),
    "canceled": ("finished", "missed", 5),
    "failed": ("finished", "failed", 5),
}
_OF_DIALLING = 9  # what became of the forwarded call weighs more than that Twilio answered it
_TEXTS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
_ON_ITS_WAY = frozenset(("queued", "accepted", "scheduled", "sending", "canceled"))
_WHATSAPP_USER = re.compile(r"^[A-Z]{2}\.\d{1,30}$")  # a business-scoped id: the phone may be missing
MAX_MEDIA = 10


def read_event(event: Event, received_at: dt.datetime) -> list[Item]:
    """Make the items of one request. Raises Unparseable where it is about neither a call nor a text."""
    if first_of(event, "RecordingSid"):
        return [_recording(event, received_at)]
    if first_of(event, "CallSid"):
        return [_call(event, received_at)]
    sid = first_of(event, "MessageSid", "SmsMessageSid", "SmsSid")
    if not sid:
        if {"From", "To", "Body", "CallStatus", "MessageStatus"} & event.keys():
            raise Unparseable(_("Twilio's request names neither a call nor a message."))
        return [Ignored(f"other:{digest(sorted(event.items()))}", _("There is no event of a call in it."))]
    status = (first_of(event, "MessageStatus") or first_of(event, "SmsStatus")).lower()
    is_incoming = status in ("received", "receiving") or (not status and "Body" in event)
    return [_text(event, sid, received_at) if is_incoming else _status(event, sid, status, received_at)]


# --- Calls -------------------------------------------------------------------------------------------
def _call(event: Event, received_at: dt.datetime) -> Item:
    """A call that is forwarded has two legs at Twilio; the parent is the client's."""
    sid, parent = first_of(event, "CallSid"), first_of(event, "ParentCallSid")
    status = first_of(event, "DialCallStatus", "CallStatus").lower()
    if status not in _CALLS:
        raise Unparseable(_("Twilio told an unknown state of a call: {name}.").format(name=status or "—"))
    state, result, order = _CALLS[status]
    is_dialled = bool(first_of(event, "DialCallStatus"))
    when = _moment(event) or received_at
    length = seconds(event.get("DialCallDuration" if is_dialled else "CallDuration"))
    if status == "completed" and not length and not is_dialled:
        result = "missed"  # hung up before anything was answered
    direction = _direction(event, is_leg=bool(parent))
    if direction == "in" and state == "answered":
        state = "ringing"  # answered by Twilio's own script; a person answers the leg that is dialled
    talk = (length or 0) if result == "answered" else 0
    return CallUpdate(
        key=":".join([sid, "dial" if is_dialled else "", status, first_of(event, "SequenceNumber")]),
        occurred_at=when,
        call_id=parent or sid,
        direction=direction,
        phone="" if parent else number_of(event.get("From" if direction == "in" else "To")),
        line="" if parent else number_of(event.get("To" if direction == "in" else "From")),
        extension=number_of(event.get("To")) if parent else first_of(event, "ForwardedFrom", limit=64),
        leg=sid if parent else "",
        sequence=_OF_DIALLING if is_dialled else order,
        state=state if not (is_dialled and state != "finished") else "",
        result=result,
        started_at=when if status in ("queued", "initiated", "ringing") else None,
        answered_at=when if parent and state == "answered" else None,
        ended_at=when if state == "finished" else None,
        talk_s=talk if state == "finished" else None,
        recording_ref=first_of(event, "RecordingSid"),
    )


def _direction(event: Event, *, is_leg: bool) -> Direction:
    told = first_of(event, "Direction").lower()
    if is_leg or not told:
        return ""
    return "in" if told == "inbound" else "out"


def _recording(event: Event, received_at: dt.datetime) -> Item:
    sid, recording = first_of(event, "CallSid"), first_of(event, "RecordingSid")
    status = first_of(event, "RecordingStatus").lower()
    key = f"recording:{recording}:{status or 'completed'}"
    if status not in ("", "completed"):
        return Ignored(key, _("A recording is in progress."))
    if not sid:
        raise Unparseable(_("Twilio's recording names no call."))
    return CallUpdate(
        key=key,
        occurred_at=received_at,
        call_id=first_of(event, "ParentCallSid") or sid,
        direction="",
        sequence=_OF_DIALLING,
        recording_ref=recording,
    )


def _moment(event: Event) -> dt.datetime | None:
    """Callbacks tell their time as mails do."""
    try:
        when = email.utils.parsedate_to_datetime(clean_line(event.get("Timestamp"), 60))
    except (TypeError, ValueError, IndexError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC)


# --- Texts -------------------------------------------------------------------------------------------
def _text(event: Event, sid: str, received_at: dt.datetime) -> Inquiry:
    """A text, or a WhatsApp message by Twilio; the answer goes where it came from."""
    sender = first_of(event, "From", limit=120)
    medium, _colon, address = sender.rpartition(":")
    user = first_of(event, "ExternalUserId").removeprefix("whatsapp:")
    is_user = bool(_WHATSAPP_USER.match(address))
    whatsapp_id = address if is_user else user if _WHATSAPP_USER.match(user) else ""
    is_whatsapp = medium == "whatsapp"
    phone = "" if is_user else number_of(address)
    return Inquiry(
        key=f"text:{sid}",
        occurred_at=heard(received_at, None),
        person=Person(
            name=first_of(event, "ProfileName"),
            phone=phone,
            messenger_id=(whatsapp_id or first_of(event, "WaId")) if is_whatsapp else "",
            messenger="whatsapp" if is_whatsapp else "",
        ),
        text=clean_text(event.get("Body"), 20_000),
        sort="message",
        thread_key=sender,
        external_id=sid,
        files=tuple(_media(event)),
    )


def _media(event: Event) -> list[File]:
    count = min(as_int(event.get("NumMedia")) or 0, MAX_MEDIA)
    files = []
    for index in range(count):
        url = clean_line(event.get(f"MediaUrl{index}"), 500)
        kind = clean_line(event.get(f"MediaContentType{index}"), 100) or "application/octet-stream"
        if url:
            files.append(File(name=url.rpartition("/")[2][:100] or "file", content_type=kind, ref=url))
    return files


def _status(event: Event, sid: str, status: str, received_at: dt.datetime) -> Item:
    key = f"status:{sid}:{status}"
    if status in _ON_ITS_WAY:
        return Ignored(key, _("The message is on its way."))
    if status not in _TEXTS:
        raise Unparseable(_("Twilio told an unknown state of a message: {name}.").format(name=status or "—"))
    code = first_of(event, "ErrorCode", limit=20)
    reasons = {
        "21610": _("The client has unsubscribed by answering STOP."),
        "30003": _("The phone can't be reached."),
    }
    error = reasons.get(code) or (_("Twilio's error {code}.").format(code=code) if code else "")
    return DeliveryStatus(key, received_at, sid, _TEXTS[status], error if _TEXTS[status] == "failed" else "")
