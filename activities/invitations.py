"""Invitations to meetings that came with letters, ready to print: when, where, and the way to plan it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from activities.addresses import address
from activities.models import Activity
from core import formats

_TARGETS = ("lead", "deal", "contact", "company")


@dataclasses.dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar program asked for."""

    word: str  # what it is: an invitation, called off, an answer
    title: str
    when: str
    place: str
    organizer: str
    plan_url: str  # to plan it here; empty where it is over or called off


def invitation_of(row: Activity, told: Mapping[str, Any], *, now: dt.datetime) -> Invitation:
    """Make the line of a letter; `told` is leads.inquiry.Meeting as channels keep it with the message."""
    starts_at = dt.datetime.fromisoformat(told["starts_at"])
    ends_at = dt.datetime.fromisoformat(told["ends_at"]) if told["ends_at"] else None
    is_ahead = (ends_at or starts_at) > now and told["method"] in ("request", "publish", "counter")
    return Invitation(
        word=_word(told["method"]),
        title=told["title"],
        when=_when(starts_at, ends_at, is_whole_day=told["is_whole_day"]),
        place=told["place"],
        organizer=told["organizer"],
        plan_url=_plan_url(row, told["title"], starts_at) if is_ahead else "",
    )


def _word(method: str) -> str:
    return {
        "cancel": _("Meeting called off"),
        "reply": _("Answer to an invitation"),
        "counter": _("Another time proposed"),
    }.get(method, _("Invitation to a meeting"))


def _when(starts_at: dt.datetime, ends_at: dt.datetime | None, *, is_whole_day: bool) -> str:
    if is_whole_day:  # a day is the same in every zone
        return formats.short_date(starts_at.date())
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at) if ends_at else None
    shown = formats.exact(start)
    if end is None or end == start:
        return shown
    return f"{shown}–{formats.clock(end) if end.date() == start.date() else formats.exact(end)}"


def _plan_url(row: Activity, title: str, starts_at: dt.datetime) -> str:
    page = address("activities:create")
    target = next(((name, pk) for name in _TARGETS if (pk := getattr(row, f"{name}_id"))), None)
    if not page or target is None:
        return ""
    at = timezone.localtime(starts_at).strftime("%Y-%m-%dT%H:%M")
    asked = {target[0]: target[1], "kind": Activity.Kind.MEETING, "subject": title, "at": at}
    return f"{page}?{urlencode(asked)}"
