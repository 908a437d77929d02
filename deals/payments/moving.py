"""A payment takes its deal on: where the pipeline's settings say, through the one gate, forward only."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse

from activities.services import notify
from core.errors import Refusal
from deals.models import Deal, Invoice, Stage
from deals.services import changes, move_deal


def follow_payment(invoice: Invoice, *, now: dt.datetime) -> Deal | None:
    """Move the deal of an invoice on which money has come; return it where it has moved.

    Everything is paid when no other invoice of the deal waits for money. A refusal of the gate is told to the
    responsible in the bell and written into the deal: the payment stands all the same.
    """
    deal = Deal.objects.select_related("pipeline", "stage", "owner").get(pk=invoice.deal_id)
    stage = _target(deal, invoice)
    if stage is None or not _is_ahead(deal, stage):
        return None
    try:
        with transaction.atomic():
            return move_deal(deal=deal, stage=stage, by=None, now=now)
    except Refusal as refusal:
        _tell_refusal(deal, stage, refusal, now=now)
        return None


def _target(deal: Deal, invoice: Invoice) -> Stage | None:
    pipeline = deal.pipeline
    is_all_paid = invoice.state == Invoice.State.PAID and not (
        Invoice.objects.unpaid().filter(deal=deal).exclude(pk=invoice.pk).exists()
    )
    wanted = pipeline.full_payment_stage_id if is_all_paid else None
    wanted = wanted or pipeline.first_payment_stage_id
    stage: Stage | None = Stage.objects.filter(pk=wanted, pipeline=pipeline).first() if wanted else None
    return stage


def _is_ahead(deal: Deal, stage: Stage) -> bool:
    """Say whether the stage comes after the one the deal stands in; a closed deal stays where it is."""
    if deal.deleted_at is not None or deal.is_closed or stage.pk == deal.stage_id:
        return False
    return stage.is_closed or stage.position > deal.stage.position


def _tell_refusal(deal: Deal, stage: Stage, refusal: Refusal, *, now: dt.datetime) -> None:
    told = {"stage": stage.name, "text": str(refusal.message)}
    changes.record(deal, by=None, now=now, code="payment_not_moved", **told)
    if deal.owner is not None:
        url = reverse("deals:detail", args=[deal.pk])
        notify(
            members=[deal.owner],
            code="payment_not_moved",
            params={"deal": deal.title} | told,
            url=url,
            now=now,
        )
