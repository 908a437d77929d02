"""The contact behind a set of keys, found or made; racing makers meet at the unique key."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from contacts.folding import bare_company_name
from contacts.identity.keys import Key, any_of, clean, stored
from contacts.models import Company, CompanyMember, Contact, IdentityKey, Source
from contacts.names import split_name
from contacts.search_text import contact_text, refresh_contact
from contacts.survivors import followed
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody nobody knows yet, as get_or_create_contact() would hear of them."""

    name: str
    keys: Sequence[Key]
    source: Source | None = None
    language: str = ""
    company_name: str = ""
    position: str = ""
    heard_at: dt.datetime | None = None


def find_contact(keys: Sequence[Key]) -> Contact | None:
    """Find the contact that owns one of the keys; where several do, the earliest key decides."""
    return _chosen(keys, _owners_of(keys), with_deleted=False)


def get_or_create_contact(
    *,
    name: str,
    keys: Sequence[Key],
    source: Source | None = None,
    owner: Membership | None = None,
    now: dt.datetime,
    by: Membership | None = None,
    language: str = "",
    company_name: str = "",
    position: str = "",
    heard_at: dt.datetime | None = None,
) -> tuple[Contact, bool]:
    """Return the contact of these keys and whether it was made now.

    A contact that is there learns the new keys and fills its empty fields, and comes back if it had
    been deleted; a merged one sends to the card it became part of. A company is linked when one of that
    name is known; none is made from a name alone. `heard_at` is when a new one said something.
    """
    known: dict[str, Any] = {
        "name": clean(name, 200),
        "position": clean(position, 150),
        "language": clean(language, 10),
        "source": source,
        "owner": owner,
    }
    owners = _owners_of(keys)
    contact = _chosen(keys, owners, with_deleted=True)
    if contact is None:
        try:
            with transaction.atomic():
                made = _create(known | {"last_activity_at": heard_at}, keys, company_name, now, by)
            return made, True
        except IntegrityError:
            owners = _owners_of(keys)
            contact = _chosen(keys, owners, with_deleted=True)
            if contact is None:
                raise
    others = [key for key in keys if owners.get((key.kind, key.value)) != contact]
    _learn(contact, known, others, company_name)
    return contact, False


def taken_among(keys: Iterable[Key]) -> set[tuple[str, str]]:
    """Tell which of many keys somebody has. One query."""
    by_kind: dict[str, set[str]] = {}
    for key in keys:
        by_kind.setdefault(key.kind, set()).add(key.value)
    condition = Q(pk__in=[])
    for kind, values in by_kind.items():
        condition |= Q(kind=kind, value__in=values)
    return set(IdentityKey.objects.filter(condition).values_list("kind", "value"))


def create_contacts(newcomers: Sequence[Newcomer], *, now: dt.datetime) -> list[Contact]:
    """Make contacts of people none of whose keys anybody has, in a few statements for all of them.

    Raises IntegrityError where somebody has got one of the keys meanwhile.
    """
    drafts = [_draft(_known(one), one.keys, one.company_name, now, None) for one in newcomers]
    Contact.objects.bulk_create([draft.contact for draft in drafts])
    rows = [row for draft in drafts for row in draft.rows]
    IdentityKey.objects.bulk_create(_in_one_order(rows))
    CompanyMember.objects.bulk_create([draft.place for draft in drafts if draft.place is not None])
    return [draft.contact for draft in drafts]


def _known(newcomer: Newcomer) -> dict[str, Any]:
    return {
        "name": clean(newcomer.name, 200),
        "position": clean(newcomer.position, 150),
        "language": clean(newcomer.language, 10),
        "source": newcomer.source,
        "last_activity_at": newcomer.heard_at,
    }


_Owners = dict[tuple[str, str], Contact]


def _owners_of(keys: Sequence[Key]) -> _Owners:
    """Map each key that somebody has to who that is by now. One query, as long as nobody was merged."""
    if not keys:
        return {}
    rows = IdentityKey.objects.filter(any_of(keys)).select_related("contact")
    return {(row.kind, row.value): followed(row.contact) for row in rows}


