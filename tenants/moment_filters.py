"""Filters by when something was, on the company's clock: the day of the week, the hour, or that it never was."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.db.models.lookups import In
from django.utils.translation import gettext_lazy as _

from core.listing.filters import Flag, MultiChoice
from core.zones import company_zone
from tenants.custom_fields.filters import CustomFilterSet
from tenants.models import WorkInterval

WEEKDAYS = [(str(day + 1), day.label) for day in WorkInterval.Weekday]  # as ISO counts them
HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


def weekday_of(moment: str) -> ExtractIsoWeekDay:
    """Build the day of the week of a moment, 1 for Monday, by the company's calendar."""
    return ExtractIsoWeekDay(moment, tzinfo=company_zone())


def hour_of(moment: str) -> ExtractHour:
    """Build the hour of a moment by the company's clock."""
    return ExtractHour(moment, tzinfo=company_zone())


class MomentFilterSet(CustomFilterSet):
    """A filter set whose period may be of several dates: these speak of the chosen one."""

    weekday = MultiChoice(choices=WEEKDAYS, method="filter_weekday", label=_("Day of the week"))
    hour = MultiChoice(choices=HOURS, method="filter_hour", label=_("Hour"))
    no_date = Flag(method="filter_no_date", label=_("Without this date"))

    def filter_weekday(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        days = [int(day) for day in value]
        return queryset.filter(In(weekday_of(self.moment_field()), days)) if days else queryset

    def filter_hour(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        hours = [int(hour) for hour in value]
        return queryset.filter(In(hour_of(self.moment_field()), hours)) if hours else queryset

    def filter_no_date(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(**{self.moment_field(): None}) if value else queryset
