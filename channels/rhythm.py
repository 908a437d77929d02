"""How often a channel usually brings something, so that a broken one is told from a quiet night."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import zoneinfo
from collections.abc import Iterable
from typing import Any

HOURS_OF_WEEK = 7 * 24
WEEKS = 4  # looked back on
LEAST_WEEKS = 2  # a younger channel has no rhythm yet
UNLIKELY = 0.001  # a silence of so small a chance is a trouble
LONGEST = dt.timedelta(days=14)  # longer silences are weighed like this one


@dataclasses.dataclass(frozen=True, slots=True)
class Rhythm:
    """For each hour of the week from Monday 00:00 on, in the tenant's zone.

    `counts`: deliveries in that hour on average; `shares`: in what part of the weeks it brought anything, 0-1.
    """

    counts: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Rhythm:
        return cls(tuple(value.get("counts", ())), tuple(value.get("shares", ())))

    def as_json(self) -> dict[str, list[float]]:
        return {"counts": list(self.counts), "shares": list(self.shares)}


@dataclasses.dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came for so long, though usually so much comes in an hour at these times."""

    lasts: dt.timedelta
    usual_per_hour: float


def learn(hours: Iterable[tuple[int, int, int]], *, weeks: int) -> Rhythm:
    """Make a rhythm of rows (hour of the week, deliveries, weeks with any) over the last so many weeks.

    The share is told lower than seen (4 of 4 is 0.8): few weeks prove no certainty.
    """
    if weeks < LEAST_WEEKS:
        return Rhythm()
    counts, shares = [0.0] * HOURS_OF_WEEK, [0.0] * HOURS_OF_WEEK
    for hour, count, seen in hours:
        counts[hour] = round(count / weeks, 2)
        shares[hour] = round(min(seen, weeks) / (weeks + 1), 3)
    return Rhythm(tuple(counts), tuple(shares))


def unusual_silence(
    rhythm: Rhythm, *, since: dt.datetime, now: dt.datetime, zone: zoneinfo.ZoneInfo
) -> Silence | None:
    """Say how long it has been silent when that is hardly chance: the product of each hour's chance of nothing."""
    if not rhythm.shares or now <= since:
        return None
    likely, usual, weighed = 0.0, 0.0, 0.0  # likely: logarithm of the chance
    for hour, part in _hours(max(since, now - LONGEST), now, zone):
        likely += part * math.log(1 - rhythm.shares[hour])
        usual += part * rhythm.counts[hour]
        weighed += part
    if likely > math.log(UNLIKELY):
        return None
    return Silence(now - since, usual / weighed)


def _hours(since: dt.datetime, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Iterable[tuple[int, float]]:
    """Walk the hours of the week between two moments, with the part of each that lies between them."""
    at = since
    while at < now:
        local = at.astimezone(zone)
        following = at + dt.timedelta(
            seconds=3600 - local.minute * 60 - local.second - local.microsecond / 1e6
        )
        end = min(following, now)
        yield local.weekday() * 24 + local.hour, (end - at).total_seconds() / 3600
        at = end
