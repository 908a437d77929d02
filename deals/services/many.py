"""Hundreds of deals made at once, as an import brings them: the gate and the history hold as for one by one.

Quiet: no responsible is notified and no board is told.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from activities.models import Activity
from deals import gate, ranks
from deals.errors import NotAllowed
from deals.models import Deal, RejectionReason, Stage, StageChange
from deals.services import changes, moves
from tenants.access import Action, Section, may
from tenants.models import Membership
from tenants.numbering import next_number

BATCH = 1000


@dataclasses.dataclass(slots=True)
class NewDeal:
    """A deal to be made. `values` are those of changes.EDITABLE; `entered_at` is when it came into its stage."""

    stage: Stage
    created_at: dt.datetime
    entered_at: dt.datetime
    values: dict[str, Any]
    reason: RejectionReason | None = None
    comment: str = ""


class Gates:
    """What stages demand, each asked once: for checking many deals before they are made."""

    def __init__(self) -> None:
        self._asked: dict[Any, dict[str, list[str]]] = {}

    def check(self, deal: Deal, stage: Stage, reason: RejectionReason | None) -> None:
        """Raise what create_deal would: MissingFields, ReasonRequired, WrongReason."""
        if stage.pk not in self._asked:
            self._asked[stage.pk] = gate.demands(leaving=None, entering=stage)
        gate.check_reason(stage, reason)
        gate.check_against(deal, self._asked[stage.pk], leaving=None, entering=stage)


@transaction.atomic
def create_deals(
    *, drafts: Sequence[NewDeal], by: Membership, now: dt.datetime, mark: dict[str, Any]
) -> list[Deal]:
    """Create deals on top of their stages, in the order given. Raises as create_deal."""
    if not drafts:
        return []
    if not may(by, Section.DEALS, Action.ADD):
        raise NotAllowed()
    stages = {draft.stage.pk: draft.stage for draft in drafts}
    for pk in sorted(stages):
        changes.hold_stage(stages[pk])
    tops = {pk: ranks.on_top(stage) for pk, stage in stages.items()}
    last, gates, placed = next_number("deal", count=len(drafts)), Gates(), defaultdict[Any, int](int)
    made = []
    for number, draft in enumerate(drafts, start=last - len(drafts) + 1):
        deal = _built(draft, by=by, number=number)
        gates.check(deal, draft.stage, draft.reason)
        deal.rank = tops[draft.stage.pk] - ranks.STEP * placed[draft.stage.pk]
        placed[draft.stage.pk] += 1
        made.append(deal)
    Deal.objects.bulk_create(made, batch_size=BATCH)
    StageChange.objects.bulk_create((_entry(deal, by) for deal in made), batch_size=BATCH)
    Activity.objects.bulk_create((_line(deal, by, now, mark) for deal in made), batch_size=BATCH)
    return made


def _built(draft: NewDeal, *, by: Membership, number: int) -> Deal:
    deal = Deal(
        number=number, created_at=draft.created_at, created_by=by, changed_at=draft.created_at, changed_by=by,
        currency=draft.stage.pipeline.currency,
    )  # fmt: skip
    changes.set_values(deal, draft.values)
    moves.enter_stage(deal, draft.stage, now=draft.entered_at, reason=draft.reason, comment=draft.comment)
    client = deal.company or deal.contact
    deal.title = (deal.title.strip() or (client.name if client else "") or f"#{number}")[:250]
    deal.search_text = changes.search_text(deal)
    return deal


def _entry(deal: Deal, by: Membership) -> StageChange:
    return StageChange(
        deal=deal,
        to_stage=deal.stage,
        pipeline=deal.pipeline,
        to_name=deal.stage.name,
        to_kind=deal.stage.kind,
        by=by,
        at=deal.stage_entered_at,
        amount=deal.amount,
        currency=deal.currency,
    )


def _line(deal: Deal, by: Membership, now: dt.datetime, mark: dict[str, Any]) -> Activity:
    told = {"code": "deal_created", "deal": deal.title, "to": deal.stage.name, "pipeline": deal.pipeline.name}
    return Activity(
        kind=Activity.Kind.CHANGE, occurred_at=now, created_at=now, author=by, owner=by, deal=deal,
        contact_id=deal.contact_id, company_id=deal.company_id, data=told | mark,
    )  # fmt: skip
