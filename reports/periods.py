"""The period of a report and the one before it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core import formats
from core.listing.filters import day_start, period_bounds
from core.zones import company_zone

DEFAULT = "30d"
# The filters refuse days beyond these, and a page has to say so
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both inclusive, in the company's zone; None is open-ended."""

    first: dt.date | None
    last: dt.date | None

    @property
    def bounds(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Half-open moments [from, to)."""
        return (
            day_start(self.first, company_zone()) if self.first else None,
            day_start(self.last + dt.timedelta(days=1), company_zone()) if self.last else None,
        )

    @property
    def days(self) -> int | None:
        return (self.last - self.first).days + 1 if self.first and self.last else None

    def previous(self) -> Period | None:
        """The same number of days just before; None for an open period."""
        if self.first is None or self.days is None or self.days < 1:
            return None
        try:
            return Period(self.first - dt.timedelta(days=self.days), self.first - dt.timedelta(days=1))
        except OverflowError:
            return None

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return _("All time")
        ends = [formats.short_date(day) if day else "…" for day in (self.first, self.last)]
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}"


def with_default(params: QueryDict) -> QueryDict:
    """Give a report's URL a period when it has none; `period=all` asks for all time."""
    copy = params.copy()
    if "period" not in copy and not copy.get("first") and not copy.get("last"):
        copy["period"] = DEFAULT
    return copy


def of(params: QueryDict) -> Period:
    """Read the period of a URL as the filters read it: named and explicit days narrow each other."""
    first, last = day(params.get("first")), day(params.get("last"))
    with contextlib.suppress(KeyError):
        named = period_bounds(params.get("period", ""), timezone.localdate(timezone=company_zone()))
        first, last = max(filter(None, (first, named[0]))), min(filter(None, (last, named[1])))
    return Period(first and max(first, EARLIEST), last and min(last, LATEST))


def moved(params: QueryDict, period: Period) -> QueryDict:
    """The same URL over another period."""
    copy = params.copy()
    copy.pop("period", None)
    copy["first"], copy["last"] = str(period.first), str(period.last)
    return copy


def day(text: str | None) -> dt.date | None:
    """Read a day of a URL; None for what is none."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None
