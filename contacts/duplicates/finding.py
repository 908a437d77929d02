"""Finds pairs of cards that are probably one client: around changed cards, and over a whole base.

Cards meet at equal keys (ContactMatchKey, CompanyMatchKey) and are then compared by contacts.duplicates.scoring.
A key that very many cards have says nothing and is passed over.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q
from django.utils import timezone

from contacts.duplicates import profiles
from contacts.duplicates.keys import (
    MAX_CARDS,
    MAX_NAMESAKES,
    firm_name_key,
    full_name_key,
    keys_of_firm,
    keys_of_person,
)
from contacts.duplicates.scoring import Score, score_firms, score_people
from contacts.models import (
    Company,
    CompanyMatchKey,
    CompanyPair,
    Contact,
    ContactMatchKey,
    ContactPair,
    Pair,
)
from core.tenancy import tenant_scope

JOB = "contacts.duplicates"  # kind of the job that looks through a whole base
CARDS, BLOCKS, PAIRS = 1000, 3000, 10_000  # worked on at once
Ids = tuple[uuid.UUID, uuid.UUID]
Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What differs between people and companies."""

    model: Any
    key_model: Any
    pair_model: Any
    column: str  # of the key's card
    load: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]
    keys: Callable[[Any], set[str]]
    name_key: Callable[[Any], str]
    score: Callable[[Any, Any, Mapping[str, int]], Score]


PEOPLE = Kind(
    Contact,
    ContactMatchKey,
    ContactPair,
    "contact_id",
    profiles.people,
    keys_of_person,
    lambda person: full_name_key(person.name),
    score_people,
)
FIRMS = Kind(
    Company,
    CompanyMatchKey,
    CompanyPair,
    "company_id",
    profiles.firms,
    keys_of_firm,
    firm_name_key,
    score_firms,
)


def kind_of(model: type[Any]) -> Kind:
    """Return how cards of a model are compared."""
    return PEOPLE if model is Contact else FIRMS


# --- Around changed cards ----------------------------------------------------------------------------
def look_around(kind: Kind, ids: Collection[uuid.UUID]) -> int:
    """Find the pairs of these cards anew; return how many likely ones there are. Decided ones stay decided.

    A card that is gone loses its keys, so nobody is compared with it.
    """
    cards = kind.load(ids)
    write_keys(kind, ids, cards)
    blocks = blocks_of(kind, {key for card in cards.values() for key in kind.keys(card)})
    wanted = {
        ordered(one, other)
        for block in blocks
        for one in block
        if one in cards
        for other in block
        if one != other
    }
    found = compare(kind, wanted, known=cards)
    _store(kind, found)
    _forget(kind, ids, found.keys())
    return len(found)


def write_keys(kind: Kind, ids: Collection[uuid.UUID], cards: Mapping[uuid.UUID, Any]) -> None:
    """Make the stored keys of these cards what their cards say; touches only what differs."""
    stored = kind.key_model.objects.filter(**{f"{kind.column}__in": ids})
    present = {(card, value): pk for pk, card, value in stored.values_list("pk", kind.column, "value")}
    wanted = {(pk, key) for pk, card in cards.items() for key in kind.keys(card)}
    stale = [pk for pair, pk in present.items() if pair not in wanted]
    fresh = [kind.key_model(**{kind.column: pk}, value=key) for pk, key in sorted(wanted - present.keys())]
    if stale:
        kind.key_model.objects.filter(pk__in=stale).delete()
    kind.key_model.objects.bulk_create(fresh, batch_size=2000, ignore_conflicts=True)


def blocks_of(kind: Kind, keys: Collection[str]) -> list[list[uuid.UUID]]:
    """List the cards that have each of these keys, without keys of too many cards."""
    rows = kind.key_model.objects.filter(value__in=keys).order_by().values("value")
    small = rows.annotate(n=Count("pk")).filter(n__lte=MAX_CARDS).annotate(cards=ArrayAgg(kind.column))
    return [cards for key, n, cards in small.values_list("value", "n", "cards") if n <= most_cards(key)]


def most_cards(key: str) -> int:
    """Return how many cards may have a key that still says something."""
    return MAX_NAMESAKES if key.startswith("n:") else MAX_CARDS


def compare(
    kind: Kind, pairs: Collection[Ids], *, known: Mapping[uuid.UUID, Any] | None = None
) -> dict[Ids, Score]:
    """Compare these pairs; return the likely ones."""
    cards = dict(known or {})
    if missing := {pk for pair in pairs for pk in pair} - cards.keys():
        cards |= kind.load(missing)
    counts = called(kind, cards.values())
    found = {}
    for one, other in pairs:
        if one in cards and other in cards:
            score = kind.score(cards[one], cards[other], counts)
            if score.is_likely:
                found[one, other] = score
    return found


def called(kind: Kind, cards: Iterable[Any]) -> dict[str, int]:
    """Count how many cards have the names of these; one query."""
    names = {key for card in cards if (key := kind.name_key(card))}
    rows = kind.key_model.objects.filter(value__in=names).order_by().values_list("value")
    return dict(rows.annotate(n=Count("pk"))) if names else {}


def _store(kind: Kind, found: Mapping[Ids, Score]) -> None:
    """Write pairs, the old ones with their new score; a decision that was made is left alone."""
    now = timezone.now()
    rows = [
        kind.pair_model(
            first_id=one, second_id=other, score=score.points, reasons=score.reasons, found_at=now
        )
        for (one, other), score in sorted(found.items())
    ]
    kind.pair_model.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["tenant", "first", "second"],
        update_fields=["score", "reasons", "found_at"],
    )


