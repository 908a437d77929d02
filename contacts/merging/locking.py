"""Who may merge what, decided while nobody else can."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from contacts.merging.errors import (
    MAX_CARDS,
    CardGone,
    CardsAlreadyMerged,
    MergeNotAllowed,
    NothingToMerge,
    TooManyCards,
)
from contacts.merging.parts import Client, parts
from contacts.models import Merge, MergedCard
from tenants.access import Action
from tenants.models import Membership


def locked(cards: Sequence[Client], *, by: Membership | None) -> dict[uuid.UUID, Client]:
    """Lock the cards of a merge in one order everywhere and read them as they stand now.

    Of two people who merge the same card one waits here and then hears CardsAlreadyMerged.
    """
    ids = {card.pk for card in cards}
    if len(ids) < 2:
        raise NothingToMerge
    if len(ids) > MAX_CARDS:
        raise TooManyCards
    current = lock(cards)
    for card in current.values():
        if card.merged_into_id is not None:
            raise already_merged(card)
    if len(current) < len(ids) or any(card.deleted_at is not None for card in current.values()):
        raise CardGone
    check_rights(cards, by)
    return current


def lock(cards: Sequence[Client]) -> dict[uuid.UUID, Client]:
    """Lock what the apps above need, then the cards by their ids; return them as they stand now."""
    for _name, part in parts():
        part.lock(cards)
    ids = sorted({card.pk for card in cards})
    model: Any = type(cards[0])
    # No join under the lock, and no lock against references: moving a deal writes into its client's timeline.
    list(model.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    found: dict[uuid.UUID, Client] = model.objects.select_related("owner", "source").in_bulk(ids)
    return found


def check_rights(cards: Sequence[Client], by: Membership | None) -> None:
    """Raise MergeNotAllowed unless the member may edit every card; without a member nobody is asked."""
    if by is None:
        return
    ids = {card.pk for card in cards}
    if type(cards[0]).objects.reachable_by(by, Action.EDIT).filter(pk__in=ids).count() < len(ids):
        raise MergeNotAllowed


def already_merged(card: Client) -> CardsAlreadyMerged:
    """Build the refusal that says who was faster."""
    merge = merge_of(card)
    who = merge.by.name if merge is not None and merge.by is not None else ""
    return CardsAlreadyMerged(who=who, name=str(card), survivor=card.merged_into_id)


def merge_of(card: Client) -> Merge | None:
    """Find the merge by which a card became part of another."""
    same = {"contact": card} if card._meta.model_name == "contact" else {"company": card}
    rows = MergedCard.objects.filter(merge__undone_at=None, **same).select_related("merge__by")
    last = rows.order_by("-merge__at", "-pk").first()
    return last.merge if last is not None else None
