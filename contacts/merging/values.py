"""Fields of the card that stays: given by the merge, and put back by its undo."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from contacts.models import Company, Contact, Merge
from contacts.services.bulk import MAX_TAGS

Client = Contact | Company
# What a person chooses between; the rest follows by itself.
CONTACT_FIELDS = (
    "name", "last_name", "first_name", "middle_name", "position", "kind", "city", "source", "owner", "tags", "language",
    "time_zone", "consented_at", "comment",
)  # fmt: skip
COMPANY_FIELDS = (
    "name", "client_type", "industry", "site", "city", "address", "potential", "is_potential_regular", "turnover", "currency",
    "headcount", "head_company", "source", "owner", "tags", "comment",
)  # fmt: skip
# What belongs together and comes from one card.
CONTACT_TOGETHER = (("name", "last_name", "first_name", "middle_name"),)
COMPANY_TOGETHER = (("potential", "is_potential_regular", "turnover", "currency"),)
MAX_LEVELS = 50  # of head companies


def fields_of(model: type[Any]) -> tuple[str, ...]:
    """List the fields whose value is chosen when cards of a model are merged."""
    return CONTACT_FIELDS if model is Contact else COMPANY_FIELDS


def give(survivor: Client, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the values that differ and save them; return {column: [before, after]} as JSON."""
    changed = {}
    for name, value in values.items():
        before = _plain(survivor, name)
        setattr(survivor, name, value)
        if (after := _plain(survivor, name)) != before:
            changed[name] = [before, after]
    survivor.save(update_fields=list(changed))
    return changed


def completed(survivor: Client, others: Sequence[Client], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen values, and for the rest, custom fields too, what the survivor has or else the first of the others.

    Names, and sums with their currency, are taken whole from one card. A head company that is one of the cards, or
    that would now stand below itself, is none.
    """
    found = dict(chosen)
    for group in _groups(type(survivor)):
        if group[0] not in chosen:
            giver = next((card for card in (survivor, *others) if _is_filled(card, group)), survivor)
            found |= {name: getattr(giver, name) for name in group}
    if "tags" not in chosen:
        found["tags"] = list(dict.fromkeys(tag for card in (survivor, *others) for tag in card.tags))[
            :MAX_TAGS
        ]
    # Nobody is asked about custom fields one by one: what the survivor lacks the first of the others gives.
    found["custom_values"] = {
        key: value for card in (*reversed(others), survivor) for key, value in card.custom_values.items()
    }
    if "head_company" in found:
        found["head_company"] = _head(found["head_company"], {survivor.pk, *(card.pk for card in others)})
    return found


def _groups(model: type[Any]) -> Iterable[tuple[str, ...]]:
    together = CONTACT_TOGETHER if model is Contact else COMPANY_TOGETHER
    grouped = {name for group in together for name in group}
    return (*together, *((name,) for name in fields_of(model) if name not in grouped))


def _is_filled(card: Client, group: tuple[str, ...]) -> bool:
    """Say whether a card has anything of what belongs together; a currency and a tick alone are nothing."""
    return any(getattr(card, name) not in (None, "", [], False) for name in group if name != "currency")


def _head(head: Company | None, involved: set[uuid.UUID]) -> Company | None:
    step, steps = head, 0
    while step is not None and steps < MAX_LEVELS:
        if step.pk in involved:
            return None
        step, steps = step.head_company, steps + 1
    return head


def what_follows(survivor: Client, others: Iterable[Client]) -> dict[str, Any]:
    """Values nobody chooses: known since the earliest day, last heard of on the latest."""
    cards = [survivor, *others]
    first = min(cards, key=lambda card: (card.created_at, card.pk))
    heard = [card.last_activity_at for card in cards if card.last_activity_at is not None]
    return {
        "created_at": first.created_at,
        "created_by_id": first.created_by_id,
        "last_activity_at": max(heard, default=None),
    }


def take_back(merge: Merge, survivor: Client) -> None:
    """Put the fields back as far as nobody has changed them since.

    Where a later merge has changed a field again, that one learns what it would have found without this one.
    """
    later = list(_later(merge))
    restored = []
    for name, (before, after) in merge.values.items():
        field: Any = survivor._meta.get_field(name.removesuffix("_id"))
        heir = next((other for other in later if name in other.values), None)
        if heir is not None:
            if field.to_python(heir.values[name][0]) == field.to_python(after):
                heir.values[name][0] = before
                heir.save(update_fields=["values"])
        elif getattr(survivor, field.attname) == field.to_python(after):
            setattr(survivor, field.attname, field.to_python(before))
            restored.append(name)
    survivor.save(update_fields=restored)


def _later(merge: Merge) -> Iterable[Merge]:
    same = Merge.objects.filter(contact=merge.contact_id, company=merge.company_id, undone_at=None)
    return same.filter(pk__gt=merge.pk).order_by("pk")


def _plain(card: Client, name: str) -> Any:
    """Write a field's value as JSON; a reference by its id."""
    field: Any = card._meta.get_field(name.removesuffix("_id"))
    value = getattr(card, field.attname)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID | Decimal) else value
