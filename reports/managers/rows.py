"""The table of managers: its columns, what each cell shows and opens, and the same as a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import formats
from reports.managers import measures as m
from reports.managers.report import ANYBODY, ManagersReport
from reports.queries.managers import Figures
from reports.response import shown_minutes

Text = str | Promise


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """A count that opens its rows, or something said in words."""

    n: int = 0
    url: str = ""
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; without a measure it is reckoned from others and opens nothing."""

    label: Text
    source: m.Source
    figure: Callable[[Figures], Any]
    measure: m.Measure | None = None
    shown: Callable[[Any], str] | None = None

    def cell(self, report: ManagersReport, figures: Figures, group: Any) -> Cell:
        value = self.figure(figures)
        if self.measure is None:
            return Cell(text=self.shown(value) if self.shown else str(value))
        return Cell(n=value, url=report.url(self.source, self.measure, group=group))


def _counted(source: m.Source, *measures: m.Measure) -> tuple[Column, ...]:
    return tuple(Column(one.label, source, _count(one.key), one) for one in measures)


def _count(key: str) -> Callable[[Figures], int]:
    return lambda figures: figures.count(key)


def _share(label: Text, source: m.Source, part: m.Measure, whole: m.Measure) -> Column:
    return Column(label, source, lambda figures: figures.share(part.key, whole.key), shown=_percent)


def _percent(value: float | None) -> str:
    return "—" if value is None else formats.percent(value)


GROUPS: tuple[tuple[Text, tuple[Column, ...]], ...] = (
    (
        gettext_lazy("Calls"),
        (
            Column(gettext_lazy("Counted"), m.DONE, _count("calls"), m.CALLS),
            Column(
                gettext_lazy("Of the norm"),
                m.DONE,
                lambda figures: figures.share(m.OF_NORM, m.NORM),
                shown=_percent,
            ),
            *_counted(m.DONE, m.ANSWERED, m.MISSED),
        ),
    ),
    (gettext_lazy("Done"), _counted(m.DONE, m.MEETINGS, m.MAILS, m.MESSAGES, m.TASKS)),
    (
        gettext_lazy("Plan and fact"),
        (
            *_counted(m.DUE, m.PLANNED, m.KEPT),
            _share(gettext_lazy("Done, %"), m.DUE, m.KEPT, m.PLANNED),
            *_counted(m.OVERDUE, m.LATE),
        ),
    ),
    (
        gettext_lazy("Leads"),
        (
            Column(pgettext_lazy("leads", "Taken"), m.LEADS, _count("taken"), m.TAKEN),
            *_counted(m.LEADS, m.CONVERTED),
            _share(gettext_lazy("Conversion"), m.LEADS, m.CONVERTED, m.TAKEN),
            Column(
                gettext_lazy("First response"),
                m.LEADS,
                lambda figures: figures.median_min,
                shown=shown_minutes,
            ),
        ),
    ),
    (
        gettext_lazy("Deals"),
        (
            *_counted(m.OFFERS, m.PROPOSALS),
            Column(gettext_lazy("Won"), m.DEALS, _count("won"), m.WON),
            Column(gettext_lazy("Lost"), m.DEALS, _count("lost"), m.LOST),
        ),
    ),
)


def groups_of(report: ManagersReport) -> list[tuple[Text, Sequence[Column]]]:
    """The columns the reader may see, under their heads."""
    return [(label, columns) for label, columns in GROUPS if report.sees(columns[0].source)]


def row_of(report: ManagersReport, name: str, figures: Figures, group: Any = ANYBODY) -> dict[str, Any]:
    """Lay out one row; without a group it is the whole."""
    value = report.value(figures, report.measure)
    old = (report.earlier_by_group or {}).get(group)
    if group is ANYBODY:
        old = report.earlier_whole
    before = None if report.earlier is None else report.value(old or Figures(), report.measure)
    return {
        "name": name,
        "key": "" if group in (None, ANYBODY) else str(group),
        "cells": [
            column.cell(report, figures, group) for _label, columns in groups_of(report) for column in columns
        ],
        "sums": sums_in_words(figures),
        "sums_url": report.url(m.DEALS, m.WON, group=group) if figures.sums else "",
        "value": value,
        "delta": None if before is None else value - before,
    }


def sums_in_words(figures: Figures) -> list[str]:
    """Each currency by itself: they never mix silently."""
    return [formats.money(amount, currency) for currency, amount in sorted(figures.sums.items())]


def table_of(report: ManagersReport) -> tuple[list[Any], list[list[Any]]]:
    """Lay the table out as a file: what was won has a column for each currency, and the last row is the total."""
    columns = [column for _label, columns in groups_of(report) for column in columns]
    currencies = (
        (sorted(report.whole.sums) or [report.member.tenant.currency]) if report.sees(m.DEALS) else []
    )
    heads = [report.by.label, *(_head(label, one) for label, ones in groups_of(report) for one in ones)]
    sum_won = _("Sum won")
    heads += [f"{sum_won}, {currency}" for currency in currencies]

    def plain(name: str, figures: Figures) -> list[Any]:
        values = [column.figure(figures) for column in columns]
        rounded = [round(value, 1) if isinstance(value, float) else value for value in values]
        return [name, *rounded, *(figures.sums.get(currency, 0) for currency in currencies)]

    rows = [plain(report.names[group], figures) for group, figures in report.ranking]
    return heads, [*rows, plain(_("Total"), report.whole)]


def _head(label: Text, column: Column) -> str:
    return f"{label}: {formats.inner(str(column.label))}"
