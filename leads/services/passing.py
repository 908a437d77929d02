"""Inquiries that go along when their deal is given to a colleague (L18)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from deals.models import Deal
from leads.errors import name_of
from leads.models import Lead
from leads.services.common import HOLDING, decided, lock_lead, snapshot
from tenants.models import Membership


def count_inquiries(deal: Deal) -> int:
    """Count the inquiries of a deal."""
    return Lead.objects.present().filter(deal=deal).count()


@transaction.atomic
def pass_inquiries(*, deal: Deal, to: Membership, by: Membership | None, now: dt.datetime) -> int:
    """Make a colleague the one who took a deal's inquiries and answers them; return how many changed hands.

    Who may give the deal away may do so with its inquiries. When they were taken stays: only by whom they count
    changes, in every list and report. The timeline keeps who had them before.
    """
    leads = Lead.objects.present().filter(deal=deal).order_by("contact_id", "pk")
    return sum(_pass(lead, to, by=by, now=now) for lead in leads)


def _pass(lead: Lead, to: Membership, *, by: Membership | None, now: dt.datetime) -> bool:
    current = lock_lead(lead=lead, by=None)
    has_taker = current.taken_by_id is not None
    if current.responsible_id == to.pk and current.taken_by_id in (None, to.pk):
        return False
    before, had = snapshot(current, HOLDING), current.taken_by or current.responsible
    current.taken_by = to if has_taker else None
    current.responsible, current.responsible_role = to, None
    current.assignment_reason, current.assignment_params = "by_hand", {}
    told = {"from": name_of(had), "to": name_of(to)}
    decided(current, action="assign", by=by, now=now, before=before, **told)
    return True
