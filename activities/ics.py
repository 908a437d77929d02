"""Activities as calendar programs read them (RFC 5545): Google, Apple, Outlook.

Moments are written in UTC, so no zone has to be described and the clocks may change as they like.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import vobject
from django.conf import settings

from activities.addresses import page_of
from activities.models import Activity
from tenants.models import Membership

PRODUCT = "-//CRM//Activities//EN"
REFRESH = "PT15M"
SHOWN_MIN = 30


def feed_of(rows: Iterable[Activity], *, name: str) -> bytes:
    """Write a calendar to subscribe to. The same rows give the same bytes."""
    calendar = _calendar()
    calendar.add("method").value = "PUBLISH"
    calendar.add("x-wr-calname").value = name
    calendar.add("refresh-interval").value = REFRESH
    calendar.refresh_interval.params["VALUE"] = ["DURATION"]
    calendar.add("x-published-ttl").value = REFRESH
    for row in rows:
        add_event(calendar, row)
    return _written(calendar)


def invitation_of(row: Activity, *, organizer: Membership, guests: Iterable[str], method: str) -> bytes:
    """Write an invitation to one event, or its calling off (RFC 5546): nothing the guests needn't know."""
    calendar = _calendar()
    calendar.add("method").value = method
    event = add_event(calendar, row, is_own=False)
    event.add("organizer").value = f"mailto:{organizer.email}"
    event.organizer.params["CN"] = [_plain(organizer.name)]
    for address in guests:
        guest = event.add("attendee")
        guest.value = f"mailto:{address}"
        guest.params |= {"RSVP": ["TRUE"], "PARTSTAT": ["NEEDS-ACTION"], "ROLE": ["REQ-PARTICIPANT"]}
    event.status.value = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    return _written(calendar)


def _plain(name: str) -> str:
    """Keep a name fit for a parameter, which knows no quotation marks and no line breaks."""
    return "".join(sign for sign in name if sign.isprintable() and sign not in '";:,')


def _calendar() -> Any:
    calendar = vobject.iCalendar()
    calendar.add("prodid").value = PRODUCT
    return calendar


def _written(calendar: Any) -> bytes:
    return str(calendar.serialize(validate=False)).encode()


def uid_of(row: Activity) -> str:
    """Name an event for good: the same in the feed and in every invitation."""
    return f"{row.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}"


def add_event(calendar: Any, row: Activity, *, is_own: bool = True) -> Any:
    """Add a planned activity with a date as an event; what is only for its owner is left out of a guest's."""
    assert row.due_at is not None
    event = calendar.add("vevent")
    event.add("uid").value = uid_of(row)
    event.add("dtstamp").value = _utc(row.created_at)
    event.add("dtstart").value = _utc(row.due_at)
    event.add("dtend").value = _utc(row.due_at + dt.timedelta(minutes=row.duration_min or SHOWN_MIN))
    event.add("sequence").value = str(row.data.get("sequence", row.data.get("moved_count", 0)))
    event.add("summary").value = _summary(row) if is_own else str(row)
    if row.place:
        event.add("location").value = row.place
    if is_own and (description := _description(row)):
        event.add("description").value = description
    event.add("categories").value = [str(row.kind).upper()]
    event.add("status").value = "CONFIRMED"
    if row.remind_at is not None and is_own and not row.is_done:
        alarm = event.add("valarm")
        alarm.add("action").value = "DISPLAY"
        alarm.add("description").value = _summary(row)
        alarm.add("trigger").value = row.remind_at - row.due_at
    return event


def _summary(row: Activity) -> str:
    about = row.contact or row.company
    words = row.subject or str(row.get_kind_display())
    mark = "✓ " if row.is_done else ""
    return f"{mark}{words} · {about}" if about and str(about) else f"{mark}{words}"


def _description(row: Activity) -> str:
    page = page_of(row)
    return "\n\n".join(
        part for part in (row.text.strip(), settings.PUBLIC_URL + page if page else "") if part
    )


def _utc(moment: dt.datetime) -> dt.datetime:
    # Of the standard library's UTC vobject says that it can't guess its name
    return moment.astimezone(vobject.icalendar.utc).replace(microsecond=0)
