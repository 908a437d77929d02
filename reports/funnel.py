"""The funnel page: how far the deals of a period came, and how all deals lay across the stages on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import formats
from deals.models import Pipeline
from reports import periods, sentences
from reports.deal_reports import OWN, DealReport, deals_url
from reports.queries import funnel as funnel_queries
from reports.queries import structure
from reports.views import answer
from tenants.access import require


@require("reports")
@require_GET
def funnel(request: HttpRequest) -> HttpResponseBase:
    """R6: conversion from stage to stage, drop-off and time in stage of the deals created in a period."""
    report = DealReport(request)
    built = _built(report, report.page.filterset, report.period)
    before = report.comparison.period
    old = _built(report, report.filters_before(), before) if before else None
    on = _past_day(request.GET.get("on"))
    context = report.context(
        title=_("Funnel"),
        comparing=report.comparing(),
        funnel=built,
        deltas={"total": built.total - old.total, "won": built.won - old.won} if built and old else {},
        rows=[_funnel_row(row, report.rows_of) for row in built.rows] if built else [],
        sentence=sentences.of_funnel(built) if built else {},
        total_url=report.rows_of(),
        on=on,
        stages=_structure(report, report.pipeline, on) if report.pipeline else [],
        today=timezone.localdate(),
    )
    heads = [
        _("Stage"),
        _("Reached"),
        _("Left"),
        _("Here now"),
        _("Step, %"),
        _("Of all, %"),
        _("Median, h"),
        _("90 %, h"),
    ]
    return answer(request, "reports/funnel.html", context, (heads, _funnel_table(built)))


def _built(report: DealReport, filters: Any, period: periods.Period) -> funnel_queries.Funnel | None:
    return funnel_queries.read(filters, report.member, period, report.pipeline) if report.pipeline else None


def _funnel_row(row: Any, deals_url: Any) -> dict[str, Any]:
    pk = str(row.stage.pk)
    limit_s = row.stage.time_limit_h * 3600 if row.stage.time_limit_h else None
    return {
        "row": row,
        "width": f"{row.whole_percent:.2f}%",
        "reached_url": deals_url(reached=pk),
        "left_url": deals_url(left_from=pk),
        "here_url": deals_url(stage=pk, state="open"),
        "median": formats.minutes(row.median_s / 60) if row.median_s is not None else "—",
        "p90": formats.minutes(row.p90_s / 60) if row.p90_s is not None else "—",
        "is_slow": bool(limit_s and row.median_s and row.median_s > limit_s),
    }


def _past_day(text: str | None) -> dt.date | None:
    """Read a day of which the history may know something; None for any other."""
    day = periods.day(text)
    return day if day and dt.date(1970, 1, 1) <= day <= timezone.localdate() else None


def _structure(report: DealReport, pipeline: Pipeline, on: dt.date | None) -> list[dict[str, Any]]:
    """Lay out what lies in each stage now and, with a day, what lay there at its end.

    All deals of the other filters: the period says when deals were created and means none of this.
    """
    kept = report.params.copy()
    for name in ("period", "first", "last", "pipeline", *OWN):
        kept.pop(name, None)
    filters = report.listing.filtered(report.member, kept)
    kept["pipeline"] = str(pipeline.pk)
    return [
        {"row": row, "url": deals_url(kept, stage=row.stage.pk) if row.stage else ""}
        for row in structure.build(filters, report.member, pipeline, on=on)
    ]


def _funnel_table(built: funnel_queries.Funnel | None) -> list[list[Any]]:
    def hours(seconds: float | None) -> float | None:
        return round(seconds / 3600, 1) if seconds is not None else None

    return [
        [
            row.stage.name,
            row.reached,
            row.left,
            row.here,
            round(row.step_percent, 1) if row.step_percent is not None else None,
            round(row.whole_percent, 1),
            hours(row.median_s),
            hours(row.p90_s),
        ]
        for row in (built.rows if built else ())
    ]
