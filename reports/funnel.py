"""The funnel page: how far the deals of a period came, and how all deals lay across the stages on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import formats
from core.listing import Listing, listing_for
from deals.models import Pipeline
from reports import periods, sentences
from reports.queries import funnel as funnel_queries
from reports.queries import structure
from reports.rollups.reading import figured_deals, figured_stays
from reports.views import answer, report_page
from tenants.access import may_export, require


@require("reports")
@require_GET
def funnel(request: HttpRequest) -> HttpResponseBase:
    """R6: conversion from stage to stage, drop-off and time in stage of the deals created in a period."""
    member: Any = request.member  # type: ignore[attr-defined]
    params = periods.with_default(request.GET)
    pipelines = list(Pipeline.objects.active().prefetch_related("stages"))
    chosen = next(
        (p for p in pipelines if str(p.pk) == params.get("pipeline")), pipelines[0] if pipelines else None
    )
    listing = listing_for("deals:list")
    if chosen:
        params["pipeline"] = str(chosen.pk)
    page = report_page(listing, member, params)
    built = _built(page.filterset, member, periods.of(params), chosen) if chosen else None
    on = _past_day(request.GET.get("on"))

    def deals_url(**narrowing: str) -> str:
        copy = params.copy()
        for name, value in narrowing.items():
            copy[name] = value
        return f"{reverse('deals:list')}?{copy.urlencode()}"

    rows = [_funnel_row(row, deals_url) for row in built.rows] if built else []
    context = {
        "title": _("Funnel"),
        "page": page,
        "listing": listing,
        "period": periods.of(params),
        "funnel": built,
        "rows": rows,
        "sentence": sentences.of_funnel(built) if built else {},
        "total_url": deals_url(),
        "on": on,
        "stages": _structure(listing, member, params, chosen, on) if chosen else [],
        "today": timezone.localdate(),
        "pipelines": [
            {"label": p.name, "url": page.url(pipeline=str(p.pk)), "is_on": p == chosen} for p in pipelines
        ],
        "may_export": may_export(member, "reports"),
        "query": page.query,
    }
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


def _built(filters: Any, member: Any, period: periods.Period, pipeline: Pipeline) -> funnel_queries.Funnel:
    deals = figured_deals(filters, member, period, funnel_queries.COLUMNS)
    return funnel_queries.build(deals, figured_stays(filters, member, period), pipeline)


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


def _structure(
    listing: Listing, member: Any, params: QueryDict, pipeline: Pipeline, on: dt.date | None
) -> list[dict[str, Any]]:
    """Lay out what lies in each stage now and, with a day, what lay there at its end.

    All deals of the other filters: the period says when deals were created and means none of this.
    """
    kept = params.copy()
    for name in ("period", "first", "last", "pipeline", "on", "format", "filters"):
        kept.pop(name, None)
    rows = structure.build(listing.filtered(member, kept), member, pipeline, on=on)
    kept["pipeline"] = str(pipeline.pk)
    address = f"{reverse('deals:list')}?{kept.urlencode()}"
    return [{"row": row, "url": f"{address}&stage={row.stage.pk}" if row.stage else ""} for row in rows]


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
