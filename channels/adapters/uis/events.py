"""Turn a notification of UIS into items. The account owner wrote its template: nothing is sure to be there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.calls import (
    Direction,
    Result,
    heard,
    is_extension,
    local_moment,
    number_of,
    seconds,
)
from channels.adapters.mapping import Names, pick, pick_line
from channels.adapters.marks import collect_marks
from channels.adapters.text import clean_text, digest
from leads.inquiry import CallMark, CallUpdate, Ignored, Inquiry, Item, Marks, Person

Event = Mapping[str, Any]
NAMES: Names = {
    "call_id": ("call_session_id", "communication_id"),
    "event": ("notification_mnemonic",),
    "title": ("notification_name",),
    "time": ("notification_time", "start_time"),
    "phone": ("contact_phone_number", "calling_phone_number", "visitor_phone_number"),
    "line": ("virtual_phone_number", "called_phone_number"),
    "direction": ("direction",),
    "extension": ("employee_phone_number", "extension_phone_number", "employee_id"),
    "leg": ("leg_id",),
    "talk": ("talk_time_duration", "talk_duration"),
    "total": ("total_time_duration", "total_duration"),
    "wait": ("wait_time_duration", "wait_duration"),
    "lost": ("is_lost",),
    "recording": ("file_link", "record_link", "call_record_link"),
    "name": ("contact_full_name", "visitor_name"),
    "email": ("visitor_email", "contact_email"),
    "text": ("text", "message", "offline_message_text", "chat_messages"),
    "utm_source": ("utm_source",),
    "utm_medium": ("utm_medium",),
    "utm_campaign": ("utm_campaign", "campaign_name"),
    "utm_content": ("utm_content",),
    "utm_term": ("utm_term", "search_query"),
    "page": ("entrance_page", "page_url"),
    "referrer": ("referrer",),
    "region": ("cpn_region_name", "visitor_city", "visitor_region"),
    "ga_client_id": ("ga_client_id", "google_client_id"),
    "ym_client_id": ("ym_client_id", "yandex_client_id"),
}
_MARKS = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "ga_client_id",
    "ym_client_id",
)
# What a notification is, told by mnemonic and title; the order matters: "lost" before "call".
_KINDS = (
    ("recording", re.compile(r"record|запис", re.I)),
    ("lost", re.compile(r"lost|missed|потер|пропущ|неотвеч|неприн", re.I)),
    ("request", re.compile(r"chat|offline|request|(?<![a-z])form|заявк|\bчат|обращени", re.I)),
    ("talk_end", re.compile(r"talk[ _]?(end|fin)|окончание разговора", re.I)),
    ("finished", re.compile(r"finish|(?<![a-z])end|complet|hangup|заверш|окончание", re.I)),
    ("waiting", re.compile(r"wait|(?<![a-z])ring|dial|ожид|дозвон", re.I)),
    ("answered", re.compile(r"connect|answer|talk|accept|разговор|ответ|принят", re.I)),
    ("out", re.compile(r"(?<![a-z])out|исход", re.I)),
    ("in", re.compile(r"(?<![a-z])in_?(call|bound|coming)|вход", re.I)),
)
_ORDER = {name: place for place, name in enumerate(
    ("in", "out", "waiting", "call", "answered", "talk_end", "finished", "lost", "recording")
)}  # fmt: skip


def read_event(event: Event, names: Names, zone: dt.tzinfo, received_at: dt.datetime) -> list[Item]:
    """Make the items of one notification: the call, and beside it what is known of the client's way."""
    kind = _kind(event, names)
    if kind == "request":
        return [_request(event, names, zone, received_at)]
    call_id = pick_line(event, names, "call_id", 120)
    if not call_id:
        if pick(event, names, "phone") is None:
            reason = _("There is no event of a call in it; was the template sent without its values?")
            return [Ignored(f"other:{digest(sorted(event.items(), key=str))}", reason)]
        raise Unparseable(_("The notification names no call: put call_session_id into its template."))
    update = _call(event, names, kind, call_id, zone, received_at)
    marks = _marks_of(event, names)
    if marks == Marks():
        return [update]
    mark = CallMark(
        key=f"mark:{call_id}",
        occurred_at=update.started_at or update.occurred_at,
        phone=update.phone,
        line=update.line,
        call_id=call_id,
        marks=marks,
        region=pick_line(event, names, "region", 100),
    )
    return [update, mark]


def _kind(event: Event, names: Names) -> str:
    """Tell what happened by the mnemonic, else by the title, else by what the notification holds."""
    if pick(event, names, "recording") is not None:
        return "recording"
    for told in (pick_line(event, names, "event"), pick_line(event, names, "title")):
        for kind, pattern in _KINDS:
            if told and pattern.search(told):
                return kind
    if pick(event, names, "total") is not None:
        return "finished"
    if pick(event, names, "talk") is not None:
        return "talk_end"
    return "call"


