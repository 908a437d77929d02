"""Moving deals between stages: the only way, for drag, menu, bulk, strip, import and robots (D4-D6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from deals import gate, happenings, ranks
from deals.errors import PipelineArchived
from deals.models import Deal, RejectionReason, Stage, StageChange
from deals.services import changes
from tenants.models import Membership


@transaction.atomic
def move_deal(
    *,
    deal: Deal,
    stage: Stage,
    by: Membership | None,
    now: dt.datetime,
    version: int | None = None,
    before: Deal | None = None,
    after: Deal | None = None,
    values: Mapping[str, Any] | None = None,
    reason: RejectionReason | None = None,
    comment: str = "",
) -> Deal:
    """Move a deal to a stage, of any pipeline, or to another place in its column; return it as it stands now.

    `after` is the card that ends up above it, `before` the one below; neither puts it on top. `values`
    fills fields the gate demands. Reopening is a move from a closed stage to an open one.
    Raises MissingFields, ReasonRequired, WrongReason, StageClosedToRole, DealsOnlySeen, StageFull,
    DealChangedMeanwhile, DealGone, StageGone, NotAllowed, PipelineArchived.
    """
    changes.hold_stage(stage)
    rank = ranks.between(stage, above=after, below=before, moved=deal)
    current = changes.lock_deal(deal=deal, by=by, now=now, version=version)
    if current.stage_id == stage.pk and not values:
        return _reorder(current, rank, has_place=before is not None or after is not None)
    owner, left = current.owner, current.stage
    edits = changes.set_values(current, values or {})
    if current.owner != owner:
        changes.check_owner(current.owner, by=by)
    if left.pk == stage.pk:
        _save_values(current, owner, edits, by=by, now=now)
    else:
        _check(current, left, stage, reason, by=by)
        current.rank = rank
        moment = _enter(current, stage, by=by, now=now, reason=reason, comment=comment)
        others = changes.record_handover(current, owner, edits, by=by, now=now)
        _remember(current, left, moment, others, by=by, now=now)
        changes.tell(current, came_from=left.pk)
        tell_moved(current, moment, by=by, now=now, left=left)
    if current.owner != owner:
        changes.tell_owner(current, by=by, now=now)
    return current


def enter_stage(
    deal: Deal, stage: Stage, *, now: dt.datetime, reason: RejectionReason | None = None, comment: str = ""
) -> None:
    """Set what standing in a stage means for the deal's own columns; saves nothing."""
    deal.stage, deal.pipeline, deal.state = stage, stage.pipeline, stage.kind
    deal.stage_entered_at = now
    deal.closed_at = now if stage.is_closed else None
    is_lost = stage.kind == Stage.Kind.LOST
    deal.rejection_reason = reason if is_lost else None
    deal.rejection_comment = comment.strip() if is_lost else ""


def tell_moved(
    deal: Deal, moment: StageChange, *, by: Membership | None, now: dt.datetime, left: Stage | None = None
) -> None:
    """Tell whoever listens that a deal has come into its stage."""
    occasion = str(moment.pk)
    happenings.tell(happenings.Happening(happenings.What.MOVED, deal, now, by, occasion, left))


def _check(
    deal: Deal, left: Stage, stage: Stage, reason: RejectionReason | None, *, by: Membership | None
) -> None:
    gate.check_right(stage, by)
    if stage.pipeline.is_archived and stage.pipeline_id != left.pipeline_id:
        raise PipelineArchived()
    gate.check_room(stage)
    gate.check_reason(stage, reason)
    gate.check(deal, leaving=left, entering=stage)


def _reorder(deal: Deal, rank: float, *, has_place: bool) -> Deal:
    """Change the place in the column. No version: two people ordering a column don't stand in each other's way."""
    if has_place and deal.rank != rank:
        deal.rank = rank
        deal.save(update_fields=["rank"])
        changes.tell(deal)
    return deal


def _save_values(
    deal: Deal,
    owner: Membership | None,
    edits: list[dict[str, str]],
    *,
    by: Membership | None,
    now: dt.datetime,
) -> None:
    changes.touch(deal, by=by, now=now)
    deal.save()
    if others := changes.record_handover(deal, owner, edits, by=by, now=now):
        changes.record(deal, by=by, now=now, code="fields_changed", fields=others)
    changes.tell(deal)


def _enter(
    deal: Deal,
    stage: Stage,
    *,
    by: Membership | None,
    now: dt.datetime,
    reason: RejectionReason | None,
    comment: str,
) -> StageChange:
    left, since = deal.stage, deal.stage_entered_at
    enter_stage(deal, stage, now=now, reason=reason, comment=comment)
    changes.touch(deal, by=by, now=now)
    deal.save()
    return StageChange.objects.create(
        deal=deal,
        from_stage=left,
        to_stage=stage,
        pipeline=stage.pipeline,
        from_name=left.name,
        to_name=stage.name,
        to_kind=stage.kind,
        by=by,
        at=now,
        seconds_in_from=max(0, int((now - since).total_seconds())),
        amount=deal.amount,
        currency=deal.currency,
    )


def _remember(
    deal: Deal,
    left: Stage,
    moment: StageChange,
    edits: list[dict[str, str]],
    *,
    by: Membership | None,
    now: dt.datetime,
) -> None:
    told: dict[str, Any] = {"from": left.name, "to": moment.to_name, "kind": moment.to_kind}
    told |= {"seconds": moment.seconds_in_from}
    if deal.rejection_reason is not None:
        told |= {"reason": deal.rejection_reason.name, "comment": deal.rejection_comment}
    if deal.state == Stage.Kind.WON:
        told |= {"amount": changes.in_words(deal.amount), "currency": deal.currency}
    if left.pipeline_id != deal.pipeline_id:
        told |= {"pipeline": deal.pipeline.name}
    if edits:
        told |= {"fields": edits}
    changes.record(deal, by=by, now=now, code="stage_moved", **told)
