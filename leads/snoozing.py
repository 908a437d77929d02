"""Moments people put a lead off to."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from core import formats
from tenants.hours import book_of
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class SnoozeOption:
    """One entry of the menu."""

    label: str
    hint: str  # the moment in words
    until: dt.datetime


def snooze_options(member: Membership, now: dt.datetime) -> list[SnoozeOption]:
    """Offer an hour, the end of the member's day, the next working mornings; in the reader's zone."""
    local = timezone.localtime(now)
    starts_min, ends_min = book_of(member.tenant, now=now).of(member).usual_day
    morning = dt.timedelta(minutes=starts_min + 60)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    to_monday = dt.timedelta(days=7 - local.weekday())
    evening = midnight + dt.timedelta(minutes=ends_min - 60)
    choices = [
        (_("In an hour"), now + dt.timedelta(hours=1)),
        (_("In three hours"), now + dt.timedelta(hours=3)),
        (_("Before the end of the day"), evening),
        (_("Tomorrow morning"), midnight + dt.timedelta(days=1) + morning),
        (_("On Monday"), midnight + to_monday + morning),
    ]
    later = [(label, until) for label, until in choices if until > now + dt.timedelta(minutes=30)]
    return [SnoozeOption(label, _hint(until, now), until) for label, until in later]


def _hint(until: dt.datetime, now: dt.datetime) -> str:
    is_today = timezone.localtime(until).date() == timezone.localtime(now).date()
    return formats.clock(until) if is_today else f"{formats.short_date(until)}, {formats.clock(until)}"
