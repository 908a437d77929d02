"""'Not the same': remembered for the tenant, never offered again, and taken back by whoever thinks better of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.duplicates.finding import kind_of, ordered
from contacts.models import Company, Contact, Pair
from core.errors import Conflict
from tenants.models import Membership

Client = Contact | Company


class PairDecided(Conflict):
    """Somebody has decided about the pair before, or one of the cards is gone."""

    code = "pair_decided"

    def default_message(self) -> str | Promise:
        return _("Somebody has decided about these two already.")


@transaction.atomic
def mark_distinct(*, pair: Any, by: Membership, now: dt.datetime) -> None:
    """Remember that the two are not the same. Raises PairDecided."""
    rows = type(pair).objects.filter(pk=pair.pk, state=Pair.State.LIKELY)
    if not rows.update(state=Pair.State.DISTINCT, decided_by=by, decided_at=now):
        raise PairDecided


@transaction.atomic
def revoke_decision(*, pair: Any) -> None:
    """Offer the two again. Raises PairDecided."""
    rows = type(pair).objects.filter(pk=pair.pk, state=Pair.State.DISTINCT)
    if not rows.update(state=Pair.State.LIKELY, decided_by=None, decided_at=None):
        raise PairDecided


# --- Merges ------------------------------------------------------------------------------------------
def carry(survivor: Client, others: Sequence[Client]) -> dict[str, list[str]]:
    """Whoever was told apart from a merged card is told apart from the survivor too; return what the undo needs."""
    pairs, kept = kind_of(type(survivor)).pair_model, {"made": [], "turned": []}
    involved = {survivor.pk, *(card.pk for card in others)}
    for card in others:
        for row in pairs.objects.of(card).filter(state=Pair.State.DISTINCT):
            stranger = row.second_id if row.first_id == card.pk else row.first_id
            if stranger not in involved:
                _carry(pairs, row, survivor.pk, stranger, kept)
    return kept


def _carry(
    pairs: Any, row: Any, survivor: uuid.UUID, stranger: uuid.UUID, kept: dict[str, list[str]]
) -> None:
    first, second = ordered(survivor, stranger)
    decision = {"state": row.state, "decided_by": row.decided_by, "decided_at": row.decided_at}
    likely = pairs.objects.filter(first=first, second=second, state=Pair.State.LIKELY)
    if pk := likely.values_list("pk", flat=True).first():
        likely.update(**decision)
        kept["turned"].append(str(pk))
    elif not pairs.objects.filter(first=first, second=second).exists():
        values = {"score": row.score, "reasons": row.reasons, "found_at": row.found_at} | decision
        made = pairs.objects.create(first_id=first, second_id=second, **values)
        kept["made"].append(str(made.pk))


def take_back(model: type[Any], kept: dict[str, list[str]]) -> None:
    """Undo carry()."""
    rows = kind_of(model).pair_model.objects.filter(state=Pair.State.DISTINCT)
    rows.filter(pk__in=kept.get("made", ())).delete()
    rows.filter(pk__in=kept.get("turned", ())).update(
        state=Pair.State.LIKELY, decided_by=None, decided_at=None
    )
