"""The explorer's page: two dimensions, a measure, and every number opens its rows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import formats
from reports import periods, sentences
from reports.exchange import Exchange
from reports.explorer import drawing, pivot, reading
from reports.explorer.asking import (
    CHARTS,
    OWN,
    SAME_OF_BOTH,
    SHARES,
    SUBJECTS,
    TOPS,
    list_of,
    read,
    subject_of,
)
from reports.explorer.measures import FIGURES
from reports.explorer.table import Sheet, as_table
from reports.time_steps import Step
from reports.views import answer, report_page
from tenants.access import may_export, require
from tenants.custom_fields.definitions import is_custom


@require("reports")
@require_GET
def explorer(request: HttpRequest) -> HttpResponseBase:
    """Break leads or deals down by any dimensions; without a choice, offer some questions to begin with."""
    report = Explorer(request)
    context = report.context()
    is_part = bool(request.htmx) and request.htmx.target == "xp"  # type: ignore[attr-defined]
    if is_part:
        context["base_template"] = "reports/bare.html"
    if report.asked.rows is None or report.is_barred:
        return answer(request, "reports/explorer.html", context, ([_("Dimension")], []))
    context |= report.figures()
    response = answer(request, "reports/explorer.html", context, as_table(report.sheet, report.rows), has_total=True)  # fmt: skip
    if is_part:
        response.headers["HX-Push-Url"] = f"{reverse('reports:explorer')}?{report.clean_query}"
    return response


class Explorer:
    """One question of one reader."""

    def __init__(self, request: HttpRequest) -> None:
        self.member: Any = request.member  # type: ignore[attr-defined]
        self.params = periods.with_default(request.GET)
        self.period = periods.of(self.params)
        self.comparison = periods.comparison(self.params, self.period)
        self.page = report_page(list_of(subject_of(self.params)), self.member, self.params)
        self.asked = read(self.params, self.page.filterset)

    @property
    def is_barred(self) -> bool:
        """Whether the question names a field that is gone, or not for this reader: it is not answered in part."""
        filters = self.page.filterset.filters
        unknown = [name for name in self.params if is_custom(name.removeprefix("not_").removeprefix("also_"))]
        return bool(self.asked.unknown) or any(name not in filters for name in unknown)

    @property
    def clean_query(self) -> str:
        """The address without what says nothing."""
        return urlencode([(name, value) for name, value in self._pairs() if value != "none"])

    @cached_property
    def exchange(self) -> Exchange:
        return Exchange.at_the_end(self.member.tenant, self.period)

    @cached_property
    def pivot(self) -> pivot.Pivot:
        groups = reading.groups_of(self.asked, self.member, self.params, self.period)
        return pivot.build(self.asked, groups, self.exchange)

    @cached_property
    def sheet(self) -> Sheet:
        return Sheet(self.asked, self.pivot, self.exchange, self.params)

    @cached_property
    def before(self) -> dict[Any, Any] | None:
        """The same rows over the period they are compared with, where their figures add up."""
        if self.comparison.period is None or not self.asked.figure.adds_up:
            return None
        params = periods.moved(self.params, self.comparison.period)
        groups = reading.groups_of(self.asked, self.member, params, self.comparison.period)
        return pivot.totals(groups, self.pivot.shown[True])

    @cached_property
    def rows(self) -> list[Any]:
        is_over_time = isinstance(self.asked.rows, Step)
        return self.sheet.rows(None if is_over_time or self.asked.share else self.before)

    def context(self) -> dict[str, Any]:
        """What the page shows whatever the answer is."""
        asked, page = self.asked, self.page
        axes = [{"key": axis.key, "label": axis.label} for axis in asked.axes.values()]
        return {
            "title": _("Explorer"),
            "page": page,
            "listing": page.listing,
            "period": self.period,
            "comparing": page.comparing(self.comparison),
            "query": page.query,
            "may_export": may_export(self.member, "reports"),
            "asked": asked,
            "is_barred": self.is_barred,
            "axes": axes,
            "figures": FIGURES[asked.subject],
            "shares": SHARES.items(),
            "tops": TOPS,
            "subjects": [self._subject(key, label) for key, label in SUBJECTS.items()],
            "charts": [{"key": key, "label": CHARTS[key], "url": page.url(chart=key)} for key in asked.charts],
            "swap_url": page.url(rows=asked.columns.key, columns=asked.rows.key) if asked.columns and asked.rows else "",
            "kept": [pair for pair in self._pairs() if pair[0] not in OWN or pair[0] in ("subject", "compare", "chart", "order")],
            "examples": [{"text": text, "url": f"?{query}"} for text, query in _examples()],
            "said": [self._said()],
        }  # fmt: skip

    def figures(self) -> dict[str, Any]:
        """The answer: sentence, chart, table."""
        asked, sheet, rows = self.asked, self.sheet, self.rows
        is_line = asked.chart == "line"
        marks = drawing.LINES if is_line else drawing.FILLS
        series = drawing.series_of(sheet, marks, is_apart=asked.chart != "bars")
        lists = [axis for axis in (asked.rows, asked.columns) if axis and axis.is_many]
        return {
            "rows": rows,
            "heads": sheet.heads,
            "whole": sheet.whole,
            "delta_unit": formats.currency_sign(self.exchange.currency) if asked.figure.extra == "currency" else "",
            "has_deltas": any(row.delta is not None for row in rows),
            "sentence": self._sentence(),
            "is_line": is_line,
            "series": [(one.name, one.name, one.mark) for one in series] if len(series) > 1 else [],
            "bars": [] if is_line else drawing.bars(sheet, rows, series),
            "hidden_bars": 0 if is_line else max(0, len(rows) - drawing.MOST_BARS),
            "lines": drawing.lines(sheet, rows, series) if is_line else None,
            "many": [axis.label for axis in lists],
            "orders": self._orders(),
            "rates": self.exchange.rates_in_words(),
            "lacking": sorted(self.exchange.missing),
            "all_time_url": self.page.url(period="all", first=None, last=None),
        }  # fmt: skip

    def _said(self) -> str:
        """Say in words what was asked, or why it isn't answered."""
        asked = self.asked
        if self.is_barred:
            return _(
                "It uses a dimension or a field that is gone, or that your role doesn’t see. Choose others."
            )
        parts = [str(asked.figure.label), *(str(axis.label) for axis in (asked.rows, asked.columns) if axis)]
        return " · ".join([*parts, str(SHARES[asked.share])] if asked.share else parts)

    def _sentence(self) -> dict[str, str]:
        if self.before is None:
            return {}
        figure, exchange = self.asked.figure, self.exchange
        old = self.before.get(reading.ALL) or pivot.Tally()
        now, was = figure.value(self.pivot.whole, exchange), figure.value(old, exchange)
        shown = (figure.shown(now, exchange), figure.shown(was, exchange))
        return sentences.of_explorer(str(figure.label), now, was, *shown)

    def _orders(self) -> dict[str, Any]:
        order = self.asked.order
        return {
            "label_url": self.page.url(order="-label" if order == "label" else "label"),
            "value_url": self.page.url(order="value" if order == "-value" else "-value"),
            "label": {"label": "ascending", "-label": "descending"}.get(order, ""),
            "value": {"value": "ascending", "-value": "descending"}.get(order, ""),
        }

    def _subject(self, key: str, label: Any) -> dict[str, Any]:
        kept = [pair for pair in self._pairs() if pair[0] in SAME_OF_BOTH]
        return {
            "label": label,
            "url": f"?{urlencode([('subject', key), *kept])}",
            "is_on": key == self.asked.subject,
        }

    def _pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.params.lists() for value in values if value]


def _examples() -> list[tuple[str, str]]:
    leads, deals = "subject=leads&period=quarter", "subject=deals&dates=closed&period=year"
    return [
        (_("Lost deals by reason and manager"), f"{deals}&state=lost&rows=reason&columns=manager"),
        (_("Targeted leads by source and week"), f"{leads}&quality=targeted&rows=source&columns=week"),
        (_("First response by manager and hour"), f"{leads}&measure=response&rows=manager&columns=hour"),
        (
            _("Sum of won deals by month and manager"),
            f"{deals}&state=won&measure=amount&rows=month&columns=manager",
        ),
        (_("Conversion of leads by campaign"), f"{leads}&measure=conversion&rows=campaign"),
        (_("Leads by day of the week and hour"), f"{leads}&rows=hour&columns=weekday"),
    ]
