"""How many people are at work in each hour of the week, over many days. No database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from tenants.hours.calendar import DAY_MIN, Span, WorkCalendar

WeekHour = tuple[int, int]  # day of the week, 1 for Monday, and hour


def people_at_work(
    calendars: Iterable[WorkCalendar], days: Collection[dt.date], zone: dt.tzinfo
) -> dict[WeekHour, float]:
    """Tell how many people are at work on average in each hour of the week of a zone, over these days.

    Half an hour of work counts as half a person. Hours nobody works in are left out.
    """
    people = list(calendars)
    worked: Counter[WeekHour] = Counter()  # minutes
    alike = Counter((calendar.week, calendar.zone) for calendar in people)
    known = set(days)
    for (week, own), count in alike.items():
        for day in known:
            _add(worked, day, week[day.weekday()], count, _shift(day, own, zone))
    for calendar in people:
        for day in known & calendar.differing.keys():
            shift = _shift(day, calendar.zone, zone)
            _add(worked, day, calendar.week[day.weekday()], -1, shift)
            _add(worked, day, calendar.differing[day], 1, shift)
    times = Counter(day.isoweekday() for day in known)
    return {
        (weekday, hour): minutes / 60 / times[weekday]
        for (weekday, hour), minutes in worked.items()
        if minutes and times[weekday]
    }


def _add(worked: Counter[WeekHour], day: dt.date, spans: Sequence[Span], people: int, shift: int) -> None:
    """Put the hours that begin on a day where the other zone's clock has them."""
    for starts, ends in spans:
        at, end = starts + shift, ends + shift
        while at < end:
            until = min(end, (at // 60 + 1) * 60)
            weekday = (day.weekday() + at // DAY_MIN) % 7 + 1
            worked[weekday, at % DAY_MIN // 60] += people * (until - at)
            at = until


def _shift(day: dt.date, own: dt.tzinfo, zone: dt.tzinfo) -> int:
    """Minutes to add to a wall clock to read another one, at noon of a day."""
    if own == zone:
        return 0
    noon = dt.datetime.combine(day, dt.time(12))
    theirs, ours = own.utcoffset(noon), zone.utcoffset(noon)
    return int(((ours or dt.timedelta()) - (theirs or dt.timedelta())).total_seconds() // 60)
