"""Taking a merge apart: every row goes back to the card it came from, what came since stays where it belongs."""

from __future__ import annotations

import datetime as dt

from django.apps import apps
from django.db import transaction

from contacts.duplicates import decisions
from contacts.merging import twins, values
from contacts.merging.errors import MergeAlreadyUndone, MergedOnward
from contacts.merging.joining import refresh
from contacts.merging.locking import check_rights, lock
from contacts.merging.parts import Act, Client, parts
from contacts.merging.primary import restore_primary
from contacts.merging.references import Reference
from contacts.models import Contact, Merge
from contacts.services.history import record_change
from tenants.models import Membership


@transaction.atomic
def undo_merge(*, merge: Merge, by: Membership | None, now: dt.datetime) -> Merge:
    """Restore the cards as they were, as far as nobody has changed them since; return the merge.

    What came in between goes with the card whose phone, address or dialog it came by. Asks for the right to edit the
    card that stayed. Raises MergeAlreadyUndone, MergedOnward, MergeNotAllowed.
    """
    cards = lock([merge.survivor, *_merged_cards(merge)])
    current = Merge.objects.select_for_update().get(pk=merge.pk)
    card, rest = cards[merge.survivor.pk], [cards[other.pk] for other in _merged_cards(merge)]
    if current.undone_at is not None:
        raise MergeAlreadyUndone
    if card.merged_into_id is not None:
        raise MergedOnward
    check_rights([card], by)
    _move_back(current, card)
    values.take_back(current, card)
    for other in rest:
        other.deleted_at = other.merged_into = None
        other.save(update_fields=["deleted_at", "merged_into"])
    _restore_own(current, card, rest)
    act = Act(current, card, rest, by, now)
    for name, part in parts():
        part.undone(act, current.kept.get(name, {}))
    current.undone_at, current.undone_by = now, by
    current.save(update_fields=["undone_at", "undone_by"])
    refresh(card, *rest)
    record_change(subject=card, by=by, now=now, code="merge_undone", names=[str(other) for other in rest])
    for other in rest:
        record_change(subject=other, by=by, now=now, code="merge_undone", names=[str(card)])
    return current


def _merged_cards(merge: Merge) -> list[Client]:
    rows = merge.cards.select_related("contact", "company").order_by("pk")
    return [card for row in rows if (card := row.contact or row.company) is not None]


def _move_back(merge: Merge, card: Client) -> None:
    """Point back what still points to the survivor; what somebody has tied to another client since stays there."""
    for move in merge.moves.all():
        reference = Reference(apps.get_model(move.model), move.field)
        reference.point(move.row_ids, card.pk, move.card_id)


def _restore_own(merge: Merge, card: Client, rest: list[Client]) -> None:
    kept = merge.kept.get("contacts", {})
    for label, filled in kept.get("filled", {}).items():
        twins.empty(apps.get_model(label), filled)
    decisions.take_back(type(card), kept.get("decisions", {}))
    if isinstance(card, Contact):
        restore_primary([one for one in (card, *rest) if isinstance(one, Contact)], kept.get("primary", {}))
