"""The report of losses: from which stages deals leave, and why (R6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import formats
from deals.models import Pipeline, Stage
from reports import sentences
from reports.deal_reports import DealReport
from reports.dimensions import REASON
from reports.heat import LEGEND, Heat, level_of
from reports.queries import losses as queries
from reports.views import answer
from tenants.access import require


@require("reports")
@require_GET
def losses(request: HttpRequest) -> HttpResponseBase:
    """R6: lost deals by the stage they left from and the reason, with the money that was in them."""
    report = DealReport(request)
    found = queries.build(report.deals(*queries.COLUMNS), report.pipeline)
    before = report.before(*queries.COLUMNS)
    old = queries.build(before, report.pipeline) if before is not None else None
    stages = _stages(report.pipeline, found)
    reasons = [reason for reason, _count in found.by_reason().most_common()]
    names = REASON.named(reasons)
    rows = [_row(report, found, old, reason, names[reason], stages) for reason in reasons]
    context = report.context(
        title=_("Losses"),
        sentence=sentences.of_losses(found, old, names, {stage.pk: stage.name for stage in stages if stage}),
        comparing=report.comparing(),
        found=found,
        rows=rows,
        stages=[_name(stage) for stage in stages],
        totals=[_stage_total(report, found, stage) for stage in stages],
        lost_url=report.rows_of(state=queries.CLOSED),
        total_url=report.rows_of(),
        share=100 * found.lost / found.total if found.total else 0.0,
        old=old,
        levels=LEGEND,
    )
    heads = [_("Reason"), _("Lost"), *map(_name, stages)]
    return answer(
        request, "reports/losses.html", context, (heads, _table(rows, found, stages)), has_total=True
    )


def _stages(pipeline: Pipeline | None, found: queries.Losses) -> list[Stage | None]:
    """The open stages in their order; None for deals that left from none of them, where there are such."""
    if pipeline is None:
        return []
    stages = [stage for stage in pipeline.stages.all() if stage.kind == Stage.Kind.OPEN]
    return [*sorted(stages, key=lambda stage: stage.position), *([None] if found.by_stage()[None] else [])]


def _row(
    report: DealReport,
    found: queries.Losses,
    old: queries.Losses | None,
    reason: Any,
    name: str,
    stages: list[Any],
) -> dict[str, Any]:
    counts = [found.cells.get((reason, _key(stage)), 0) for stage in stages]
    total = found.by_reason()[reason]
    return {
        "name": name,
        "total": total,
        "url": report.rows_of(**_of_reason(reason), state=queries.CLOSED),
        "width": f"{100 * total / max(found.by_reason().values()):.2f}%",
        "share": 100 * total / found.lost,
        "delta": None if old is None else total - old.by_reason()[reason],
        "sums": sorted(found.sums.get(reason, {}).items(), key=lambda pair: -pair[1]),
        "counts": counts,
        "cells": [
            _cell(report, reason, name, stage, count, max(found.cells.values()))
            for stage, count in zip(stages, counts, strict=True)
        ],
    }


def _cell(report: DealReport, reason: Any, name: str, stage: Stage | None, count: int, most: int) -> Heat:
    url = report.rows_of(**_of_reason(reason), **_of_stage(stage)) if count else ""
    return Heat(formats.number(count), level_of(count, most), f"{name}, {_name(stage)}", url)


def _name(stage: Stage | None) -> str:
    return stage.name if stage else _("Elsewhere")


def _stage_total(report: DealReport, found: queries.Losses, stage: Stage | None) -> tuple[int, str]:
    return found.by_stage()[_key(stage)], report.rows_of(**_of_stage(stage))


def _of_reason(reason: Any) -> dict[str, str]:
    return {"no_reason": "on"} if reason is None else {"reason": str(reason)}


def _of_stage(stage: Stage | None) -> dict[str, str]:
    return {"left_nowhere": "on"} if stage is None else {"left_from": str(stage.pk)}


def _table(rows: list[dict[str, Any]], found: queries.Losses, stages: list[Any]) -> list[list[Any]]:
    left = found.by_stage()
    body = [[row["name"], row["total"], *row["counts"]] for row in rows]
    return [*body, [_("Total"), found.lost, *(left[_key(stage)] for stage in stages)]]


def _key(stage: Stage | None) -> Any:
    return stage.pk if stage else None
