"""How deals go from stage to stage (R6): each way, and how many of the deals ever took it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.db.models import Count

from deals.models import Pipeline, Stage, StageChange

Way = Literal["start", "next", "skip", "back", "won", "lost", "archived"]


@dataclasses.dataclass(frozen=True, slots=True)
class Flow:
    """Deals that ever went from one stage to another; from None they were created there."""

    from_stage: Any
    to_stage: Any
    deals: int
    way: Way


@dataclasses.dataclass(frozen=True, slots=True)
class Flows:
    total: int  # deals, however many ways each took
    flows: Sequence[Flow]  # the busiest first


def build(deals: Any, pipeline: Pipeline) -> Flows:
    """Count the ways of deals within a pipeline; two queries, whatever their number.

    A deal that went the same way twice counts once, so each figure is a number of deals. Ways through stages that were
    deleted since are not told: nobody could say what they were.
    """
    stages = {stage.pk: stage for stage in pipeline.stages.all()}
    moves = StageChange.objects.filter(deal__in=deals.order_by().values("pk"), to_stage__in=list(stages))
    counted = moves.order_by().values_list("from_stage", "from_name", "to_stage")
    found: dict[tuple[Any, Any], int] = {}
    for origin, name, target, count in counted.annotate(n=Count("deal", distinct=True)):
        is_told = origin in stages or (origin is None and not name)
        if is_told and origin != target:
            found[origin, target] = found.get((origin, target), 0) + count
    flows = [
        Flow(origin, target, count, _way(stages, origin, target)) for (origin, target), count in found.items()
    ]
    return Flows(deals.count(), sorted(flows, key=lambda flow: -flow.deals))


def _way(stages: Mapping[Any, Stage], origin: Any, target: Any) -> Way:
    if origin is None:
        return "start"
    left, came = stages[origin], stages[target]
    if came.kind != Stage.Kind.OPEN:
        return came.kind  # type: ignore[return-value]  # the kinds of closed stages are ways of their own
    if left.kind != Stage.Kind.OPEN or came.position < left.position:
        return "back"
    between = [one for one in stages.values() if one.kind == Stage.Kind.OPEN]
    is_skip = any(left.position < one.position < came.position for one in between)
    return "skip" if is_skip else "next"
