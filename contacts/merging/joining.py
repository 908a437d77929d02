"""Merging cards: what the others have becomes the survivor's, in one transaction, and is written down."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from contacts.duplicates import decisions
from contacts.duplicates.waiting import compare_later
from contacts.merging import twins, values
from contacts.merging.locking import locked
from contacts.merging.parts import Act, Client, parts
from contacts.merging.primary import settle_primary
from contacts.merging.references import references_to
from contacts.models import Contact, Merge, MergedCard, MergeMove
from contacts.search_text import refresh_company, refresh_contact, refresh_people
from contacts.services.history import record_change
from tenants.models import Membership


@transaction.atomic
def merge_cards(
    *,
    survivor: Client,
    others: Sequence[Client],
    by: Membership | None,
    now: dt.datetime,
    chosen: Mapping[str, Any] | None = None,
    primary: Sequence[uuid.UUID] = (),
    answers: Mapping[str, str] | None = None,
) -> Merge:
    """Merge contacts, or companies, into one; undo_merge takes it apart again.

    `chosen` are the survivor's new values (contacts.merging.values.fields_of); what isn't named it keeps, and fills
    where it is empty. `primary`: the keys that are used first. `answers` are for the apps above. Raises
    NothingToMerge, TooManyCards, CardsAlreadyMerged, CardGone, MergeNotAllowed and what the apps above refuse.
    """
    cards = locked([survivor, *others], by=by)
    card, rest = cards[survivor.pk], [cards[other.pk] for other in others]
    merge = _opened(card, rest, by=by, now=now)
    merge.kept = {"contacts": _join(merge, card, rest, primary)}
    follows = values.what_follows(card, rest)
    merge.values = values.give(card, values.completed(card, rest, chosen or {}) | follows)
    for other in rest:
        other.deleted_at, other.merged_into_id = now, card.pk
        other.save(update_fields=["deleted_at", "merged_into"])
    refresh(card, *rest)
    act = Act(merge, card, rest, by, now)
    merge.kept |= {name: part.merged(act, answers or {}) for name, part in parts()}
    merge.save(update_fields=["values", "kept"])
    names = [str(other) for other in rest]
    record_change(subject=card, by=by, now=now, code="cards_merged", names=names, merge=str(merge.pk))
    return merge


def refresh(*cards: Client) -> None:
    """Let the cards be found by what they have now, and compared with others."""
    for card in cards:
        if card.deleted_at is not None:
            compare_later(card)
        elif isinstance(card, Contact):
            refresh_contact(card)
        else:
            refresh_company(card)
            refresh_people(card.contacts.all())


def column_of(card: Client) -> str:
    """Name the column of Merge and MergedCard that holds such a card."""
    return "contact" if isinstance(card, Contact) else "company"


def _opened(card: Client, rest: Sequence[Client], *, by: Membership | None, now: dt.datetime) -> Merge:
    column = column_of(card)
    merge: Merge = Merge.objects.create(by=by, at=now, **{column: card})
    MergedCard.objects.bulk_create(
        MergedCard(merge=merge, name=str(other)[:200], **{column: other}) for other in rest
    )
    return merge


def _join(merge: Merge, card: Client, rest: Sequence[Client], primary: Sequence[uuid.UUID]) -> dict[str, Any]:
    """Move every reference; return what the undo needs beyond the moved ids."""
    own = list(card.keys.values_list("pk", flat=True)) if isinstance(card, Contact) else []
    involved = [card.pk, *(other.pk for other in rest)]
    filled: dict[str, dict[str, str]] = {}
    for other in rest:
        for reference in references_to(type(card)):
            # A card among the merged ones that refers to another (head company) is no row to move
            without = involved if reference.model is type(card) else ()
            if ids := reference.move(other.pk, card.pk, without=without):
                label, name = reference.model._meta.label, reference.name
                MergeMove.objects.create(merge=merge, model=label, field=name, card_id=other.pk, row_ids=ids)
            if copied := twins.complete(reference, other.pk, card.pk):
                filled.setdefault(reference.model._meta.label, {}).update(copied)
    kept: dict[str, Any] = {"filled": filled, "decisions": decisions.carry(card, rest)}
    if isinstance(card, Contact):
        kept["primary"] = settle_primary(card, wanted=primary, own=own)
    return kept
