"""Changing the directory of outcomes that dialogs are closed with."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from channels.models import DialogOutcome
from tenants.models import Membership

OUTCOME_FIELDS = ("name", "effect", "reason")


def create_outcome(*, by: Membership, **values: object) -> DialogOutcome:
    """Add an outcome at the end."""
    last = DialogOutcome.objects.aggregate(last=Max("position"))["last"]
    made: DialogOutcome = DialogOutcome.objects.create(position=0 if last is None else last + 1, **values)
    return made


def update_outcome(*, outcome: DialogOutcome, by: Membership, **values: object) -> DialogOutcome:
    """Change an outcome; dialogs closed with it stay closed as they are."""
    for field, value in values.items():
        setattr(outcome, field, value)
    outcome.save(update_fields=list(values))
    return outcome


def archive_outcome(*, outcome: DialogOutcome, by: Membership, is_archived: bool) -> DialogOutcome:
    """Take an outcome out of the choices, or put it back."""
    outcome.is_archived = is_archived
    outcome.save(update_fields=["is_archived"])
    return outcome


@transaction.atomic
def move_outcome(*, outcome: DialogOutcome, by: Membership, step: int) -> None:
    """Move an outcome one place up (-1) or down (1) among those in use."""
    rows = list(DialogOutcome.objects.offered().select_for_update())
    place = next(i for i, row in enumerate(rows) if row.pk == outcome.pk)
    rows.insert(max(0, min(len(rows) - 1, place + step)), rows.pop(place))
    for position, row in enumerate(rows):
        row.position = position
    DialogOutcome.objects.bulk_update(rows, ["position"])
