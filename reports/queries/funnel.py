"""The funnel (R6): what became of the deals of a period."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from deals.models import Pipeline, Stage
from reports.lengths import percentile
from reports.periods import Period
from reports.rollups.cubes import AMOUNT, COUNT
from reports.rollups.reading import Figured, figured_deals, figured_stays
from tenants.models import Membership

COLUMNS = ("stage", "state", "furthest", "left_from", "currency")


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


@dataclasses.dataclass(frozen=True, slots=True)
class _Alike:
    """So many deals that are at one place, came equally far and left from one stage."""

    stage: Any
    state: str
    furthest: int  # position; -1 where it never was in an open stage of its pipeline
    left_from: Any
    currency: str
    count: int
    amount: Any

    def has_reached(self, stage: Stage) -> bool:
        """As deals.funnel.reached() finds them."""
        if self.state == Stage.Kind.WON:
            return True
        return not stage.is_closed and self.furthest >= stage.position


def read(filters: Any, member: Membership, period: Period, pipeline: Pipeline) -> Funnel:
    """Follow the deals that the filters find of a period."""
    deals = figured_deals(filters, member, period, COLUMNS)
    return build(deals, figured_stays(filters, member, period), pipeline)


def build(deals: Figured, stays: Figured, pipeline: Pipeline) -> Funnel:
    """Follow a cohort of deals through one pipeline; fourteen queries at most, whatever its size."""
    every = list(pipeline.stages.all())
    stages = [stage for stage in every if stage.kind in (Stage.Kind.OPEN, Stage.Kind.WON)]
    stages.sort(key=lambda stage: (stage.kind == Stage.Kind.WON, stage.position))
    alike = _alike(deals, {stage.pk: stage.position for stage in every})
    times = _times(stays)
    total = sum(one.count for one in alike)
    rows: list[FunnelRow] = []
    for stage in stages:
        count = sum(one.count for one in alike if one.has_reached(stage))
        before = rows[-1].reached if rows else total
        steps = times.get(stage.pk, {})
        rows.append(
            FunnelRow(
                stage=stage,
                reached=count,
                left=sum(one.count for one in alike if one.left_from == stage.pk),
                here=sum(
                    one.count for one in alike if one.stage == stage.pk and one.state == Stage.Kind.OPEN
                ),
                step_percent=100 * count / before if before else None,
                whole_percent=100 * count / total if total else 0.0,
                median_s=percentile(steps, 0.5),
                p90_s=percentile(steps, 0.9),
            )
        )
    return Funnel(total, rows, _won_amounts(alike))


def _alike(deals: Figured, positions: dict[Any, int]) -> list[_Alike]:
    figures = deals.by(*COLUMNS, measures={"count": COUNT, "amount": AMOUNT})
    return [
        _Alike(stage, state, positions.get(furthest, -1), left_from, currency, count, amount)
        for (stage, state, furthest, left_from, currency), (count, amount) in figures.items()
    ]


def _times(stays: Figured) -> dict[Any, dict[int, int]]:
    """Count finished stays by stage and the step of their length."""
    found: dict[Any, dict[int, int]] = {}
    for (stage, length), (count,) in stays.by("stage", "length").items():
        found.setdefault(stage, {})[length] = count
    return found


def _won_amounts(alike: Sequence[_Alike]) -> tuple[tuple[str, Any], ...]:
    sums: dict[str, Any] = {}
    for one in alike:
        if one.state == Stage.Kind.WON and one.amount:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount
    return tuple(sorted(sums.items(), key=lambda pair: -pair[1]))
