"""The report of cohorts: how soon the deals created in a month or a week are won (R6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import formats
from core.zones import company_zone
from reports import sentences
from reports.deal_reports import DealReport, deals_url
from reports.heat import level_of
from reports.queries import cohorts as queries
from reports.time_steps import MONTH, WEEK, Step
from reports.views import answer
from tenants.access import require

STEPS = {"month": MONTH, "week": WEEK}
MOST_WEEKS = 14  # of a period that is shown by weeks unless asked otherwise
TOLD_OF = 30  # days the sentence speaks of


@require("reports")
@require_GET
def cohorts(request: HttpRequest) -> HttpResponseBase:
    """R6: of the deals created in each month or week, how many were won within so many days."""
    report = DealReport(request, dates="created")
    step = _step(report)
    today = timezone.localdate(timezone=company_zone())
    filters = report.page.filterset
    rows = queries.build(filters.qs, step, filters, today) if report.pipeline else []
    context = report.context(
        title=_("Cohorts"),
        sentence=sentences.of_cohorts(rows, TOLD_OF),
        total=sum(row.total for row in rows),
        total_url=report.rows_of(),
        heads=[ngettext("%(n)s day", "%(n)s days", days) % {"n": days} for days in queries.DAYS],
        rows=[_shown(report, step, row) for row in rows],
        steps=[
            {"label": one.label, "url": report.page.url(by=one.key), "is_on": one is step}
            for one in STEPS.values()
        ],
    )
    heads = [step.label, _("Deals"), *context["heads"], _("Won by now")]
    return answer(request, "reports/cohorts.html", context, (heads, _table(rows)))


def _step(report: DealReport) -> Step:
    """Months, unless weeks are asked for or the period is short."""
    days = report.period.days
    usual = WEEK if days is not None and days <= 7 * MOST_WEEKS else MONTH
    return STEPS.get(report.request.GET.get("by", ""), usual)


def _shown(report: DealReport, step: Step, row: queries.CohortRow) -> dict[str, Any]:
    params = step.narrowed(report.params, row.starts_on)
    return {
        "row": row,
        "url": deals_url(params),
        "won_url": deals_url(params, state="won"),
        "won_share": 100 * row.won / row.total if row.total else 0.0,
        "cells": [
            {
                "count": row.won_within[days],
                "share": formats.percent(100 * row.won_within[days] / row.total) if row.total else "",
                "is_ripe": row.is_ripe(days),
                "is_begun": row.is_begun(days),
                "level": level_of(row.won_within[days], row.total),
                "url": deals_url(params, won_within=days),
            }
            for days in queries.DAYS
        ],
    }


def _table(rows: Any) -> list[list[Any]]:
    return [
        [
            row.label,
            row.total,
            *(row.won_within[days] if row.is_ripe(days) else None for days in queries.DAYS),
            row.won,
        ]
        for row in rows
    ]
