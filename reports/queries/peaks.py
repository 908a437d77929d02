"""When clients come: leads by day of the week, hour and kind of channel, on the company's clock (R5)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

from reports.rollups.reading import Figured

COLUMNS = ("weekday", "hour", "channel_kind")
WeekHour = tuple[int, int]  # day of the week, 1 for Monday, and hour


@dataclasses.dataclass(frozen=True, slots=True)
class Peaks:
    """Leads by hour of the week, and by kind of channel and hour."""

    by_week: Mapping[WeekHour, int]
    by_kind: Mapping[tuple[str, int], int]

    @property
    def total(self) -> int:
        return sum(self.by_week.values())


def peaks_of(leads: Figured) -> Peaks:
    """Count leads by when they came. Seven queries at most."""
    by_week: Counter[WeekHour] = Counter()
    by_kind: Counter[tuple[str, int]] = Counter()
    for (weekday, hour, kind), (count,) in leads.by(*COLUMNS).items():
        if weekday is not None:
            by_week[weekday, hour] += count
            by_kind[kind, hour] += count
    return Peaks(by_week, by_kind)


@dataclasses.dataclass(frozen=True, slots=True)
class Pressure:
    """One hour of the week: how many leads come on such a day, and how many people are there for them."""

    weekday: int
    hour: int
    leads: int
    a_day: float
    people: float

    @property
    def per_person(self) -> float | None:
        """Leads in the hour for each person on duty; None where nobody is."""
        return self.a_day / self.people if self.people else None


def pressures(
    by_week: Mapping[WeekHour, int], people: Mapping[WeekHour, float], days: Mapping[int, int]
) -> list[Pressure]:
    """Compare arrivals with people, the hardest hours first: those without anybody, then by leads for each person."""
    found = [
        Pressure(weekday, hour, count, count / days[weekday], people.get((weekday, hour), 0.0))
        for (weekday, hour), count in by_week.items()
        if days.get(weekday)
    ]
    return sorted(
        found,
        key=lambda one: (
            one.per_person is not None,
            -(one.per_person or 0.0),
            -one.a_day,
            one.weekday,
            one.hour,
        ),
    )
