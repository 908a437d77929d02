"""Which days a page of the calendar shows, and where its arrows lead. No database."""

from __future__ import annotations

import calendar
import datetime as dt

DAY, WEEK, MONTH = "day", "week", "month"
VIEWS = (DAY, WEEK, MONTH)
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2100, 1, 1)


def read_day(raw: str, *, today: dt.date) -> dt.date:
    """Read a day of an address; today for anything else."""
    try:
        day = dt.date.fromisoformat(raw)
    except ValueError:
        return today
    return day if EARLIEST <= day <= LATEST else today


def days_of(view: str, day: dt.date) -> list[dt.date]:
    """List the days shown: the day, its week from Monday, or the whole weeks of its month."""
    if view == DAY:
        return [day]
    first = day if view == WEEK else day.replace(day=1)
    last = first if view == WEEK else day.replace(day=calendar.monthrange(day.year, day.month)[1])
    first -= dt.timedelta(days=first.weekday())
    last += dt.timedelta(days=6 - last.weekday())
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def step(view: str, day: dt.date, by: int) -> dt.date:
    """Go one page on (1) or back (-1)."""
    if view == MONTH:
        year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
        return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return day + dt.timedelta(days=by * (1 if view == DAY else 7))