def _call(
    event: Event, names: Names, kind: str, call_id: str, zone: dt.tzinfo, received_at: dt.datetime
) -> CallUpdate:
    told = local_moment(pick(event, names, "time"), zone)
    when = told or received_at
    talk, total, wait = (seconds(pick(event, names, name)) for name in ("talk", "total", "wait"))
    is_end = kind in ("finished", "lost")
    result: Result = _result(event, names, kind, talk) if is_end or kind == "talk_end" else ""
    length = total if total is not None else wait if kind == "lost" else None
    started = when - dt.timedelta(seconds=length) if is_end and length is not None else None
    direction = _direction(event, names, kind)
    phone = number_of(pick(event, names, "phone"))
    return CallUpdate(
        key=_key(event, names, kind, call_id),
        occurred_at=when if told is not None else heard(received_at, started),
        call_id=call_id,
        direction="internal" if is_extension(phone) else direction,
        phone="" if is_extension(phone) else phone,
        line=number_of(pick(event, names, "line")),
        extension=pick_line(event, names, "extension", 64),
        leg="talk" if kind == "talk_end" else "",
        sequence=_ORDER.get(kind, 0),
        state=_state(kind),
        result=result,
        started_at=when if kind in ("in", "out") else started,
        ended_at=when if is_end or kind == "talk_end" else None,
        duration_s=length if is_end else None,
        talk_s=talk if kind == "talk_end" else ((talk or 0) if is_end else None),
        recording_url=_link(event, names) if kind == "recording" else "",
    )


def _key(event: Event, names: Names, kind: str, call_id: str) -> str:
    """Several employees are rung, several talks recorded: each is an event of its own."""
    about = [pick_line(event, names, "event", 60) or kind, pick_line(event, names, "leg", 40)]
    if kind in ("waiting", "answered", "talk_end"):
        about.append(pick_line(event, names, "extension", 40))
    if kind == "recording":
        about.append(digest(_link(event, names))[:12])
    return ":".join([call_id, *about]).rstrip(":")


def _state(kind: str) -> Any:
    if kind in ("finished", "lost", "talk_end"):
        return "finished"
    return {"answered": "answered", "recording": ""}.get(kind, "ringing")


def _result(event: Event, names: Names, kind: str, talk: int | None) -> Result:
    is_lost = str(pick(event, names, "lost") or "").lower() in ("true", "1")
    if kind == "lost" or is_lost:
        return "missed"
    if kind == "finished" and talk is None:
        return ""  # the template leaves it out: whether somebody talked tells
    return "answered" if talk else "missed"


def _direction(event: Event, names: Names, kind: str) -> Direction:
    told = pick_line(event, names, "direction", 10).lower()
    if told in ("in", "out"):
        return "in" if told == "in" else "out"
    return {"in": "in", "lost": "in", "out": "out"}.get(kind, "")  # type: ignore[return-value]


def _link(event: Event, names: Names) -> str:
    value = pick(event, names, "recording")
    link = value[0] if isinstance(value, list) and value else value
    return link[:2000] if isinstance(link, str) and link.startswith("https://") else ""


def _marks_of(event: Event, names: Names) -> Marks:
    fields = [(name, pick_line(event, names, name, 300)) for name in _MARKS]
    page, referrer = (pick_line(event, names, name, 2000) for name in ("page", "referrer"))
    return collect_marks([pair for pair in fields if pair[1]], page_url=page, referrer=referrer)


def _request(event: Event, names: Names, zone: dt.tzinfo, received_at: dt.datetime) -> Item:
    """A form, a goal or a site chat, as far as the template says who wrote and what."""
    person = Person(
        name=pick_line(event, names, "name"),
        phone=number_of(pick(event, names, "phone")),
        email=pick_line(event, names, "email", 254),
    )
    text = pick(event, names, "text")
    body = clean_text(text if isinstance(text, str) else "", 20_000)
    about = pick_line(event, names, "call_id", 120) or digest(sorted(event.items(), key=str))
    if not person.phone and not person.email and not body:
        return Ignored(
            f"request:{about}", _("Nobody can be told from it: neither phone nor e-mail nor text.")
        )
    return Inquiry(
        key=f"request:{about}",
        occurred_at=local_moment(pick(event, names, "time"), zone) or received_at,
        person=person,
        text=body,
        subject=pick_line(event, names, "title"),
        sort="request",
        marks=_marks_of(event, names),
    )
