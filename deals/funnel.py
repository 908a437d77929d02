"""How far deals came: the one definition that the funnel report counts by and the deal list filters by.

A deal has reached a stage when it ever entered it or a later open stage of the pipeline, or won: a stage
that was skipped counts as passed, a step back takes nothing away.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, F, Max, OuterRef, Q, Subquery, When

from deals.models import Stage, StageChange
from deals.models.deals import DealQuerySet


def with_furthest(deals: DealQuerySet) -> Any:
    """Annotate `furthest`: the highest position among the open stages the deal entered in its pipeline."""
    entered = Max(
        "stage_changes__to_stage__position",
        filter=Q(stage_changes__to_kind=Stage.Kind.OPEN, stage_changes__to_stage__pipeline=F("pipeline")),
    )
    return deals.annotate(furthest=entered)


def reached(deals: DealQuerySet, stage: Stage) -> DealQuerySet:
    """Narrow to the deals of the stage's pipeline that reached it."""
    deals = deals.filter(pipeline=stage.pipeline_id)
    if stage.kind == Stage.Kind.WON:
        return deals.filter(state=Stage.Kind.WON)
    came = with_furthest(deals).filter(furthest__gte=stage.position).order_by().values("pk")
    return deals.filter(Q(pk__in=came) | Q(state=Stage.Kind.WON))


def with_left_from(deals: DealQuerySet) -> Any:
    """Annotate `left_from`: the open stage a lost or archived deal lay in before it was closed (the last time).

    A lost deal that is archived later left where it was lost; one that had been won left nowhere.
    """
    closings = StageChange.objects.filter(deal=OuterRef("pk"), from_stage__kind=Stage.Kind.OPEN)
    last = closings.exclude(to_kind=Stage.Kind.OPEN).order_by("-at", "-id")
    where = Case(When(to_kind=Stage.Kind.WON, then=None), default=F("from_stage"))
    closed = deals.filter(state__in=(Stage.Kind.LOST, Stage.Kind.ARCHIVED))
    return closed.annotate(left_from=Subquery(last.values(left=where)[:1]))


def left_from(deals: DealQuerySet, stage: Stage) -> DealQuerySet:
    """Narrow to the lost and archived deals that left the pipeline from this stage."""
    found: DealQuerySet = with_left_from(deals.filter(pipeline=stage.pipeline_id)).filter(left_from=stage.pk)
    return found


def left_from_nowhere(deals: DealQuerySet) -> DealQuerySet:
    """Narrow to the lost and archived deals that left no open stage of their pipeline: lost at once, say, or after a win."""
    stages = Stage.objects.filter(
        pk=OuterRef("left_from"), pipeline=OuterRef("pipeline"), kind=Stage.Kind.OPEN
    )
    found: DealQuerySet = with_left_from(deals).filter(~Exists(stages))
    return found


def moved(deals: DealQuerySet, **ends: Stage | None) -> DealQuerySet:
    """Narrow to deals that ever went between stages: `from_stage` and `to_stage`, from None where they were created."""
    moves = StageChange.objects.filter(deal=OuterRef("pk"), **ends)
    if ends.get("from_stage", ...) is None:
        moves = moves.filter(from_name="")  # else it came from a stage that was deleted since
    return deals.filter(Exists(moves))


def is_won_within(days: int) -> Q:
    """Build the condition of a deal that was won no later than so many days after it was created."""
    return Q(state=Stage.Kind.WON, closed_at__lte=F("created_at") + dt.timedelta(days=days))
