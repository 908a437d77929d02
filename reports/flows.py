"""The report of moves: which ways deals take between stages, forth and back (R6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from deals.filters import CREATED_THERE
from reports import flow_charts, sentences
from reports.deal_reports import DealReport
from reports.queries import flows as queries
from reports.views import answer
from tenants.access import require

WAYS = {
    "start": gettext_lazy("created there"),
    "next": gettext_lazy("to the next stage"),
    "skip": gettext_lazy("over stages"),
    "back": gettext_lazy("back"),
    "won": gettext_lazy("to the win"),
    "lost": gettext_lazy("to the loss"),
    "archived": gettext_lazy("to the archive"),
}

LEGEND = (
    (gettext_lazy("further"), flow_charts.ON),
    (gettext_lazy("to the win"), flow_charts.FILLS["won"]),
    (gettext_lazy("lost or back"), flow_charts.FILLS["lost"]),
)


@require("reports")
@require_GET
def flows(request: HttpRequest) -> HttpResponseBase:
    """R6: between which stages the deals of a period went, and how many of them each way."""
    report = DealReport(request)
    pipeline = report.pipeline
    found = queries.build(report.page.filterset.qs, pipeline) if pipeline else queries.Flows(0, [])
    stages = sorted(pipeline.stages.all(), key=lambda stage: stage.position) if pipeline else []
    names = {stage.pk: stage.name for stage in stages}
    rows = [_row(report, found, flow, names) for flow in found.flows]
    context = report.context(
        title=_("Moves between stages"),
        sentence=sentences.of_flows(found, names),
        total=found.total,
        total_url=report.rows_of(),
        rows=rows,
        legend=LEGEND,
        chart=flow_charts.draw(stages, found.flows, _("Outcome")),
    )
    heads = [_("From"), _("To"), _("Way"), _("Deals"), _("Of all, %")]
    table = [[row["from"], row["to"], str(row["way"]), row["deals"], round(row["share"], 1)] for row in rows]
    return answer(request, "reports/flows.html", context, (heads, table))


def _row(
    report: DealReport, found: queries.Flows, flow: queries.Flow, names: dict[Any, str]
) -> dict[str, Any]:
    most = found.flows[0].deals
    return {
        "from": names.get(flow.from_stage, "—"),
        "to": names[flow.to_stage],
        "way": WAYS[flow.way],
        "is_back": flow.way == "back",
        "deals": flow.deals,
        "share": 100 * flow.deals / found.total if found.total else 0.0,
        "width": f"{100 * flow.deals / most:.2f}%",
        "url": report.rows_of(moved_from=flow.from_stage or CREATED_THERE, moved_to=flow.to_stage),
    }
