"""Changing the directory of rejection reasons (L8, D6)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from deals.models import RejectionReason
from tenants.models import Membership

FIELDS = ("name", "is_for_leads", "is_for_deals", "is_non_targeted")


def create_reason(*, by: Membership, **values: object) -> RejectionReason:
    """Add a reason at the end."""
    last = RejectionReason.objects.aggregate(last=Max("position"))["last"]
    return RejectionReason.objects.create(position=0 if last is None else last + 1, **values)


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
    rows = list(RejectionReason.objects.filter(is_archived=False).select_for_update())
    place = next(i for i, row in enumerate(rows) if row.pk == reason.pk)
    rows.insert(max(0, min(len(rows) - 1, place + step)), rows.pop(place))
    for position, row in enumerate(rows):
        row.position = position
    RejectionReason.objects.bulk_update(rows, ["position"])
