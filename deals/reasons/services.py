"""Changing the directory of rejection reasons (L8, D6)."""

from __future__ import annotations

from django.db import transaction

from core import ordering
from deals.models import RejectionReason
from tenants.models import Membership

FIELDS = ("name", "is_for_leads", "is_for_deals", "is_non_targeted")


def create_reason(*, by: Membership, **values: object) -> RejectionReason:
    """Add a reason at the end."""
    return RejectionReason.objects.create(position=ordering.end_of(RejectionReason.objects.all()), **values)


def update_reason(*, reason: RejectionReason, by: Membership, **values: object) -> RejectionReason:
    """Change a reason; leads rejected for it keep the quality they were given."""
    for field, value in values.items():
        setattr(reason, field, value)
    reason.save(update_fields=list(values))
    return reason


def archive_reason(*, reason: RejectionReason, by: Membership, is_archived: bool) -> RejectionReason:
    """Take a reason out of the choices, or put it back; what was rejected for it stays so."""
    reason.is_archived = is_archived
    reason.save(update_fields=["is_archived"])
    return reason


@transaction.atomic
def move_reason(*, reason: RejectionReason, by: Membership, step: int) -> None:
    """Move a reason one place up (-1) or down (1) among those in use."""
    ordering.move(RejectionReason.objects.filter(is_archived=False), reason, step)
