"""Making and changing the stages of a pipeline (D1, D2, D5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from activities.services import log_activity
from core import live
from core.tenancy import current_tenant_id
from deals import fields, gate, ranks
from deals.errors import DealsLackFields, StageGone, StageHasDeals, SystemStage, WrongStage
from deals.models import Deal, Pipeline, Stage, StageChange, StageRequirement
from deals.services.pipelines import FIRST_SYSTEM_POSITION
from tenants.models import Membership

COLORS = range(1, 13)  # the palette c-1 … c-12
EDITABLE = (
    "name",
    "color",
    "probability_percent",
    "time_limit_h",
    "card_limit",
    "is_limit_strict",
    "is_shown",
)


@transaction.atomic
def create_stage(*, pipeline: Pipeline, name: str, **values: Any) -> Stage:
    """Add an open stage behind the pipeline's other open ones; return it."""
    own = Stage.objects.filter(pipeline=pipeline, kind=Stage.Kind.OPEN)
    last = own.aggregate(last=Max("position"))["last"] or 0
    stage = Stage(pipeline=pipeline, name=name.strip(), position=min(last + 1, FIRST_SYSTEM_POSITION - 1))
    stage.color = COLORS[own.count() % len(COLORS)]
    return update_stage(stage=stage, **values)


@transaction.atomic
def update_stage(*, stage: Stage, **values: Any) -> Stage:
    """Change a stage's name, colour, probability (0-100), limits or whether it is shown; return it.

    The probability of a system stage follows from what it is and stays.
    """
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a stage is not set this way.")
        if name == "probability_percent" and stage.is_closed:
            continue
        setattr(stage, name, value.strip() if name == "name" else value)
    stage.save()
    return stage


@transaction.atomic
def order_stages(*, pipeline: Pipeline, order: Sequence[Stage]) -> None:
    """Put the pipeline's open stages in this order; those not named keep theirs behind."""
    named = {stage.pk for stage in order}
    own = Stage.objects.open().filter(pipeline=pipeline)
    first = [stage for stage in order if stage.pipeline_id == pipeline.pk and not stage.is_closed]
    for place, stage in enumerate([*first, *own.exclude(pk__in=named).order_by("position")], start=1):
        stage.position = place
        stage.save(update_fields=["position"])


@transaction.atomic
def set_requirements(*, stage: Stage, enter: Iterable[str] = (), leave: Iterable[str] = ()) -> None:
    """Say which fields the stage demands to enter and to leave; unknown names are a programmer's error."""
    wanted = {(gate.ENTER, name) for name in enter} | {(gate.LEAVE, name) for name in leave}
    if unknown := {name for _moment, name in wanted} - set(fields.demandable()):
        raise ValueError(f"No stage can demand {', '.join(sorted(unknown))}.")
    present = {(r.moment, r.field): r for r in StageRequirement.objects.filter(stage=stage)}
    for key in present.keys() - wanted:
        present[key].delete()
    new = [
        StageRequirement(stage=stage, moment=moment, field=name) for moment, name in wanted - present.keys()
    ]
    StageRequirement.objects.bulk_create(new)


@transaction.atomic
def delete_stage(
    *, stage: Stage, by: Membership | None, now: dt.datetime, move_to: Stage | None = None
) -> int:
    """Delete an open stage after moving its deals, deleted ones too; return how many moved.

    What the other stage demands to enter holds for them; what this one demands to leave goes with it.
    Raises SystemStage, StageGone, StageHasDeals without `move_to`, WrongStage, StageFull, DealsLackFields.
    """
    if stage.is_closed:
        raise SystemStage()
    _hold(stage, move_to)
    deals = list(Deal.objects.filter(stage=stage).select_for_update().order_by("id"))
    if deals and move_to is None:
        raise StageHasDeals(count=len([d for d in deals if d.deleted_at is None]) or len(deals))
    if deals and move_to is not None:
        _check_new_home(stage, move_to)
        _move_all(deals, stage, move_to, by=by, now=now)
    stage.delete()
    return len(deals)


def _hold(*stages: Stage | None) -> None:
    """Lock the stages in the order of their ids, so that no deal arrives and two deletions never wait for each other."""
    wanted = {stage.pk for stage in stages if stage is not None}
    held = Stage.objects.select_for_update().filter(pk__in=wanted).order_by("id").values_list("pk", flat=True)
    if set(held) != wanted:
        raise StageGone()


def _check_new_home(stage: Stage, move_to: Stage) -> None:
    if move_to.pipeline_id != stage.pipeline_id or move_to.is_closed or move_to.pk == stage.pk:
        raise WrongStage()
    demanded = gate.demands(leaving=None, entering=move_to)[gate.ENTER]
    standing = Deal.objects.present().filter(stage=stage)
    gate.check_room(move_to, standing.count())
    lacking = standing.filter(fields.lacking(demanded))
    if demanded and (count := lacking.count()):
        raise DealsLackFields(count=count, stage=move_to.name, fields=demanded)


def _move_all(
    deals: list[Deal], stage: Stage, move_to: Stage, *, by: Membership | None, now: dt.datetime
) -> None:
    """Move in bulk what move_deal would move one by one: the same history and timeline, thousands at once."""
    top = ranks.on_top(move_to)
    StageChange.objects.bulk_create(
        [_change(deal, stage, move_to, by=by, now=now) for deal in deals], batch_size=500
    )
    for place, deal in enumerate(sorted(deals, key=lambda d: (d.rank, d.pk), reverse=True)):
        deal.stage, deal.stage_entered_at, deal.rank = move_to, now, top - place * ranks.STEP
        deal.version, deal.changed_at, deal.changed_by = deal.version + 1, now, by
    columns = ["stage", "stage_entered_at", "rank", "version", "changed_at", "changed_by"]
    Deal.objects.bulk_update(deals, columns, batch_size=500)
    data = {
        "code": "stage_moved",
        "from": stage.name,
        "to": move_to.name,
        "kind": move_to.kind,
        "is_deleted_stage": True,
    }
    for deal in deals:
        log_activity(kind="change", occurred_at=now, author=by, deal=deal, data=data | {"deal": deal.title})
    payload = {"id": "", "stage": str(move_to.pk), "from": str(stage.pk)}
    live.publish(tenant_id=current_tenant_id(), topic="deal.changed", payload=payload)


def _change(
    deal: Deal, stage: Stage, move_to: Stage, *, by: Membership | None, now: dt.datetime
) -> StageChange:
    return StageChange(
        deal=deal,
        from_stage=None,  # about to be deleted; its name stays
        to_stage=move_to,
        pipeline_id=move_to.pipeline_id,
        from_name=stage.name,
        to_name=move_to.name,
        to_kind=move_to.kind,
        by=by,
        at=now,
        seconds_in_from=max(0, int((now - deal.stage_entered_at).total_seconds())),
        amount=deal.amount,
        currency=deal.currency,
    )
