"""Invitations that calendar programs send with letters (RFC 5545, RFC 5546)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from channels.adapters.mail.mime_tree import Part
from channels.adapters.text import clean_line
from leads.inquiry import Meeting

TYPES = frozenset(("text/calendar", "application/ics", "text/x-vcalendar"))
MAX_BYTES = 500_000
_METHODS = frozenset(("REQUEST", "PUBLISH", "CANCEL", "REPLY", "COUNTER"))


def read_meeting(leaves: list[Part]) -> Meeting | None:
    """Return the first event of the first calendar that can be read; None where there is none."""
    for leaf in leaves:
        if leaf.content_type in TYPES and (meeting := _read(leaf)) is not None:
            return meeting
    return None


def _read(leaf: Part) -> Meeting | None:
    import vobject  # heavy, and few letters have a calendar

    text = leaf.text(MAX_BYTES).replace("\x00", "")
    try:
        calendar = vobject.readOne(text, ignoreUnreadable=True)
        event = calendar.contents["vevent"][0]
        starts_at = _moment(event.dtstart.value)
    except Exception:
        return None
    if starts_at is None:
        return None
    method = _value(calendar, "method").upper() or str(leaf.parameters.get("method", "")).upper()
    return Meeting(
        title=_value(event, "summary"),
        starts_at=starts_at,
        ends_at=_end(event, starts_at),
        is_whole_day=not isinstance(event.dtstart.value, dt.datetime),
        place=_value(event, "location"),
        organizer=_address(_value(event, "organizer")),
        method=method.lower() if method in _METHODS else "request",  # type: ignore[arg-type]
        uid=_value(event, "uid"),
        **_reply(event),
    )


def _reply(event: Any) -> dict[str, str]:
    """Read who answers and what; of a reply there is one attendee."""
    attendees = event.contents.get("attendee", [])
    if len(attendees) != 1:
        return {}
    answer = next(iter(attendees[0].params.get("PARTSTAT", [])), "")
    return {"attendee": _address(_value(event, "attendee")), "answer": clean_line(answer, 20).lower()}


def _address(value: str) -> str:
    return value[7:] if value[:7].lower() == "mailto:" else value


def _value(component: Any, name: str) -> str:
    found = component.contents.get(name)
    return clean_line(found[0].value, 300) if found else ""


def _end(event: Any, starts_at: dt.datetime) -> dt.datetime | None:
    try:
        if "dtend" in event.contents:
            ends_at = _moment(event.dtend.value)
        elif "duration" in event.contents:
            ends_at = starts_at + event.duration.value
        else:
            return None
    except (TypeError, OverflowError, AttributeError):
        return None
    return ends_at if ends_at is not None and ends_at >= starts_at else None


def _moment(value: object) -> dt.datetime | None:
    """Make it aware: a floating time and a whole day are read as UTC."""
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    elif isinstance(value, dt.date):
        moment = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    else:
        return None
    try:
        moment = moment.astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return None
    return moment if 1990 <= moment.year < 2100 else None
