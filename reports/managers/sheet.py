"""The sheets of weeks and months: figures down, a column for each step, for all together and for each person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core import formats
from reports.managers import measures as m
from reports.managers.report import ANYBODY, ManagersReport
from reports.managers.rows import Cell
from reports.queries.managers import Figures, Step

Line = tuple[m.Measure | None, m.Source]  # None: the sum that was won


def lines_of(report: ManagersReport) -> list[Line]:
    """The figures of a sheet that the reader may see; last the sum."""
    lines: list[Line] = [(one, source) for one, source in m.SHEET if report.sees(source)]
    return [*lines, (None, m.DEALS)] if report.sees(m.DEALS) else lines


def of_company(report: ManagersReport) -> list[dict[str, Any]]:
    """A row for each figure of all together."""
    by_place = report.by_step
    return [
        {
            "name": str(one.label) if one else _("Sum won"),
            "cells": [
                _cell(report, by_place.get(place, Figures()), line, ANYBODY, step)
                for place, step in enumerate(report.steps, 1)
            ],
            "whole": _cell(report, report.whole, line, ANYBODY, None),
        }
        for line in lines_of(report)
        for one in [line[0]]
    ]


def of_people(report: ManagersReport) -> list[dict[str, Any]]:
    """A row for each person or department with the chosen figure."""
    line = chosen(report)
    by_place = report.by_group_and_step
    return [
        {
            "name": report.names[group],
            "key": str(group or ""),
            "cells": [
                _cell(report, by_place.get((group, place), Figures()), line, group, step)
                for place, step in enumerate(report.steps, 1)
            ],
            "whole": _cell(report, figures, line, group, None),
        }
        for group, figures in report.ranking
    ]


def chosen(report: ManagersReport) -> Line:
    """The figure that is told of each person."""
    found = next((line for line in lines_of(report) if line[0] and line[0].key == report.measure), None)
    return found or (None, m.DEALS)


def choices_of(report: ManagersReport) -> list[dict[str, Any]]:
    return [
        {
            "label": one.label if one else _("Sum won"),
            "value": one.key if one else m.WON_SUM,
            "is_on": (one.key if one else m.WON_SUM) == report.measure,
        }
        for one, _source in lines_of(report)
    ]


def _cell(report: ManagersReport, figures: Figures, line: Line, group: Any, step: Step | None) -> Cell:
    measure, source = line
    if measure is not None:
        return Cell(n=figures.count(measure.key), url=report.url(source, measure, group=group, step=step))
    total = report.exchange.total(figures.sums)
    currency = report.exchange.currency
    url = report.url(source, m.WON, group=group, step=step) if figures.sums else ""
    return Cell(text=formats.money_short(total, currency) if figures.sums else "—", url=url)


def table_of(report: ManagersReport) -> tuple[list[Any], list[list[Any]]]:
    """Lay the sheet out as a file: who, the figure, and a column for each step and for the whole period."""
    assert report.cut is not None
    heads = [
        report.by.label,
        _("Figure"),
        *(report.cut.named(step) for step in report.steps),
        _("Whole period"),
    ]
    rows = [_plain(report, _("All"), line, report.by_step, report.whole) for line in lines_of(report)]
    for group, figures in report.ranking:
        places = {place: one for (name, place), one in report.by_group_and_step.items() if name == group}
        rows += [_plain(report, report.names[group], line, places, figures) for line in lines_of(report)]
    return heads, rows


def _plain(
    report: ManagersReport, name: str, line: Line, places: dict[Any, Figures], whole: Figures
) -> list[Any]:
    measure = line[0]
    key = measure.key if measure else m.WON_SUM
    label = str(measure.label) if measure else ", ".join((_("Sum won"), report.exchange.currency))
    values = [report.value(places.get(place, Figures()), key) for place in range(1, len(report.steps) + 1)]
    return [name, label, *values, report.value(whole, key)]
