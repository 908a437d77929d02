"""The same operation over many deals, each through the gate, with a report of what was refused and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse

from activities.services import notify
from core.errors import Refusal
from deals import gate, passing
from deals.errors import StageFull
from deals.models import Deal, RejectionReason, Stage
from deals.services.deals import write_values
from deals.services.moves import move_deal
from tenants.models import Membership

LIMIT = 200  # deals one request works on; every one is locked, checked and recorded by itself


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """A deal that stayed as it was, and why."""

    deal: Deal
    reason: str


@dataclasses.dataclass(slots=True)
class Report:
    done: int = 0
    refused: list[Refused] = dataclasses.field(default_factory=list)


def move_deals(
    *,
    deals: Iterable[Deal],
    stage: Stage,
    by: Membership,
    now: dt.datetime,
    reason: RejectionReason | None = None,
) -> Report:
    """Move each deal that the gate lets through."""
    return _each(deals, lambda deal: move_deal(deal=deal, stage=stage, by=by, now=now, reason=reason))


def assign_deals(
    *,
    deals: Iterable[Deal],
    owner: Membership,
    by: Membership,
    now: dt.datetime,
    with_inquiries: bool = False,
) -> Report:
    """Hand each deal over that the member may edit, with its inquiries or without, and tell the new one once."""

    def assign(deal: Deal) -> None:
        if with_inquiries:
            passing.pass_inquiries(deal=deal, to=owner, by=by, now=now)
        write_values(deal=deal, by=by, now=now, version=None, values={"owner": owner})

    report = _each(deals, assign)
    if report.done and owner != by:
        url = f"{reverse('deals:list')}?owner={owner.pk}"
        params = {"count": report.done, "by": by.name}
        notify(members=[owner], code="deals_assigned", params=params, url=url, now=now)
    return report


def _each(deals: Iterable[Deal], operation: Callable[[Deal], Any]) -> Report:
    """Run the operation in the order of ids: two bulks over the same deals never wait for each other."""
    report = Report()
    for deal in sorted(deals, key=lambda deal: deal.pk):
        try:
            with transaction.atomic():
                operation(deal)
        except Refusal as refusal:
            report.refused.append(Refused(deal, str(refusal.message)))
        else:
            report.done += 1
    return report


def preview_move(
    deals: Sequence[Deal],
    stage: Stage,
    reason: RejectionReason | None = None,
    *,
    by: Membership | None = None,
) -> Report:
    """Say beforehand what move_deals would refuse; writes nothing. One query a stage the deals stand in."""
    report = Report()
    try:
        gate.check_right(stage, by)
        gate.check_reason(stage, reason)
    except Refusal as refusal:
        return Report(0, [Refused(deal, str(refusal.message)) for deal in deals])
    room, arrived = gate.room(stage), 0
    demands = {
        s.pk: gate.demands(leaving=s, entering=stage) for s in {deal.stage for deal in deals} - {stage}
    }
    for deal in deals:
        try:
            if deal.stage_id != stage.pk:
                if room is not None and arrived >= room:
                    raise StageFull(stage=stage.name, limit=stage.card_limit or 0)
                gate.check_against(deal, demands[deal.stage_id], leaving=deal.stage, entering=stage)
                arrived += 1
        except Refusal as refusal:
            report.refused.append(Refused(deal, str(refusal.message)))
        else:
            report.done += 1
    return report
