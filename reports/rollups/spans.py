"""Which part of a period is read from where: months and days from cells, the rest from the rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Min, QuerySet
from django.db.models.functions import TruncHour

from core.remembering import remembered_for_a_while
from reports.models import Change, Grain, Rollup, Subject
from reports.periods import Period
from reports.rollups.cubes import Cube
from reports.rollups.days import ONE, day_of, days_within, month_end, month_of, runs, start_of, zone_of

Moments = tuple[dt.datetime | None, dt.datetime | None]


@dataclasses.dataclass(frozen=True, slots=True)
class Spans:
    """Parts of a period that don't overlap and leave nothing out. `live` are half-open moments, None is open-ended."""

    months: Sequence[dt.date]
    days: Sequence[tuple[dt.date, dt.date]]  # both inclusive
    live: Sequence[Moments]


def whole(period: Period) -> Spans:
    """Everything from the rows."""
    return Spans((), (), (period.bounds,))


@dataclasses.dataclass(frozen=True, slots=True)
class Reach:
    """How far the cells of a subject reach, and which of their days have changed since."""

    zone: dt.tzinfo
    built_to: dt.date  # the first day that is not counted
    changed: frozenset[dt.date]

    def spans(self, cube: Cube, begins: dt.date | None, period: Period, *, by_day: bool = False) -> Spans:
        """Divide a period; cells of the cube begin at a day. `by_day`: months are of no use to whoever asks day by day."""
        last = min(period.last or self.built_to - ONE, self.built_to - ONE)
        if begins is None or begins > last or (period.first and period.first > last):
            return whole(period)
        # also before the first cell: what changed there has none yet
        asked = (day for day in self.changed if (period.first is None or period.first <= day) and day <= last)
        first = max(begins, period.first or begins)
        months, days = _divide(first, last, self.changed, by_day=by_day)
        opened = month_of(self.built_to)
        of_rows = [day for day in days if cube.by_month and day < opened]
        live = [_moments(a, b, self.zone) for a, b in runs([*asked, *of_rows])]
        if period.last is None or period.last >= self.built_to:
            live.append((start_of(self.built_to, self.zone), period.bounds[1]))
        return Spans(months, runs(set(days) - set(of_rows)), live)


def spans_of(cube: Cube, basis: str, period: Period, *, by_day: bool = False) -> Spans:
    """Divide a period; three queries at most, which the parts of a page share."""
    reach = reach_of(cube.subject)
    if reach is None:
        return whole(period)
    first = remembered_for_a_while((cube.model, basis), lambda: first_cell(cube, basis))
    return reach.spans(cube, first, period, by_day=by_day)


def reach_of(subject: Subject) -> Reach | None:
    """Tell how far the cells of a subject reach; None without any. Two queries, which the parts of a page share."""
    return remembered_for_a_while((reach_of, subject), lambda: _reach_now(subject))


def _reach_now(subject: Subject) -> Reach | None:
    state = fresh_rollup(subject)
    if state is None:
        return None
    zone = zone_of(state.zone)
    changed = changed_days(Change.objects.filter(subject=subject), zone)
    return Reach(zone, day_of(state.built_to, zone), frozenset(changed))


def fresh_rollup(subject: Subject) -> Rollup | None:
    """Return the state of a subject's cells; None where none are counted, or by another zone's days."""
    state = Rollup.objects.filter(subject=subject).select_related("tenant").first()
    return state if state and state.zone == state.tenant.time_zone else None


def changed_days(changes: QuerySet[Change], zone: dt.tzinfo) -> set[dt.date]:
    """List the days that were noted. Read by the hour, there are so many: both its ends count."""
    hours = (
        changes.order_by()
        .annotate(hour=TruncHour("moment", tzinfo=dt.UTC))
        .values_list("hour", flat=True)
        .distinct()
    )
    almost = dt.timedelta(minutes=59, seconds=59)
    return {day_of(moment, zone) for hour in hours for moment in (hour, hour + almost)}


def first_cell(cube: Cube, basis: str) -> dt.date | None:
    """Return the day the cells of a cube begin at."""
    # by months, which the index finds at once; those of days begin with the month, too
    months = cube.model.objects.filter(basis=basis, grain=Grain.MONTH)
    first: dt.date | None = months.aggregate(first=Min("starts_on"))["first"]
    return first


def _moments(first: dt.date, last: dt.date, zone: dt.tzinfo) -> Moments:
    return start_of(first, zone), start_of(last + ONE, zone)


def _divide(
    first: dt.date, last: dt.date, changed: frozenset[dt.date], *, by_day: bool
) -> tuple[list[dt.date], list[dt.date]]:
    """Take whole unchanged months as months, and the unchanged days of the others."""
    months, days = [], []
    touched = {month_of(day) for day in changed}
    for month in _months(first, last):
        is_whole = first <= month and month_end(month) <= last
        if is_whole and month not in touched and not by_day:
            months.append(month)
        else:
            within = days_within(max(first, month), min(last, month_end(month)))
            days += [day for day in within if day not in changed]
    return months, days


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    month = month_of(first)
    while month <= last:
        yield month
        month = month_end(month) + ONE
