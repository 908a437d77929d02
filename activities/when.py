"""When something is due, in words and as choices."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import formats

MORNING = dt.time(10)


@dataclasses.dataclass(frozen=True, slots=True)
class DueText:
    """A due moment for the reader; tone: danger late, warn today, '' later."""

    text: str
    tone: str
    exact: str
    iso: str


@dataclasses.dataclass(frozen=True, slots=True)
class Preset:
    """One ready choice of a due moment."""

    key: str
    label: str
    at: dt.datetime


def due_text(due_at: dt.datetime | None, *, now: dt.datetime) -> DueText | None:
    """Say when something is due: late 2 h, today 15:00, tomorrow 10:00, 24 Nov 10:00."""
    if due_at is None:
        return None
    exact, iso = formats.exact(due_at), due_at.isoformat()
    if due_at < now:
        late = formats.minutes(max(1, (now - due_at).total_seconds() // 60))
        return DueText(_("%(time)s late") % {"time": late}, "danger", exact, iso)
    days = (timezone.localtime(due_at).date() - timezone.localtime(now).date()).days
    clock = formats.clock(due_at)
    if days == 0:
        return DueText(_("today %(time)s") % {"time": clock}, "warn", exact, iso)
    if days == 1:
        return DueText(_("tomorrow %(time)s") % {"time": clock}, "", exact, iso)
    return DueText(f"{formats.short_date(due_at)} {clock}", "", exact, iso)


def presets(now: dt.datetime) -> list[Preset]:
    """List the moments people mean most: in an hour, tomorrow morning, Monday, in a week."""
    tomorrow = _morning(now, 1)
    choices = [
        Preset("hour", _("In 1 hour"), _rounded(now + dt.timedelta(hours=1))),
        Preset("tomorrow", _("Tomorrow %(time)s") % {"time": formats.clock(tomorrow)}, tomorrow),
    ]
    monday = _morning(now, 7 - timezone.localtime(now).weekday())
    if monday != tomorrow:
        choices.append(Preset("monday", _("Monday %(time)s") % {"time": formats.clock(monday)}, monday))
    week = _morning(now, 7)
    if week != monday:
        label = _("In a week, %(day)s") % {"day": date_format(timezone.localtime(week), "D")}
        choices.append(Preset("week", label, week))
    return choices


def preset_moment(key: str, *, now: dt.datetime) -> dt.datetime | None:
    """Return the moment of a choice; None for an unknown key."""
    return next((preset.at for preset in presets(now) if preset.key == key), None)


def day_bounds(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments the reader's day begins and ends."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, _at(start.date() + dt.timedelta(days=1), dt.time.min)


def _morning(now: dt.datetime, days: int) -> dt.datetime:
    return _at(timezone.localtime(now).date() + dt.timedelta(days=days), MORNING)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, time))


def _rounded(moment: dt.datetime) -> dt.datetime:
    """Round up to five minutes: nobody plans for 14:37."""
    spare = dt.timedelta(minutes=-moment.minute % 5, seconds=-moment.second, microseconds=-moment.microsecond)
    return moment + spare
