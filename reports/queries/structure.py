"""How the deals of a pipeline lie across its stages, now and at a past moment (R6)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Sum

from deals.models import Pipeline, Stage, StageChange
from deals.models.deals import DealQuerySet


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


def build(deals: DealQuerySet, pipeline: Pipeline, *, until: dt.datetime | None) -> Sequence[StageRow]:
    """Count deals by stage now and just before `until`; a query each, whatever their number.

    The past place of a deal is where its last move before the moment led, in this pipeline or another.
    """
    stages: list[Stage | None] = [*sorted(pipeline.stages.all(), key=lambda stage: stage.position)]
    now = _parts(deals.filter(pipeline=pipeline), "stage")
    then = _parts(_placed(deals, pipeline, until), "then_stage") if until else None
    if then and None in then:
        stages.append(None)
    return [_row(stage, now, then) for stage in stages]


def _row(stage: Stage | None, now: dict[Any, Part], then: dict[Any, Part] | None) -> StageRow:
    key = stage.pk if stage else None
    return StageRow(stage, now.get(key, Part()), None if then is None else then.get(key, Part()))


def _placed(deals: DealQuerySet, pipeline: Pipeline, until: dt.datetime) -> Any:
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