def _forget(kind: Kind, ids: Collection[uuid.UUID], found: Collection[Ids]) -> None:
    """Drop undecided pairs of these cards that are likely no more; those whose other side is gone may come back."""
    rows = kind.pair_model.objects.filter(Q(first__in=ids) | Q(second__in=ids), state=Pair.State.LIKELY)
    present = rows.filter(first__deleted_at=None, second__deleted_at=None)
    stale = [
        pk for pk, *pair in present.values_list("pk", "first_id", "second_id") if tuple(pair) not in found
    ]
    if stale:
        kind.pair_model.objects.filter(pk__in=stale, state=Pair.State.LIKELY).delete()


def ordered(one: uuid.UUID, other: uuid.UUID) -> Ids:
    """Write a pair the way it is stored."""
    return (one, other) if one < other else (other, one)


# --- While one types ---------------------------------------------------------------------------------
def alike(kind: Kind, typed: Any, *, least: int, limit: int) -> list[tuple[uuid.UUID, Score]]:
    """Find the cards most like one that is being typed, the likeliest first; five queries at most."""
    keys = kind.keys(typed)
    wanted = {pk for block in blocks_of(kind, keys) for pk in block} if keys else set()
    cards = kind.load(wanted) if wanted else {}
    counts = {name: count + 1 for name, count in called(kind, [typed]).items()} if cards else {}
    scores = [(pk, kind.score(typed, card, counts)) for pk, card in cards.items()]
    scores.sort(key=lambda found: (-found[1].points, found[0]))
    return [(pk, score) for pk, score in scores if score.points >= least][:limit]


# --- Over the whole base -----------------------------------------------------------------------------
def look_everywhere_for_both(*, tenant_id: int, progress: Progress) -> dict[str, int]:
    """Find every pair of contacts and of companies; return how many likely ones of each there are."""
    with tenant_scope(tenant_id):
        people, firms = (2 * kind.model.objects.present().count() for kind in (PEOPLE, FIRMS))
    total = people + firms
    return {
        "contacts": look_everywhere(
            PEOPLE, tenant_id=tenant_id, progress=lambda done, _all: progress(min(done, people), total)
        ),
        "companies": look_everywhere(
            FIRMS, tenant_id=tenant_id, progress=lambda done, _all: progress(min(people + done, total), total)
        ),
    }


def look_everywhere(kind: Kind, *, tenant_id: int, progress: Progress = lambda done, total: None) -> int:
    """Find every pair of a tenant in short transactions; return how many likely ones there are.

    `progress(done, total)` counts each card twice: when its keys are written and when it was compared.
    """
    with tenant_scope(tenant_id):
        total = kind.model.objects.present().count()
        started = timezone.now()
    for done in _rewrite_keys(kind, tenant_id):
        progress(min(done, total), 2 * total)
    for share in _compare_blocks(kind, tenant_id):
        progress(total + round(total * share), 2 * total)
    _drop_stale(kind, tenant_id, started)
    with tenant_scope(tenant_id):
        count: int = kind.pair_model.objects.likely().count()
    progress(2 * total, 2 * total)
    return count


def _rewrite_keys(kind: Kind, tenant_id: int) -> Iterator[int]:
    """Write the keys of all cards, those of gone ones away; yield how many cards are done."""
    after, done = uuid.UUID(int=0), 0
    while True:
        with tenant_scope(tenant_id):
            rows = kind.model.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
            ids = list(rows[:CARDS])
            if not ids:
                return
            write_keys(kind, ids, kind.load(ids))
        after, done = ids[-1], done + len(ids)
        yield done


def _compare_blocks(kind: Kind, tenant_id: int) -> Iterator[float]:
    """Compare all cards that have a key in common, key by key; yield the share that is done."""
    with tenant_scope(tenant_id):
        total = max(1, kind.key_model.objects.count())
    after, done = "", 0
    while True:
        with tenant_scope(tenant_id):
            rows = kind.key_model.objects.filter(value__gt=after).order_by("value").values("value")
            blocks = list(
                rows.annotate(n=Count("pk"), cards=ArrayAgg(kind.column)).values_list("value", "n", "cards")[
                    :BLOCKS
                ]
            )
            if not blocks:
                return
            for pairs in _pairs_in(cards for key, n, cards in blocks if 1 < n <= most_cards(key)):
                _store(kind, compare(kind, pairs))
        after, done = blocks[-1][0], done + sum(n for _key, n, _cards in blocks)
        yield min(1.0, done / total)


def _pairs_in(blocks: Iterable[Sequence[uuid.UUID]]) -> Iterator[set[Ids]]:
    """Pair up the cards of each block, each pair once in a bite."""
    pairs: set[Ids] = set()
    for block in blocks:
        pairs.update(itertools.combinations(sorted(block), 2))
        if len(pairs) >= PAIRS:
            yield pairs
            pairs = set()
    if pairs:
        yield pairs


def _drop_stale(kind: Kind, tenant_id: int, since: dt.datetime) -> None:
    """Drop undecided pairs that this run did not find: their cards have changed, or lost their common key."""
    with tenant_scope(tenant_id):
        kind.pair_model.objects.likely().filter(found_at__lt=since).delete()
