"""Figures of the panels that are reports in small: each is counted by what counts the report it opens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from core.listing import listing_for
from deals.models import Pipeline
from leads.models import Lead
from reports import leaks, periods, saved
from reports.deal_reports import chosen_pipeline, deals_url
from reports.dimensions import DIMENSIONS, Dimension, rows_url
from reports.managers.board import Board
from reports.money import MoneyReport
from reports.queries import funnel as funnel_queries
from reports.queries import leads as lead_queries
from reports.queries import response as response_queries
from reports.response import shown_minutes
from reports.rollups.reading import Figured, figured_leads
from reports.start.reader import Reader

SHOWN = 6
TODAY = "period=today"


def response(reader: Reader) -> dict[str, Any]:
    """The leads of today, and how they were answered (R4)."""
    by = DIMENSIONS["channel_kind"]
    params, leads = _leads(reader, TODAY, by, response_queries.COLUMNS)
    whole = response_queries.whole_of(response_queries.responses_by(leads, by))
    answers = Lead.Answer
    return {
        "response": {
            "whole": whole,
            "median": shown_minutes(whole.median_min),
            "url": rows_url(params),
            "late_url": rows_url(params, answer=answers.LATE),
            "none_url": rows_url(params, answer=answers.NONE),
            "unprocessed_url": rows_url(params, unprocessed="on"),
            "report_url": f"{reverse('reports:response')}?{TODAY}",
        }
    }


def quality(reader: Reader) -> dict[str, Any]:
    """Which sources bring targeted leads, over the usual period of reports (R3)."""
    by = DIMENSIONS["source"]
    params, leads = _leads(reader, "", by, ("quality",))
    groups = lead_queries.quality_by(leads, by)
    rows = [
        {
            "name": group.name,
            "total": group.total,
            "share": group.share("targeted"),
            "percent": round(group.share("targeted")),
            "url": rows_url(by.narrowed(params, group.value)),
        }
        for group in groups[:SHOWN]
    ]
    return {
        "quality": {
            "rows": rows,
            "whole": lead_queries.total(groups, lead_queries.QUALITIES),
            "url": rows_url(params),
            "targeted_url": rows_url(params, quality="targeted"),
            "report_url": reverse("reports:quality"),
        }
    }


def _leads(reader: Reader, query: str, by: Dimension, columns: Iterable[str]) -> tuple[QueryDict, Figured]:
    params = periods.with_default(QueryDict(query))
    filters = listing_for("leads:list").filtered(reader.member, params)
    return params, figured_leads(filters, reader.member, periods.of(params), {by.column, *columns})


def pipelines(_member: Any) -> list[tuple[str, str]]:
    """Offer the pipelines whose funnel the panel may show."""
    return [(str(pk), name) for pk, name in Pipeline.objects.active().values_list("pk", "name")]


def funnel(reader: Reader, choice: str) -> dict[str, Any]:
    """How far the deals of the usual period came in the chosen pipeline, or in the first (R6)."""
    _every, pipeline = chosen_pipeline(choice)
    if pipeline is None:
        return {"funnel": None}
    params = periods.with_default(QueryDict())
    params["pipeline"] = str(pipeline.pk)
    filters, period = listing_for("deals:list").filtered(reader.member, params), periods.of(params)
    built = funnel_queries.read(filters, reader.member, period, pipeline)
    return {
        "funnel": {
            "name": pipeline.name,
            "total": built.total,
            "total_url": deals_url(params),
            "rows": [
                {
                    "name": row.stage.name,
                    "reached": row.reached,
                    "percent": round(row.whole_percent),
                    "url": deals_url(params, reached=row.stage.pk),
                }
                for row in built.rows
            ],
            "report_url": f"{reverse('reports:funnel')}?pipeline={pipeline.pk}",
        }
    }


def money(reader: Reader) -> dict[str, Any]:
    """The sources that were paid most for, or brought most (R8)."""
    made = MoneyReport(reader.member, QueryDict("compare=none"))
    return {
        "money": {
            "rows": made.rows[:SHOWN],
            "has_costs": made.has_costs,
            "lacking": made.lacking,
            "report_url": reverse("reports:money"),
        }
    }


def leaking(reader: Reader) -> dict[str, Any]:
    """What is forgotten, overdue or nobody's (R12)."""
    rows = leaks.rows_of(reader.member, QueryDict(), now=reader.now)
    return {"leaks": [row for row in rows if row["leak"].count]}


def best(reader: Reader) -> dict[str, Any]:
    """Who is ahead this month, as on the wall screen (R7)."""
    return {"board": Board(reader.member, QueryDict())}


def reports(reader: Reader) -> dict[str, Any]:
    """The saved reports of the member and of everybody."""
    return {"saved": saved.of_member(reader.member)[: 2 * SHOWN]}
