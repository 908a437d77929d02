"""The company's days as moments: a day may last 23 or 25 hours."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator

from core.listing.filters import day_start

ONE = dt.timedelta(days=1)


def day_of(moment: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """Return the day a moment lies in."""
    return moment.astimezone(zone).date()


def start_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment a day begins."""
    return day_start(day, zone)


def days_within(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days from first to last, both inclusive."""
    for place in range((last - first).days + 1):
        yield first + dt.timedelta(days=place)


def runs(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Gather days into runs of neighbours: (first, last), both inclusive, in order."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == ONE:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def month_runs(months: Iterable[dt.date]) -> list[list[dt.date]]:
    """Gather months, given by their first days, into runs of neighbours, in order."""
    found: list[list[dt.date]] = []
    for month in sorted(set(months)):
        if found and month_end(found[-1][-1]) + ONE == month:
            found[-1].append(month)
        else:
            found.append([month])
    return found


def month_of(day: dt.date) -> dt.date:
    """Return the first day of its month."""
    return day.replace(day=1)


def month_end(month: dt.date) -> dt.date:
    """Return the last day of a month, given by its first."""
    return (month + dt.timedelta(days=31)).replace(day=1) - ONE


def zone_of(name: str) -> dt.tzinfo:
    return zoneinfo.ZoneInfo(name)
