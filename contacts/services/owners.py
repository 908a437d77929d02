"""Clients change hands: those of a colleague who leaves go to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from contacts.models import Company, Contact
from contacts.services.history import record_owners
from tenants import handover
from tenants.models import Membership


def contacts_of(member: Membership) -> QuerySet[Contact]:
    """Give the contacts a member looks after."""
    return Contact.objects.present().filter(owner=member)


def companies_of(member: Membership) -> QuerySet[Company]:
    """Give the companies a member looks after."""
    return Company.objects.present().filter(owner=member)


@transaction.atomic
def hand_over_clients(
    *,
    rows: Sequence[Contact | Company],
    member: Membership,
    to: Membership,
    by: Membership,
    now: dt.datetime,
) -> list[handover.Outcome]:
    """Give a colleague some of a member's contacts or companies; one that was given away meanwhile stays."""
    if not rows:
        return []
    model: Any = type(rows[0])
    wanted = model.objects.filter(pk__in=[row.pk for row in rows], owner=member).order_by("pk")
    held = list(wanted.select_for_update(of=("self",)))
    record_owners(subjects=held, before=member, after=to, by=by, now=now)
    model.objects.filter(pk__in=[row.pk for row in held]).update(owner=to)
    page = "contacts:detail" if model is Contact else "contacts:company_detail"
    return [handover.Outcome(row.pk, str(row), reverse(page, args=[row.pk])) for row in held]
