"""The funnel (R6): what became of the deals created in a period."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Q, Sum

from deals import funnel
from deals.models import Pipeline, Stage, StageChange
from deals.models.deals import DealQuerySet


class Percentile(Aggregate):
    """percentile_cont(fraction) WITHIN GROUP (ORDER BY …)."""

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=float(fraction), **extra)


@dataclasses.dataclass(frozen=True, slots=True)
class FunnelRow:
    """One stage: how many deals reached it, left from it for good, and lie in it now; times in seconds."""

    stage: Stage
    reached: int
    left: int
    here: int
    step_percent: float | None  # of those who reached the stage before
    whole_percent: float  # of all
    median_s: float | None
    p90_s: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Funnel:
    total: int
    rows: Sequence[FunnelRow]
    won_amounts: tuple[tuple[str, Any], ...]  # (currency, sum)

    @property
    def won(self) -> int:
        return self.rows[-1].reached if self.rows else 0


def build(deals: DealQuerySet, pipeline: Pipeline) -> Funnel:
    """Follow a cohort of deals through one pipeline; five queries, whatever its size."""
    cohort = deals.filter(pipeline=pipeline).order_by()
    stages = [s for s in pipeline.stages.all() if s.kind in (Stage.Kind.OPEN, Stage.Kind.WON)]
    stages.sort(key=lambda s: (s.kind == Stage.Kind.WON, s.position))
    total, reached = _reached(cohort, stages)
    left = _left(cohort)
    here = dict(cohort.filter(state=Stage.Kind.OPEN).values_list("stage").annotate(n=Count("*")))
    times = _times(cohort)
    rows: list[FunnelRow] = []
    for stage in stages:
        count = reached[stage.pk]
        before = rows[-1].reached if rows else total
        median, p90 = times.get(stage.pk, (None, None))
        rows.append(
            FunnelRow(
                stage=stage,
                reached=count,
                left=left.get(stage.pk, 0),
                here=here.get(stage.pk, 0),
                step_percent=100 * count / before if before else None,
                whole_percent=100 * count / total if total else 0.0,
                median_s=median,
                p90_s=p90,
            )
        )
    return Funnel(total, rows, _won_amounts(cohort))


def _reached(cohort: DealQuerySet, stages: Sequence[Stage]) -> tuple[int, dict[Any, int]]:
    """How many deals there are, and how many of them reached each stage; as deals.funnel.reached() finds them."""
    has_won = Q(state=Stage.Kind.WON)
    counts = {
        f"n_{place}": Count(
            "pk", filter=has_won if stage.is_closed else has_won | Q(furthest__gte=stage.position)
        )
        for place, stage in enumerate(stages)
    }
    found = funnel.with_furthest(cohort).aggregate(total=Count("pk"), **counts)
    return found["total"], {stage.pk: found[f"n_{place}"] for place, stage in enumerate(stages)}


def _left(cohort: DealQuerySet) -> dict[Any, int]:
    return dict(funnel.with_left_from(cohort).values_list("left_from").annotate(n=Count("*")))


def _times(cohort: DealQuerySet) -> dict[Any, tuple[float | None, float | None]]:
    """Median and 90th percentile of finished stays, by stage."""
    stays = (
        StageChange.objects.filter(deal__in=cohort.values("pk"), from_stage__isnull=False)
        .order_by()
        .values_list("from_stage")
        .annotate(median=Percentile("seconds_in_from", 0.5), p90=Percentile("seconds_in_from", 0.9))
    )
    return {stage: (median, p90) for stage, median, p90 in stays}


def _won_amounts(cohort: DealQuerySet) -> tuple[tuple[str, Any], ...]:
    won = cohort.filter(state=Stage.Kind.WON, amount__isnull=False)
    sums = won.values_list("currency").annotate(sum=Sum("amount")).order_by("-sum")
    return tuple((currency, amount) for currency, amount in sums)