def _chosen(keys: Sequence[Key], owners: _Owners, *, with_deleted: bool) -> Contact | None:
    ordered = [owners[key.kind, key.value] for key in keys if (key.kind, key.value) in owners]
    present = [contact for contact in ordered if contact.deleted_at is None]
    return next(iter(present or (ordered if with_deleted else [])), None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Draft:
    """A contact that is not stored yet, its keys, and its place in a company that is known."""

    contact: Contact
    rows: list[IdentityKey]
    place: CompanyMember | None


def _create(
    known: dict[str, Any], keys: Sequence[Key], company_name: str, now: dt.datetime, by: Membership | None
) -> Contact:
    draft = _draft(known, keys, company_name, now, by)
    draft.contact.save(force_insert=True)
    IdentityKey.objects.bulk_create(draft.rows)
    if draft.place is not None:
        draft.place.save(force_insert=True)
    return draft.contact


def _draft(
    known: dict[str, Any], keys: Sequence[Key], company_name: str, now: dt.datetime, by: Membership | None
) -> _Draft:
    parts = split_name(known["name"])
    company = _company_named(company_name)
    contact = Contact(
        last_name=parts.last,
        first_name=parts.first,
        middle_name=parts.middle,
        created_at=now,
        created_by=by,
        **known,
    )
    rows = _rows(contact, keys, primary=set())
    contact.search_text = contact_text(
        contact, [company.name] if company else [], ((row.kind, row.value) for row in rows)
    )
    place = CompanyMember(company=company, contact=contact, position=known["position"]) if company else None
    return _Draft(contact, rows, place)


def _rows(contact: Contact, keys: Sequence[Key], *, primary: set[str]) -> list[IdentityKey]:
    """Make rows of the keys in one order everywhere, so that racing makers wait and never deadlock.

    `primary` are the kinds that have a primary key already.
    """
    rows = []
    for key in {(key.kind, key.value): key for key in reversed(keys)}.values():
        rows.append(stored(key, contact=contact))
    for row in reversed(rows):  # the first of its kind, as given, is the primary one
        row.is_primary = row.kind not in primary
        primary.add(row.kind)
    return _in_one_order(rows)


def _in_one_order(rows: Iterable[IdentityKey]) -> list[IdentityKey]:
    return sorted(rows, key=lambda row: (row.kind, row.value))


def _learn(contact: Contact, known: dict[str, Any], others: Sequence[Key], company_name: str) -> None:
    """Give a contact what it has not yet; `others` are keys it was not found by."""
    fresh = _fresh(contact, others) if others else []
    values = {field: value for field, value in known.items() if value and not getattr(contact, field)}
    if "name" in values:
        parts = split_name(values["name"])
        values |= {"last_name": parts.last, "first_name": parts.first, "middle_name": parts.middle}
    if contact.deleted_at is not None:
        values["deleted_at"] = None
    for field, value in values.items():
        setattr(contact, field, value)
    if values:
        contact.save(update_fields=list(values))
    _link(contact, company_name, known["position"])
    if fresh or values:
        refresh_contact(contact)


def _fresh(contact: Contact, keys: Sequence[Key]) -> list[Key]:
    """Add the keys the contact has not, and return them; what belongs to somebody else stays there."""
    present = list(contact.keys.all())
    mine = {(key.kind, key.value) for key in present}
    fresh = [key for key in keys if (key.kind, key.value) not in mine]
    primary = {key.kind for key in present if key.is_primary}
    IdentityKey.objects.bulk_create(_rows(contact, fresh, primary=primary), ignore_conflicts=True)
    return fresh


def _link(contact: Contact, company_name: str, position: str) -> None:
    company = _company_named(company_name)
    if company is not None:
        CompanyMember.objects.get_or_create(company=company, contact=contact, defaults={"position": position})


def _company_named(name: str) -> Company | None:
    if not bare_company_name(name):
        return None
    found: Company | None = Company.objects.present().named(name).first()
    return found
