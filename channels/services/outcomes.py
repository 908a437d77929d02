"""Changing the directory of outcomes that dialogs are closed with."""

from __future__ import annotations

from django.db import transaction

from channels.models import DialogOutcome
from core import ordering
from tenants.models import Membership

OUTCOME_FIELDS = ("name", "effect", "reason")


def create_outcome(*, by: Membership, **values: object) -> DialogOutcome:
    """Add an outcome at the end."""
    position = ordering.end_of(DialogOutcome.objects.all())
    made: DialogOutcome = DialogOutcome.objects.create(position=position, **values)
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
    ordering.move(DialogOutcome.objects.offered(), outcome, step)
