"""Creating, editing, assigning and deleting deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from contacts.conflicts import refuse_changed
from contacts.models import Company, Contact, Source
from deals import gate, passing, ranks
from deals.errors import NotAllowed, PipelineArchived, PipelineWithoutStages, WrongStage
from deals.fields import is_filled
from deals.models import Deal, Pipeline, RejectionReason, Stage, StageChange
from deals.services import changes, moves
from tenants.access import Action, Section, may
from tenants.models import Membership
from tenants.numbering import next_number


@transaction.atomic
def create_deal(
    *,
    title: str,
    pipeline: Pipeline,
    by: Membership | None,
    now: dt.datetime,
    stage: Stage | None = None,
    contact: Contact | None = None,
    company: Company | None = None,
    owner: Membership | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    source: Source | None = None,
    campaign: str = "",
    channel_kind: str = "",
    quality: str = "",
    note: str = "",
    reason: RejectionReason | None = None,
    comment: str = "",
    **fields: Any,
) -> Deal:
    """Create a deal on top of a stage (the pipeline's first open one by default) and return it.

    Without an owner it is the acting member's; without a title it is called after the client. `fields`
    may be city, object_of_interest, tags, expected_on and custom fields by their keys. The gate asks as for a
    move (D5): raises MissingFields, ReasonRequired, StageClosedToRole, StageFull, PipelineWithoutStages,
    PipelineArchived, WrongStage, StageGone, NotAllowed, UnknownField, BadValue.
    """
    _check_creation(pipeline, stage, by)
    entered = stage or _first_stage(pipeline)
    changes.hold_stage(entered)
    deal = Deal(
        created_at=now, created_by=by, changed_at=now, changed_by=by, currency=currency or pipeline.currency
    )
    changes.check_owner(owner, by=by)
    given = {"contact": contact, "company": company, "owner": owner or by, "amount": amount, "source": source}
    words = {"campaign": campaign, "channel_kind": channel_kind, "quality": quality, "note": note}
    changes.set_values(deal, given | words | fields)
    gate.check_right(entered, by)
    gate.check_room(entered)
    gate.check_reason(entered, reason)
    gate.check(deal, leaving=None, entering=entered)
    deal.rank = ranks.on_top(entered)
    moves.enter_stage(deal, entered, now=now, reason=reason, comment=comment)
    deal.number = next_number("deal")
    deal.title = title.strip()[:250] or _called_after(deal)
    deal.search_text = changes.search_text(deal)
    deal.save(force_insert=True)
    _remember_creation(deal, by=by, now=now)
    return deal


@transaction.atomic
def update_deal(
    *,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    version: int | None = None,
    mark: str = "",
    **values: Any,
) -> Deal:
    """Change fields of a deal and return it as it stands now; nothing changed, nothing written.

    `version` refuses any change since, `mark` one of these very fields (contacts.conflicts).
    Custom fields go by their keys. Raises MissingFields for emptying what its stage demands, UnknownField, BadValue,
    OwnerDismissed, DealChangedMeanwhile, FieldChangedMeanwhile, DealGone, NotAllowed.
    """
    current, is_handed_over = write_values(
        deal=deal, by=by, now=now, version=version, values=values, mark=mark
    )
    if is_handed_over:
        changes.tell_owner(current, by=by, now=now)
    return current


def write_values(
    *,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    version: int | None,
    values: Mapping[str, Any],
    mark: str = "",
) -> tuple[Deal, bool]:
    """Do what update_deal does but tell the new responsible; return the deal and whether there is one."""
    current = changes.lock_deal(deal=deal, by=by, now=now, version=version)
    refuse_changed(current, values, mark, now=now)
    was_filled = [name for name in values if is_filled(current, name)]
    owner = current.owner
    edits = changes.set_values(current, values)
    if not edits:
        return current, False
    if current.owner != owner:
        changes.check_owner(current.owner, by=by)
    if blanked := [name for name in was_filled if not is_filled(current, name)]:
        gate.check_blanking(current, blanked)
    changes.touch(current, by=by, now=now)
    current.save()
    if others := changes.record_handover(current, owner, edits, by=by, now=now):
        changes.record(current, by=by, now=now, code="fields_changed", fields=others)
    changes.tell(current)
    return current, current.owner != owner


@transaction.atomic
def assign_deal(
    *,
    deal: Deal,
    owner: Membership | None,
    by: Membership | None,
    now: dt.datetime,
    version: int | None = None,
    with_inquiries: bool = False,
) -> Deal:
    """Hand the deal to another responsible, who is told; return it. Raises as update_deal.

    `with_inquiries`: what was asked counts as the new one's too; else the history stays as it was (L18). The
    inquiries go first: whoever decides about one locks it before its deal.
    """
    if with_inquiries and owner is not None:
        passing.pass_inquiries(deal=deal, to=owner, by=by, now=now)
    return update_deal(deal=deal, by=by, now=now, version=version, owner=owner)


def mark_read(*, deal: Deal, by: Membership) -> None:
    """Note that the responsible has seen what came in; a look by anybody else changes nothing."""
    if deal.owner_id in (None, by.pk):
        note_answer(deal=deal)


def note_answer(*, deal: Deal) -> None:
    """Note that what came in was read or answered, whoever did it."""
    if deal.unread_count:
        Deal.objects.filter(pk=deal.pk).update(unread_count=0)
        deal.unread_count = 0
        changes.tell(deal)


@transaction.atomic
def delete_deal(*, deal: Deal, by: Membership | None, now: dt.datetime) -> Deal:
    """Take the deal off every board and list; restore_deal brings it back as it was."""
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None, action=Action.DELETE)
    current.deleted_at = now
    changes.touch(current, by=by, now=now)
    current.save(update_fields=["deleted_at", "version", "changed_at", "changed_by"])
    changes.record(current, by=by, now=now, code="deal_deleted")
    changes.tell(current)
    return current


@transaction.atomic
def restore_deal(*, deal: Deal, by: Membership | None, now: dt.datetime) -> Deal:
    """Bring a deleted or folded deal back to its stage; one that stands there stays as it is."""
    Deal.objects.select_for_update().filter(pk=deal.pk).values_list("pk", flat=True).first()
    current = changes.read_deal(deal=deal, by=by, now=now, version=None, action=Action.DELETE)
    if current.deleted_at is None:
        return current
    current.deleted_at = current.folded_into = None
    changes.touch(current, by=by, now=now)
    current.save(update_fields=["deleted_at", "folded_into", "version", "changed_at", "changed_by"])
    changes.record(current, by=by, now=now, code="deal_restored")
    changes.tell(current)
    return current


def _check_creation(pipeline: Pipeline, stage: Stage | None, by: Membership | None) -> None:
    if by is not None and not may(by, Section.DEALS, Action.ADD):
        raise NotAllowed()
    if pipeline.is_archived:
        raise PipelineArchived()
    if stage is not None and stage.pipeline_id != pipeline.pk:
        raise WrongStage()


def _first_stage(pipeline: Pipeline) -> Stage:
    stage: Stage | None = Stage.objects.open().filter(pipeline=pipeline).order_by("position", "id").first()
    if stage is None:
        raise PipelineWithoutStages()
    return stage


def _called_after(deal: Deal) -> str:
    client = deal.company or deal.contact
    return (client.name if client is not None and client.name else f"#{deal.number}")[:250]


def _remember_creation(deal: Deal, *, by: Membership | None, now: dt.datetime) -> None:
    moment = StageChange.objects.create(
        deal=deal,
        to_stage=deal.stage,
        pipeline=deal.pipeline,
        to_name=deal.stage.name,
        to_kind=deal.stage.kind,
        by=by,
        at=now,
        amount=deal.amount,
        currency=deal.currency,
    )
    told: Mapping[str, Any] = {"to": deal.stage.name, "pipeline": deal.pipeline.name}
    changes.record(deal, by=by, now=now, code="deal_created", **told)
    changes.tell_owner(deal, by=by, now=now)
    changes.tell(deal)
    moves.tell_moved(deal, moment, by=by, now=now)
