"""How the deals of a pipeline lie across its stages, now and at a past moment (R6)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Sum

from deals.filters import DealFilterSet
from deals.models import Pipeline, Stage, StageChange
from reports.periods import Period
from reports.rollups.cubes import COUNT, DEAL_AMOUNT, ENTERED, LEFT, OF_MOVES
from reports.rollups.reading import figured_moves
from tenants.models import Membership


@dataclasses.dataclass(slots=True)
class Part:
    """Deals in one stage: their number and, by currency, the sum of their amounts of today."""

    count: int = 0
    sums: list[tuple[str, Decimal]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class StageRow:
    """One stage; None stands for stages that were deleted since. `then` is None when no moment was asked."""

    stage: Stage | None
    now: Part
    then: Part | None


def build(
    filters: DealFilterSet, member: Membership, pipeline: Pipeline, *, on: dt.date | None
) -> Sequence[StageRow]:
    """Count deals by stage now and at the end of a day; fifteen queries at most, whatever their number.

    The past place of a deal is where its last move before the day's end led, in this pipeline or another.
    """
    stages: list[Stage | None] = [*sorted(pipeline.stages.all(), key=lambda stage: stage.position)]
    now = _parts(filters.qs.filter(pipeline=pipeline), "stage")
    then = _then(filters, member, pipeline, Period(None, on)) if on else None
    if then and None in then:
        stages.append(None)
    return [_row(stage, now, then) for stage in stages]


def _then(filters: DealFilterSet, member: Membership, pipeline: Pipeline, period: Period) -> dict[Any, Part]:
    """Find what lay in the stages: what had come there less what had left, or the deals one by one."""
    came, left = (figured_moves(filters, member, period, basis) for basis in (ENTERED, LEFT))
    if not came.has_cells:
        return _parts(_placed(filters.qs, pipeline, period.bounds[1]), "then_stage")
    measures = {"count": COUNT, "amount": DEAL_AMOUNT}
    gone = left.by(*OF_MOVES, measures=measures)
    parts: dict[Any, Part] = {}
    for place, (count, amount) in came.by(*OF_MOVES, measures=measures).items():
        count_left, amount_left = gone.get(place, (0, 0))
        pipeline_id, stage, currency = place
        if pipeline_id == pipeline.pk and count > count_left:
            part = parts.setdefault(stage, Part())
            part.count += count - count_left
            if amount != amount_left:
                part.sums.append((currency, amount - amount_left))
    return parts


def _row(stage: Stage | None, now: dict[Any, Part], then: dict[Any, Part] | None) -> StageRow:
    key = stage.pk if stage else None
    return StageRow(stage, now.get(key, Part()), None if then is None else then.get(key, Part()))


def _placed(deals: Any, pipeline: Pipeline, until: dt.datetime | None) -> Any:
    moves = StageChange.objects.filter(deal=OuterRef("pk"), at__lt=until).order_by("-at", "-id")
    placed = deals.annotate(
        then_stage=Subquery(moves.values("to_stage")[:1]),
        then_pipeline=Subquery(moves.values("pipeline")[:1]),
    )
    return placed.filter(then_pipeline=pipeline.pk)


def _parts(deals: Any, field: str) -> dict[Any, Part]:
    """Add up by stage and currency; one query."""
    parts: dict[Any, Part] = {}
    counted = deals.order_by().values(field, "currency").annotate(n=Count("*"), sum=Sum("amount"))
    for stage, currency, count, total in counted.values_list(field, "currency", "n", "sum"):
        part = parts.setdefault(stage, Part())
        part.count += count
        if total:
            part.sums.append((currency, total))
    return parts
