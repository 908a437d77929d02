"""The report of managers, and the board of the month's best for a screen on the wall."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from activities.counting import MEETING_WITHIN
from core import formats
from core.responses import is_htmx
from reports import sentences
from reports.managers import board as boards
from reports.managers import charts, rows, sheet
from reports.managers import measures as m
from reports.managers.report import ManagersReport
from reports.managers.steps import CUTS
from reports.queries.managers import Figures
from reports.response import shown_minutes
from reports.views import answer
from tenants.access import may_export, require


@require("reports")
@require_GET
def managers(request: HttpRequest) -> HttpResponseBase:
    """R7: what each manager did, decided and sold in a period, or by its weeks or months."""
    member: Any = request.member  # type: ignore[attr-defined]
    report = ManagersReport(member, request.GET)
    shown = [rows.row_of(report, report.names[group], one, group) for group, one in report.ranking]
    context = {
        "title": _("Managers"),
        "page": report.page,
        "listing": report.page.listing,
        "period": report.period,
        "comparing": report.page.comparing(report.comparison),
        "by": report.by,
        "query": report.page.query,
        "may_export": may_export(member, "reports"),
        "rows": shown,
        "whole": rows.row_of(report, _("Total"), report.whole),
        "kpis": _kpis(report),
        "old": report.earlier_whole,
        "bars": charts.bars(shown, report),
        "columns": charts.columns(report),
        "measure_label": m.RANKED_BY.get(report.measure) or _label_of(report.measure),
        "talk_from": report.asked.talk_from,
        "meeting_days": MEETING_WITHIN.days,
        "lacking": report.exchange.lacking([(_("won"), report.whole.sums)]),
        "sentence": sentences.of_managers(report),
        "board_url": f"{reverse('reports:best_board')}?{_board_query(report)}",
    } | _switches(report)
    if report.cut:
        context |= {
            "steps": [report.cut.named(step) for step in report.steps],
            "company": sheet.of_company(report),
            "people": sheet.of_people(report),
            "figures": sheet.choices_of(report),
        }
        return answer(request, "reports/managers.html", context, sheet.table_of(report))
    context["groups"] = rows.groups_of(report)
    return answer(request, "reports/managers.html", context, rows.table_of(report), has_total=True)


def _switches(report: ManagersReport) -> dict[str, Any]:
    """What the bar above offers: how to break down, how to cut the period, what to rank by."""
    url, by = report.page.url, report.by.key
    return {
        "choices": [
            {"label": _("Manager"), "url": url(by="manager"), "is_on": by == "manager"},
            {"label": _("Department"), "url": url(by="department"), "is_on": by == "department"},
        ],
        "cuts": [
            {"label": _("Whole period"), "url": url(cut=None), "is_on": report.cut is None},
            *(
                {"label": one.label, "url": url(cut=one.key), "is_on": report.cut == one}
                for one in CUTS.values()
            ),
        ],
        "ranks": [
            {"label": label, "url": url(measure=key), "is_on": report.measure == key}
            for key, label in report.ranked_by.items()
        ],
        "cut": report.cut,
    }


def _label_of(key: str) -> Any:
    return next((one.label for one, _source in m.SHEET if one.key == key), "")


def _board_query(report: ManagersReport) -> str:
    query = QueryDict(mutable=True)
    if report.measure in report.ranked_by:
        query["measure"] = report.measure
    for name in ("department",):
        query.setlist(name, report.params.getlist(name))
    return query.urlencode()


def _kpis(report: ManagersReport) -> list[dict[str, Any]]:
    """The five figures of all together, as far as the reader may see them, against the period before."""
    now, old = report.whole, report.earlier_whole
    found: list[dict[str, Any]] = []
    for measure, source in (
        (m.CALLS, m.DONE),
        (m.MEETINGS, m.DONE),
        (m.CONVERTED, m.LEADS),
        (m.WON, m.DEALS),
    ):
        if not report.sees(source):
            continue
        n = now.count(measure.key)
        found.append(
            {
                "label": _("Leads converted") if measure is m.CONVERTED else measure.label,
                "n": n,
                "url": report.url(source, measure),
                "delta": None if old is None else n - old.count(measure.key),
                "note": _beside(measure, now),
            }
        )
    return found


def _beside(measure: m.Measure, now: Figures) -> str:
    """What stands beside a figure: of how many, how fast, how much."""
    if measure is m.CONVERTED and now.count("taken"):
        told = {
            "share": formats.percent(now.share("converted", "taken")),
            "time": shown_minutes(now.median_min),
        }
        return _("%(share)s, first response %(time)s") % told
    return ", ".join(rows.sums_in_words(now)) if measure is m.WON else ""


@require("reports")
@require_GET
def best_board(request: HttpRequest) -> HttpResponse:
    """Show the month's standings and today's deals, large enough for a wall; the page asks for itself again."""
    member: Any = request.member  # type: ignore[attr-defined]
    part = "#board" if is_htmx(request) else ""
    return render(request, f"reports/best_board.html{part}", {"board": boards.Board(member, request.GET)})
