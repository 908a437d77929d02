"""Peak hours: when clients come, against the people on duty (R5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import formats
from deals.filters import CHANNEL_KINDS
from reports import sentences
from reports.duty import days_of_week, on_duty
from reports.heat import LEGEND, Heat, level_of
from reports.queries.peaks import COLUMNS, Peaks, Pressure, peaks_of, pressures
from reports.views import LeadReport, answer
from tenants.access import require
from tenants.moment_filters import WEEKDAYS

HARDEST = 10
USUAL_HOURS = (9, 18)


@require("reports")
@require_GET
def peaks(request: HttpRequest) -> HttpResponseBase:
    """R5: leads by hour and day of the week, by kind of channel, and the people there are for them."""
    report = LeadReport(request, "channel_kind", columns=COLUMNS)
    found = peaks_of(report.leads)
    ends = report.leads.ends()
    people = on_duty(report.member, report.page.filterset.asked.cleaned_data, report.period, ends)
    hard = pressures(found.by_week, people, days_of_week(report.period, ends))
    hours = _hours(found, people)
    before = report.before()
    kinds = [(kind, label) for kind, label in CHANNEL_KINDS if any(k == kind for k, _h in found.by_kind)]
    context = report.context(
        title=_("Peak hours"),
        sentence=sentences.of_peaks(found, peaks_of(before) if before is not None else None, WEEKDAYS),
        total=found.total,
        total_url=report.rows_of_all(),
        weekdays=_weekdays(),
        leads_map=_week_map(report, found, hours),
        people_map=_people_map(people, hours),
        kinds=[(label, label) for _kind, label in kinds],
        kinds_map=_kinds_map(report, found, kinds, hours),
        hard=[_hard_row(report, one) for one in hard[:HARDEST]],
        levels=LEGEND,
    )
    heads = [_("Day of the week"), _("Hour"), _("Leads"), _("People on duty"), _("Leads per person an hour")]
    return answer(request, "reports/peaks.html", context, (heads, _table(hard)))


def _hours(found: Peaks, people: Mapping[tuple[int, int], float]) -> range:
    """The hours between the first and the last in which anybody comes or is there."""
    hours = {hour for _day, hour in (*found.by_week, *people)} or set(USUAL_HOURS)
    return range(min(hours), max(hours) + 1)


def _rows(
    hours: Sequence[int], columns: Sequence[Any], cell: Callable[[int, Any], Heat]
) -> list[dict[str, Any]]:
    return [{"hour": f"{hour}:00", "cells": [cell(hour, column) for column in columns]} for hour in hours]


def _week_map(report: LeadReport, found: Peaks, hours: Sequence[int]) -> list[dict[str, Any]]:
    most = max(found.by_week.values(), default=0)

    def cell(hour: int, day: tuple[str, Any]) -> Heat:
        count = found.by_week.get((int(day[0]), hour), 0)
        url = report.rows_of_all(weekday=day[0], hour=hour) if count else ""
        return Heat(formats.number(count), level_of(count, most), f"{day[1]}, {hour}:00", url)

    return _rows(hours, WEEKDAYS, cell)


def _people_map(people: Mapping[tuple[int, int], float], hours: Sequence[int]) -> list[dict[str, Any]]:
    most = max(people.values(), default=0)

    def cell(hour: int, day: tuple[str, Any]) -> Heat:
        count = people.get((int(day[0]), hour), 0.0)
        digits = 0 if count == round(count) or count >= 10 else 1
        return Heat(formats.number(count, digits=digits), level_of(count, most), f"{day[1]}, {hour}:00")

    return _rows(hours, WEEKDAYS, cell)


def _kinds_map(
    report: LeadReport, found: Peaks, kinds: Sequence[tuple[str, Any]], hours: Sequence[int]
) -> list[dict[str, Any]]:
    most = max(found.by_kind.values(), default=0)

    def cell(hour: int, kind: tuple[str, Any]) -> Heat:
        count = found.by_kind.get((kind[0], hour), 0)
        url = report.rows_of_all(channel_kind=kind[0], hour=hour) if count else ""
        return Heat(formats.number(count), level_of(count, most), f"{kind[1]}, {hour}:00", url)

    return _rows(hours, kinds, cell)


def _hard_row(report: LeadReport, one: Pressure) -> dict[str, Any]:
    return {
        "name": f"{WEEKDAYS[one.weekday - 1][1]}, {one.hour}:00",
        "leads": one.leads,
        "url": report.rows_of_all(weekday=one.weekday, hour=one.hour),
        "a_day": formats.number(one.a_day, digits=1),
        "people": formats.number(one.people, digits=1),
        "per_person": None if one.per_person is None else formats.number(one.per_person, digits=1),
    }


def _table(hard: Sequence[Pressure]) -> list[list[Any]]:
    return [
        [
            str(WEEKDAYS[one.weekday - 1][1]),
            f"{one.hour:02}:00",
            one.leads,
            round(one.people, 1),
            None if one.per_person is None else round(one.per_person, 2),
        ]
        for one in sorted(hard, key=lambda one: (one.weekday, one.hour))
    ]


def _weekdays() -> list[tuple[str, str]]:
    """The days of the week in short and in full."""
    short = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    return [(name, str(label)) for name, (_value, label) in zip(short, WEEKDAYS, strict=True)]
