"""Working time as arithmetic: a week in a time zone, and the days that differ from it. No database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence

DAY_MIN = 24 * 60
FAR_DAYS = 400  # nobody works within so many days: nobody ever will

Span = tuple[int, int]  # minutes since midnight; the end may lie after 24:00
Week = tuple[tuple[Span, ...], ...]  # Monday first
NEVER: Week = ((),) * 7


@dataclasses.dataclass(frozen=True)
class WorkCalendar:
    """When somebody works: `week`, but on the days of `differing` the spans given there.

    Spans are wall-clock times of the zone, minutes are counted as they pass: a night in which the clocks
    change is an hour shorter or longer.
    """

    zone: zoneinfo.ZoneInfo
    week: Week = NEVER
    differing: Mapping[dt.date, tuple[Span, ...]] = dataclasses.field(default_factory=dict)
    _days: dict[dt.date, tuple[tuple[float, float], ...]] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    def minutes_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Count the whole working minutes between two moments; 0 when end is not after start."""
        since, until = start.timestamp(), end.timestamp()
        worked = 0.0
        for day in _dates(self._date(start), self._date(end)):
            for opens, closes in self._stretches(day):
                worked += max(0.0, min(closes, until) - max(opens, since))
        return int(worked // 60)

    def works_at(self, moment: dt.datetime) -> bool:
        """Say whether this is working time."""
        return self.works_until(moment) is not None

    def works_until(self, moment: dt.datetime) -> dt.datetime | None:
        """Return when the work that is going on ends, or None outside working time.

        Work that goes on after midnight goes on; around the clock it ends in a week, as far as this tells.
        """
        at, until = moment.timestamp(), None
        first = self._date(moment)
        for day in _dates(first, first + dt.timedelta(days=7)):
            for opens, closes in self._stretches(day):
                if opens <= (until or at) < closes:
                    until = closes
            if until is None or until < self._timestamp(day, DAY_MIN):
                break
        return self._moment(until) if until is not None else None

    def after(self, start: dt.datetime, minutes: int, seconds: int = 0) -> dt.datetime | None:
        """Return the moment when so much working time has passed; None when that never happens."""
        since, left = start.timestamp(), minutes * 60.0 + seconds
        first = self._date(start)
        for day in _dates(first, first + dt.timedelta(days=FAR_DAYS)):
            for opens, closes in self._stretches(day):
                opens = max(opens, since)
                if closes > opens and closes - opens >= left:
                    return self._moment(opens + left)
                left -= max(0.0, closes - opens)
        return None

    def spans_on(self, day: dt.date) -> tuple[Span, ...]:
        """Return the hours that begin on a day, in wall-clock minutes."""
        return self.differing.get(day, self.week[day.weekday()])

    @property
    def usual_day(self) -> Span:
        """When a day usually starts and ends: the first one of the week on which there is work."""
        spans = next((day for day in self.week if day), ((9 * 60, 18 * 60),))
        return spans[0][0], min(spans[-1][1], DAY_MIN)

    # --- Days as stretches of real time ----------------------------------------------------------------
    def _stretches(self, day: dt.date) -> tuple[tuple[float, float], ...]:
        """The working stretches that lie in a local day, as timestamps, in order and apart from each other."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = _merged(self._lay_out(day))
        return known

    def _lay_out(self, day: dt.date) -> Iterator[tuple[float, float]]:
        """Yield what begins on the day, up to midnight, and what the night before left over."""
        for starts, ends in self.spans_on(day):
            yield self._timestamp(day, starts), self._timestamp(day, min(ends, DAY_MIN))
        for _starts, ends in self.spans_on(day - dt.timedelta(days=1)):
            if ends > DAY_MIN:
                yield self._timestamp(day, 0), self._timestamp(day, ends - DAY_MIN)

    def _timestamp(self, day: dt.date, minute: int) -> float:
        """A time that the clocks skip or repeat is the one before they change."""
        days, minute = divmod(minute, DAY_MIN)
        wall = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(minute // 60, minute % 60))
        return wall.replace(tzinfo=self.zone).timestamp()

    def _date(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()

    def _moment(self, timestamp: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(timestamp, self.zone)


def _dates(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(days=number)


def _merged(stretches: Iterator[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for opens, closes in sorted(stretches):
        if closes <= opens:  # lies in an hour that the clocks skip
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return tuple(merged)


# --- Words ---------------------------------------------------------------------------------------------
def clock_of(minute: int) -> str:
    """Write a minute of the day as 09:30; midnight at the end of a day is 24:00, past it 06:00."""
    minute = minute if minute <= DAY_MIN else minute - DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"


def span_text(span: Span) -> str:
    """Write a stretch of a day as 09:00–18:00."""
    return f"{clock_of(span[0])}–{clock_of(span[1])}"


def spans_text(spans: Sequence[Span]) -> str:
    return ", ".join(span_text(span) for span in spans)
