"""One visible open deal per client: the others are folded into it and keep their history.

A folded deal is off every board, list and figure, as a deleted one is; its page says which deal stands for it. Its
planned activities and inquiries are the visible deal's until it is unfolded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from activities.models import Activity
from activities.services.targets import refresh_next_step_of
from deals.models import Deal
from deals.services import changes
from tenants.models import Membership

Folded = dict[str, Any]  # {"deal": id, "visible": id, "activities": [ids], "leads": [ids]}
MAX_STEPS = 20


@transaction.atomic
def fold_deals(
    *, visible: Deal, others: Sequence[Deal], by: Membership | None, now: dt.datetime
) -> list[Folded]:
    """Let one open deal stand for others of its client; return what unfold_deals needs.

    Raises DealGone and NotAllowed, for any of them.
    """
    stays = changes.lock_deal(deal=visible, by=by, now=now, version=None)
    folded = [_fold(other, stays, by=by, now=now) for other in others]
    refresh_next_step_of("deal", stays.pk)
    changes.tell(stays)
    return folded


def _fold(deal: Deal, visible: Deal, *, by: Membership | None, now: dt.datetime) -> Folded:
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None)
    current.deleted_at, current.folded_into = now, visible
    _save(current, by=by, now=now)
    plans = Activity.objects.planned().filter(deal=current)
    inquiries: Any = current.leads  # of the app above
    moved = {
        "activities": [str(pk) for pk in plans.order_by("pk").values_list("pk", flat=True)],
        "leads": [str(pk) for pk in inquiries.order_by("pk").values_list("pk", flat=True)],
    }
    plans.update(deal=visible)
    inquiries.update(deal=visible)
    refresh_next_step_of("deal", current.pk)
    changes.record(current, by=by, now=now, code="deal_folded", into=visible.title, number=visible.number)
    changes.record(visible, by=by, now=now, code="deal_took_in", other=current.title, number=current.number)
    return {"deal": str(current.pk), "visible": str(visible.pk)} | moved


@transaction.atomic
def unfold_deals(*, folded: Sequence[Mapping[str, Any]], by: Membership | None, now: dt.datetime) -> None:
    """Bring folded deals back with their plans and inquiries; one that was restored by hand is left alone."""
    for kept in folded:
        Deal.objects.select_for_update().filter(pk=kept["deal"]).values_list("pk", flat=True).first()
        deal = Deal.objects.select_related(*changes.RELATED).filter(pk=kept["deal"]).first()
        if deal is None or str(deal.folded_into_id) != kept["visible"]:
            continue
        deal.deleted_at = deal.folded_into = None
        _save(deal, by=by, now=now)
        # The deal that stood for it may have been folded itself since: look where its rows are now
        holder = visible_deal(uuid.UUID(kept["visible"]))
        Activity.objects.filter(pk__in=kept["activities"], deal=holder).update(deal=deal)
        inquiries: Any = Deal._meta.get_field("leads").related_model
        inquiries.objects.filter(pk__in=kept["leads"], deal=holder).update(deal=deal)
        refresh_next_step_of("deal", deal.pk)
        if holder is not None:
            refresh_next_step_of("deal", holder.pk)
        changes.record(deal, by=by, now=now, code="deal_unfolded")
        changes.tell(deal)


def visible_deal(pk: uuid.UUID | None) -> Deal | None:
    """Return the deal that stands for this one now: itself, unless it was folded."""
    deal = Deal.objects.filter(pk=pk).first() if pk is not None else None
    for _step in range(MAX_STEPS):
        if deal is None or deal.folded_into_id is None:
            break
        deal = Deal.objects.filter(pk=deal.folded_into_id).first()
    return deal


def _save(deal: Deal, *, by: Membership | None, now: dt.datetime) -> None:
    changes.touch(deal, by=by, now=now)
    deal.save(update_fields=["deleted_at", "folded_into", "version", "changed_at", "changed_by"])
