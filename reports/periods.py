"""The period of a report and the one before it."""

from __future__ import annotations

import calendar
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

    def year_before(self) -> Period | None:
        """The same days a year ago; whole months are compared with whole months, leap years or not."""
        if self.first is None or self.last is None or self.days is None or self.days < 1:
            return None
        ends = self.first.day == 1 and (self.last + dt.timedelta(days=1)).day == 1
        first, last = _year_before(self.first), _year_before(self.last)
        return Period(first, _month_end(last) if ends else last)

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return _("All time")
        ends = [formats.short_date(day) if day else "…" for day in (self.first, self.last)]
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}"


class Compared(models.TextChoices):
    """What a report's figures stand against; a word of its address."""

    NONE = "none", gettext_lazy("No comparison")
    PREVIOUS = "previous", gettext_lazy("Period before")
    YEAR = "year", gettext_lazy("Same days last year")


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """With what a period is compared, or why with nothing though it was asked for."""

    with_what: Compared
    period: Period | None
    why_not: str = ""


def comparison(params: QueryDict, period: Period) -> Comparison:
    """Find the period to compare with: the one before unless the address says otherwise."""
    asked = params.get("compare", "")
    chosen = Compared(asked) if asked in Compared.values else Compared.PREVIOUS
    if chosen == Compared.NONE:
        return Comparison(chosen, None)
    found = period.previous() if chosen == Compared.PREVIOUS else period.year_before()
    if found is not None and found.first and found.first >= EARLIEST:
        return Comparison(chosen, found)
    if found is not None:
        return Comparison(chosen, None, _("Nothing is known of the time before 1970."))
    if period.days is None:
        return Comparison(chosen, None, _("Only a period with both ends can be compared."))
    return Comparison(chosen, None, _("The period ends before it begins."))


def _year_before(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


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


def known(params: QueryDict, names: Iterable[str]) -> QueryDict:
    """Leave out what would narrow a list and not this report."""
    found = QueryDict(mutable=True)
    for name in names:
        if any(params.getlist(name)):
            found.setlist(name, params.getlist(name))
    return found


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
