"""Days, weeks, months, days of the week and hours as dimensions, by the chosen date and the company's clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import DateField
from django.db.models.functions import TruncDate, TruncMonth, TruncWeek
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core import formats
from core.zones import company_zone
from reports.dimensions import HOUR, Dimension
from reports.periods import day as read_day
from reports.rollups.days import ONE, days_within, month_end, month_of
from tenants.moment_filters import WEEKDAYS, hour_of, weekday_of

NO_DATE: dict[str, Any] = {"none_param": "no_date", "none_label": _("Without this date")}


@dataclasses.dataclass(frozen=True, slots=True)
class Step(Dimension):
    """A stretch of days, known by its first: it opens the part of it that lies in the report's period."""

    last_of: Callable[[dt.date], dt.date] = lambda day: day
    start_of: Callable[[dt.date], dt.date] = lambda day: day

    def narrowed(self, params: QueryDict, value: Any) -> QueryDict:
        copy = params.copy()
        if value is None:
            copy["no_date"] = "on"
            return copy
        first, last = read_day(params.get("first")), read_day(params.get("last"))
        copy["first"] = str(max(filter(None, (first, value))))
        copy["last"] = str(min(filter(None, (last, self.last_of(value)))))
        return copy

    def rest(self, params: QueryDict, shown: Iterable[Any]) -> QueryDict:
        """Everything before the shown: of many steps the latest are."""
        copy = params.copy()
        last = read_day(params.get("last"))
        copy["last"] = str(min(filter(None, (last, min(shown) - ONE))))
        return copy

    def between(self, values: Sequence[dt.date]) -> list[dt.date]:
        """List the steps from the first to the last, those without rows too."""
        if not values:
            return []
        return list(dict.fromkeys(self.start_of(day) for day in days_within(min(values), max(values))))


def _named(name: Callable[[dt.date], str]) -> Callable[[Iterable[Any]], Mapping[Any, Any]]:
    return lambda values: {value: name(value) for value in sorted(values)}


def _week_name(monday: dt.date) -> str:
    return f"{formats.short_date(monday)} – {formats.short_date(monday + 6 * ONE)}"


def _truncated(function: Any) -> Callable[[Any], Any]:
    return lambda filters: function(
        filters.moment_field(), tzinfo=company_zone(), **({} if function is TruncDate else _AS_DAY)
    )


_AS_DAY = {"output_field": DateField()}
DAY = Step(
    "day", _("Day"), "x_day", "first", names=_named(formats.short_date), kept=_truncated(TruncDate),
    is_ordered=True, **NO_DATE,
)  # fmt: skip
WEEK = Step(
    "week", _("Week"), "x_week", "first", names=_named(_week_name), kept=_truncated(TruncWeek), is_ordered=True,
    last_of=lambda day: day + 6 * ONE, start_of=lambda day: day - day.weekday() * ONE, **NO_DATE,
)  # fmt: skip
MONTH = Step(
    "month", _("Month"), "x_month", "first", names=_named(formats.month_and_year), kept=_truncated(TruncMonth),
    is_ordered=True, last_of=month_end, start_of=month_of, **NO_DATE,
)  # fmt: skip
WEEKDAY = Dimension(
    "weekday",
    _("Day of the week"),
    "x_weekday",
    "weekday",
    names=lambda _values: {int(day): name for day, name in WEEKDAYS},
    kept=lambda filters: weekday_of(filters.moment_field()),
    is_ordered=True,
    every=lambda: range(1, 8),
    **NO_DATE,
)
HOUR_OF_DAY = dataclasses.replace(
    HOUR,
    column="x_hour",
    kept=lambda filters: hour_of(filters.moment_field()),
    is_ordered=True,
    every=lambda: range(24),
    **NO_DATE,
)
TIME = (DAY, WEEK, MONTH, WEEKDAY, HOUR_OF_DAY)
