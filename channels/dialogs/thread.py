"""A dialog's thread: bubbles of both sides, internal comments and decisions between them, the latest at the end."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from activities.cursors import decoded, encoded
from activities.entries import Entry
from activities.models import Activity
from activities.timeline import day_title, read_entries
from channels.models import Dialog
from core.among import first
from core.listing.keyset import beyond
from tenants.models import Membership

PAGE = 40
MAX_ASIDES = 100  # comments and decisions between the messages of one page
Kind = Activity.Kind


@dataclasses.dataclass(frozen=True, slots=True)
class Bubble:
    """One entry of the thread: whose side it stands on, and what the timeline would print of it."""

    entry: Entry
    side: str  # in, out, note, change
    is_same: bool  # the same person goes on: the name is not said again


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """The bubbles of one day."""

    key: str
    title: str
    bubbles: list[Bubble]


@dataclasses.dataclass(frozen=True, slots=True)
class Thread:
    """A page of a thread, the earliest first; `before` is where the one above it begins, empty at the top."""

    days: Sequence[Day]
    before: str
    last_id: str


def read_thread(dialog: Dialog, member: Membership, *, now: dt.datetime, before: str = "") -> Thread:
    """Read the latest page of a dialog, or the one above a cursor. Five queries at most."""
    place = decoded(before)
    rows: Any = Activity.objects.filter(message__dialog=dialog)
    if place is not None:
        rows = rows.filter(_earlier(*place))
    page = list(rows.order_by("-occurred_at", "-id").values_list("occurred_at", "pk")[: PAGE + 1])
    shown, has_more = page[:PAGE], len(page) > PAGE
    ids = [pk for _at, pk in shown]
    beside = _asides(dialog, since=shown[-1] if has_more else None, place=place)
    found = first(
        Activity.objects.filter(Q(pk__in=[*ids, *beside])).order_by("occurred_at", "id"), PAGE + MAX_ASIDES
    )
    entries = read_entries(found, member=member, hide="contact", now=now)
    return Thread(
        days=_days(entries, now=now),
        before=encoded(*shown[-1]) if has_more else "",
        last_id=entries[-1].id if entries else "",
    )


def _earlier(at: dt.datetime, pk: Any) -> Q:
    return beyond("occurred_at", at, pk, is_descending=True)


def _asides(dialog: Dialog, *, since: tuple[Any, Any] | None, place: tuple[Any, Any] | None) -> list[Any]:
    """Find the comments and decisions that stand between the messages of a page."""
    about = Q(pk__in=[])
    if dialog.lead_id is not None:
        about |= Q(lead=dialog.lead_id, kind__in=(Kind.NOTE, Kind.CHANGE))
    if dialog.contact_id is not None:
        kinds = (Kind.NOTE,) if dialog.lead_id is not None else (Kind.NOTE, Kind.CHANGE)
        about |= Q(contact=dialog.contact_id, kind__in=kinds)
    rows = Activity.objects.done().filter(about)
    if since is not None:
        rows = rows.filter(occurred_at__gte=since[0])
    if place is not None:
        rows = rows.filter(_earlier(*place))
    return list(rows.order_by("-occurred_at", "-id").values_list("pk", flat=True)[:MAX_ASIDES])


def _days(entries: Sequence[Entry], *, now: dt.datetime) -> list[Day]:
    days: list[Day] = []
    previous: Bubble | None = None
    for entry in entries:
        key = timezone.localtime(entry.at).date().isoformat()
        if not days or days[-1].key != key:
            days.append(Day(key, day_title(entry.at, now=now), []))
            previous = None
        side = _side(entry)
        is_same = previous is not None and (previous.side, previous.entry.who) == (side, entry.who)
        previous = Bubble(entry, side, is_same)
        days[-1].bubbles.append(previous)
    return days


def _side(entry: Entry) -> str:
    if entry.kind == Kind.NOTE:
        return "note"
    if entry.kind == Kind.CHANGE:
        return "change"
    return "in" if entry.box == "in" else "out"
