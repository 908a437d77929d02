"""Working time: how long a client has waited while somebody could have answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from typing import Protocol

_DAY_MIN = 24 * 60
_WORKDAYS = 5  # Monday to Friday
_MONDAY = dt.datetime(2001, 1, 1)  # noqa: DTZ001  (compared with local times, whose zone was taken off)
NEAR_LIMIT = 0.8  # of the limit: from here on the waiting time is amber


class HasWorkday(Protocol):
    """What the clock needs of a tenant."""

    time_zone: str
    workday_starts_at: dt.time
    workday_ends_at: dt.time


@dataclasses.dataclass(frozen=True, slots=True)
class Workday:
    """Monday to Friday between two times of day, in the tenant's zone.

    A day that ends at or before its start lasts until midnight: 00:00 to 00:00 is the whole day.
    """

    zone: zoneinfo.ZoneInfo
    starts_min: int
    ends_min: int

    @classmethod
    def of(cls, tenant: HasWorkday) -> Workday:
        """Read a tenant's working day."""
        starts, ends = _minute_of_day(tenant.workday_starts_at), _minute_of_day(tenant.workday_ends_at)
        return cls(zoneinfo.ZoneInfo(tenant.time_zone), starts, ends if ends > starts else _DAY_MIN)

    @property
    def length_min(self) -> int:
        return self.ends_min - self.starts_min

    def minutes_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Count the whole working minutes between two moments; 0 when end is not after start."""
        return max(0, int(self._worked_until(end) - self._worked_until(start)))

    def works_until(self, moment: dt.datetime) -> dt.datetime | None:
        """Return when the working day that is going on ends, or None outside working time."""
        local = moment.astimezone(self.zone)
        minute = _minute_of_day(local.time())
        if local.weekday() >= _WORKDAYS or not self.starts_min <= minute < self.ends_min:
            return None
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + dt.timedelta(minutes=self.ends_min)

    def _worked_until(self, moment: dt.datetime) -> float:
        """Working minutes since a Monday long ago; the same formula for one minute as for a decade."""
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        days = (local - _MONDAY).days
        weeks, weekday = divmod(days, 7)
        done = (weeks * _WORKDAYS + min(weekday, _WORKDAYS)) * self.length_min
        if weekday >= _WORKDAYS:
            return done
        minute = (local - _MONDAY).total_seconds() / 60 - days * _DAY_MIN
        return done + min(max(minute - self.starts_min, 0), self.length_min)


@dataclasses.dataclass(frozen=True, slots=True)
class Wait:
    """How long a client waits for an answer, against the channel's limit; all in working minutes."""

    minutes: int
    limit_min: int | None

    @property
    def level(self) -> str:
        """'late' past the limit, 'soon' from 80 % of it, else ''."""
        if not self.limit_min:
            return ""
        if self.minutes > self.limit_min:
            return "late"
        return "soon" if self.minutes >= self.limit_min * NEAR_LIMIT else ""


def wait_of(
    workday: Workday, *, waiting_since: dt.datetime | None, limit_min: int | None, now: dt.datetime
) -> Wait | None:
    """Measure the wait; None when nobody waits: the last word was ours."""
    if waiting_since is None:
        return None
    return Wait(workday.minutes_between(waiting_since, now), limit_min)


def _minute_of_day(value: dt.time) -> int:
    return value.hour * 60 + value.minute
