"""Phones, addresses and messenger ids of a contact."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from contacts.identity.keys import Key
from contacts.models import Contact, IdentityKey
from contacts.search_text import refresh_contact
from contacts.services.contacts import free_keys, insert_keys
from contacts.services.history import record_change
from tenants.models import Membership


@transaction.atomic
def add_key(*, contact: Contact, key: Key, by: Membership | None, now: dt.datetime) -> IdentityKey:
    """Add a key; return the one that is there when the contact has it; raise ContactKeyTaken else."""
    present = contact.keys.filter(kind=key.kind, value=key.value).first()
    if present is not None:
        return present
    free_keys([key])
    [row] = insert_keys(contact, [key])
    refresh_contact(contact)
    record_change(subject=contact, by=by, now=now, code="key_added", kind=key.kind, value=key.value)
    return row


@transaction.atomic
def update_key(
    *,
    key: IdentityKey,
    by: Membership | None,
    now: dt.datetime,
    label: str | None = None,
    is_primary: bool = False,
) -> IdentityKey:
    """Label a key, or make it the first of its kind."""
    if label is not None and label != key.label:
        key.label = label[:40]
        key.save(update_fields=["label"])
    if is_primary and not key.is_primary:
        IdentityKey.objects.filter(contact=key.contact_id, kind=key.kind, is_primary=True).update(
            is_primary=False
        )
        key.is_primary = True
        key.save(update_fields=["is_primary"])
    return key


@transaction.atomic
def remove_key(*, key: IdentityKey, by: Membership | None, now: dt.datetime) -> None:
    """Remove a key; the oldest of its kind becomes the primary one."""
    contact = key.contact
    key.delete()
    if key.is_primary and (heir := contact.keys.filter(kind=key.kind).order_by("created_at").first()):
        heir.is_primary = True
        heir.save(update_fields=["is_primary"])
    refresh_contact(contact)
    record_change(subject=contact, by=by, now=now, code="key_removed", kind=key.kind, value=key.value)
