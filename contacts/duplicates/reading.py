"""Pairs of likely duplicates as pages show them: both cards side by side, with the reasons; a constant number of queries."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from contacts.duplicates.finding import kind_of
from contacts.duplicates.wording import level_of, level_text, reasons_text
from contacts.keys_shown import employers, shown_keys
from contacts.models import Company, Contact, Pair
from core.listing.keyset import beyond
from tenants.access import Action
from tenants.models import Membership

PAGE = 20
SHOWN_ON_CARD = 5
LEVELS = {"sure": 80, "likely": 65, "maybe": 0}


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One card of a pair."""

    id: uuid.UUID
    title: str
    url: str
    lines: Sequence[str]  # what tells it apart: company, phones, addresses
    owner: str


@dataclasses.dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair, ready to print."""

    id: uuid.UUID
    first: Side
    second: Side
    points: int
    level: str
    level_text: str
    reasons: str
    merge_url: str  # empty where the member may not edit both
    decision: str  # who said that they are not the same; empty while nobody has
    decided_at: Any

    def other_than(self, client: Contact | Company) -> Side:
        """Return the card that the client is compared with."""
        return self.second if self.first.id == client.pk else self.first


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A page of pairs, the likeliest first."""

    pairs: Sequence[ShownPair]
    next_cursor: str


def pairs_for(member: Membership, model: type[Contact] | type[Company]) -> Any:
    """All pairs both sides of which the member may see."""
    seen = model.objects.visible_to(member)
    return kind_of(model).pair_model.objects.filter(first__in=seen, second__in=seen)


def page_of_pairs(
    member: Membership, model: type[Contact] | type[Company], *, state: str, level: str, cursor: str
) -> Page:
    """Read one page; `level` is the least sure one shown, `cursor` where the page before ended."""
    rows = pairs_for(member, model).filter(state=state, score__gte=LEVELS.get(level, 0))
    if (place := _read_cursor(cursor)) is not None:
        points, pk = place
        rows = rows.filter(beyond("score", points, pk, is_descending=True))
    found = list(rows.select_related("decided_by").order_by("-score", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    after = _cursor(shown[-1].score, shown[-1].pk) if len(found) > PAGE else ""
    return Page(shown_pairs(shown, member, model), after)


def pairs_of(client: Contact | Company, member: Membership) -> tuple[list[ShownPair], int]:
    """The likely pairs of one card, the likeliest first, and how many there are."""
    rows = pairs_for(member, type(client)).of(client).filter(state=Pair.State.LIKELY)
    found = list(rows.select_related("decided_by").order_by("-score", "-pk")[: SHOWN_ON_CARD + 1])
    count = len(found) if len(found) <= SHOWN_ON_CARD else rows.count()
    return shown_pairs(found[:SHOWN_ON_CARD], member, type(client)), count


def shown_pairs(
    rows: Sequence[Any], member: Membership, model: type[Contact] | type[Company]
) -> list[ShownPair]:
    """Format pairs; four queries, whatever their number."""
    ids = {pk for row in rows for pk in (row.first_id, row.second_id)}
    sides = _sides(model, ids)
    editable = set(
        model.objects.visible_to(member, Action.EDIT).filter(pk__in=ids).values_list("pk", flat=True)
    )
    return [
        _shown(row, sides, editable, model)
        for row in rows
        if row.first_id in sides and row.second_id in sides
    ]


def _shown(
    row: Any, sides: Mapping[uuid.UUID, Side], editable: set[uuid.UUID], model: type[Contact] | type[Company]
) -> ShownPair:
    may_merge = row.first_id in editable and row.second_id in editable
    name = "contacts:merge" if model is Contact else "contacts:company_merge"
    return ShownPair(
        id=row.pk,
        first=sides[row.first_id],
        second=sides[row.second_id],
        points=row.score,
        level=level_of(row.score),
        level_text=level_text(row.score),
        reasons=reasons_text(row.reasons),
        merge_url=f"{reverse(name)}?ids={row.first_id}&ids={row.second_id}" if may_merge else "",
        decision=row.decided_by.name if row.decided_by else "",
        decided_at=row.decided_at,
    )


def _sides(model: type[Contact] | type[Company], ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Side]:
    if model is Contact:
        people = (
            Contact.objects.filter(pk__in=ids)
            .select_related("owner")
            .prefetch_related("keys", "memberships__company")
        )
        return {one.pk: _person(one) for one in people}
    firms = (
        Company.objects.filter(pk__in=ids).select_related("owner").prefetch_related("points", "legal_details")
    )
    return {one.pk: _firm(one) for one in firms}


def _person(contact: Any) -> Side:
    companies = employers(contact)
    keys = [f"{key.kind_label} {key.text}" if key.kind not in ("phone", "email") else key.text
            for key in shown_keys(contact.keys.all())[:4]]  # fmt: skip
    return Side(
        contact.pk,
        str(contact),
        reverse("contacts:detail", args=[contact.pk]),
        [line for line in (", ".join(companies[:2]), *keys) if line],
        contact.owner.name if contact.owner else "",
    )


def _firm(company: Any) -> Side:
    inns = [
        f"{details.inn} / {details.kpp}".rstrip(" /")
        for details in company.legal_details.all()
        if details.inn
    ]
    keys = [key.text for key in shown_keys(company.points.all())[:3]]
    return Side(
        company.pk,
        company.name,
        reverse("contacts:company_detail", args=[company.pk]),
        [line for line in (*inns[:2], *keys, company.site, company.address) if line],
        company.owner.name if company.owner else "",
    )


def _cursor(points: int, pk: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([points, str(pk)]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[int, uuid.UUID] | None:
    """Read a place; None for anything that isn't one."""
    try:
        points, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return int(points), uuid.UUID(pk)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None
