"""The contact behind a set of keys, found or made; racing makers meet at the unique key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from contacts.folding import bare_company_name
from contacts.identity.keys import Key, any_of, clean, stored
from contacts.models import Company, CompanyMember, Contact, IdentityKey, Source
from contacts.names import split_name
from contacts.search_text import refresh_contact
from contacts.survivors import followed
from tenants.models import Membership


def find_contact(keys: Sequence[Key]) -> Contact | None:
    """Find the contact that owns one of the keys; where several do, the earliest key decides."""
    return _owner_of(keys, with_deleted=False)


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
) -> tuple[Contact, bool]:
    """Return the contact of these keys and whether it was made now.

    A contact that is there learns the new keys and fills its empty fields, and comes back if it had
    been deleted; a merged one sends to the card it became part of. A company is linked when one of that
    name is known; none is made from a name alone.
    """
    known: dict[str, Any] = {
        "name": clean(name, 200),
        "position": clean(position, 150),
        "language": clean(language, 10),
        "source": source,
        "owner": owner,
    }
    contact = _owner_of(keys, with_deleted=True)
    if contact is None:
        try:
            with transaction.atomic():
                made = _create(known, keys, company_name, now, by)
            return made, True
        except IntegrityError:
            contact = _owner_of(keys, with_deleted=True)
            if contact is None:
                raise
    _learn(contact, known, keys, company_name)
    return contact, False


def _owner_of(keys: Sequence[Key], *, with_deleted: bool) -> Contact | None:
    if not keys:
        return None
    rows = IdentityKey.objects.filter(any_of(keys)).select_related("contact")
    owners = {(row.kind, row.value): followed(row.contact) for row in rows}
    ordered = [owners[key.kind, key.value] for key in keys if (key.kind, key.value) in owners]
    present = [contact for contact in ordered if contact.deleted_at is None]
    return next(iter(present or (ordered if with_deleted else [])), None)


def _create(
    known: dict[str, Any], keys: Sequence[Key], company_name: str, now: dt.datetime, by: Membership | None
) -> Contact:
    parts = split_name(known["name"])
    contact = Contact.objects.create(
        last_name=parts.last,
        first_name=parts.first,
        middle_name=parts.middle,
        created_at=now,
        created_by=by,
        **known,
    )
    _add_keys(contact, keys, is_new=True)
    _link(contact, company_name, known["position"])
    refresh_contact(contact)
    return contact


def _add_keys(contact: Contact, keys: Sequence[Key], *, is_new: bool) -> None:
    """Insert the keys in one order everywhere, so that racing makers wait and never deadlock."""
    primary: set[str] = set() if is_new else {key.kind for key in contact.keys.all() if key.is_primary}
    rows = []
    for key in {(key.kind, key.value): key for key in reversed(keys)}.values():
        rows.append(stored(key, contact=contact))
    for row in reversed(rows):  # the first of its kind, as given, is the primary one
        row.is_primary = row.kind not in primary
        primary.add(row.kind)
    rows.sort(key=lambda row: (row.kind, row.value))
    IdentityKey.objects.bulk_create(rows, ignore_conflicts=not is_new)


def _learn(contact: Contact, known: dict[str, Any], keys: Sequence[Key], company_name: str) -> None:
    mine = {(key.kind, key.value) for key in contact.keys.all()}
    fresh = [key for key in keys if (key.kind, key.value) not in mine]
    if fresh:
        _add_keys(contact, fresh, is_new=False)
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


def _link(contact: Contact, company_name: str, position: str) -> None:
    bare = bare_company_name(company_name)
    if not bare:
        return
    company = Company.objects.present().named(company_name).first()
    if company is not None:
        CompanyMember.objects.get_or_create(company=company, contact=contact, defaults={"position": position})
