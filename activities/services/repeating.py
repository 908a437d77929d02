"""When something that repeats is due next: the same time on the wall, summer or winter."""

from __future__ import annotations

import calendar
import datetime as dt

from activities.models import Activity
from activities.zones import at_wall
from tenants.hours import WorkCalendar

FAR_DAYS = 400  # a calendar without a working day in so many days has none


def next_moment(
    due_at: dt.datetime, repeat: str, *, now: dt.datetime, zone: dt.tzinfo, hours: WorkCalendar
) -> dt.datetime | None:
    """Return the first time in the row after `due_at` that still lies ahead of `now`."""
    local = due_at.astimezone(zone)
    time = local.time().replace(fold=0)
    for number in range(1, FAR_DAYS * 10):
        day = _day(local.date(), repeat, number, hours)
        if day is None:
            return None
        moment = at_wall(day, time, zone)
        if moment > now and moment > due_at:
            return moment
    return None


def _day(first: dt.date, repeat: str, number: int, hours: WorkCalendar) -> dt.date | None:
    match repeat:
        case Activity.Repeat.DAILY:
            return first + dt.timedelta(days=number)
        case Activity.Repeat.WORKDAYS:
            return _workday(first, number, hours)
        case Activity.Repeat.WEEKLY:
            return first + dt.timedelta(weeks=number)
        case Activity.Repeat.MONTHLY:
            return _month_later(first, number)
    return None


def _workday(first: dt.date, number: int, hours: WorkCalendar) -> dt.date | None:
    """Count working days on from a day."""
    day = first
    for _step in range(FAR_DAYS):
        day += dt.timedelta(days=1)
        number -= bool(hours.spans_on(day))
        if number == 0:
            return day
    return None


def _month_later(first: dt.date, months: int) -> dt.date:
    """Keep the day of the month; the 31st is the last day of a shorter one."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
