"""Making, changing and removing contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.conflicts import refuse_changed
from contacts.duplicates.waiting import compare_later
from contacts.identity.keys import Key, any_of, stored
from contacts.models import Contact, IdentityKey
from contacts.names import join_name, split_name
from contacts.search_text import refresh_contact
from contacts.services.history import apply, apply_custom, record_change, record_fields
from contacts.survivors import CardIsMerged, followed
from core.errors import Conflict
from tenants.custom_fields import setting
from tenants.models import Membership

_PARTS = ("last_name", "first_name", "middle_name")


class ContactKeyTaken(Conflict):
    """The phone or address belongs to another contact; `details["contact"]` is that one."""

    code = "contact_key_taken"

    def default_message(self) -> str | Promise:
        return _("This phone or address already belongs to another contact.")


@transaction.atomic
def create_contact(
    *, by: Membership | None, now: dt.datetime, keys: Sequence[Key] = (), **fields: Any
) -> Contact:
    """Create a contact with its keys; custom fields go by theirs. Raises ContactKeyTaken, UnknownField, BadValue."""
    free_keys(keys)
    own, custom = setting.split(fields)
    contact = Contact(created_at=now, created_by=by, **named(own))
    apply_custom(contact, custom)
    contact.save(force_insert=True)
    insert_keys(contact, keys)
    refresh_contact(contact)
    record_change(subject=contact, by=by, now=now, code="contact_created")
    return contact


@transaction.atomic
def update_contact(
    *, contact: Contact, by: Membership | None, now: dt.datetime, mark: str = "", **values: Any
) -> Contact:
    """Change fields of a contact, custom ones by their keys; only what really differs is written and recorded.

    `mark` is what the fields held when a form was opened. Raises FieldChangedMeanwhile, UnknownField, BadValue.
    """
    refuse_changed(contact, values, mark, now=now)
    own, custom = setting.split(values)
    edits = apply_custom(contact, custom)
    before = apply(contact, renamed(contact, own))
    if before or edits:
        contact.save(update_fields=[*before, *(["custom_values"] if edits else [])])
        refresh_contact(contact)
        shown_name = {name: old for name, old in before.items() if name not in _PARTS}
        record_fields(subject=contact, before=shown_name, by=by, now=now, custom=edits)
    return contact


@transaction.atomic
def delete_contact(*, contact: Contact, by: Membership | None, now: dt.datetime) -> None:
    """Take a contact away; its history stays, and its next inquiry brings it back."""
    contact.deleted_at = now
    contact.save(update_fields=["deleted_at"])
    compare_later(contact)
    record_change(subject=contact, by=by, now=now, code="contact_deleted")


@transaction.atomic
def restore_contact(*, contact: Contact, by: Membership | None, now: dt.datetime) -> None:
    """Undo a deletion. Raises CardIsMerged."""
    if contact.merged_into_id is not None:
        raise CardIsMerged(survivor=contact.merged_into_id)
    contact.deleted_at = None
    contact.save(update_fields=["deleted_at"])
    compare_later(contact)
    record_change(subject=contact, by=by, now=now, code="contact_restored")


def free_keys(keys: Sequence[Key]) -> None:
    """Refuse keys of other contacts; keys of deleted ones are given up to whoever uses them now."""
    for row in (
        IdentityKey.objects.filter(any_of(keys)).select_related("contact").select_for_update(of=("self",))
    ):
        owner = followed(row.contact)
        if owner.deleted_at is None:
            raise ContactKeyTaken(
                _("%(value)s already belongs to %(name)s.") % {"value": row.value, "name": owner},
                contact=owner,
            )
        row.delete()


def insert_keys(contact: Contact, keys: Sequence[Key]) -> list[IdentityKey]:
    """Add keys; where somebody was faster raise ContactKeyTaken."""
    primary = set(contact.keys.filter(is_primary=True).values_list("kind", flat=True))
    rows = []
    for key in {(key.kind, key.value): key for key in keys}.values():
        rows.append(stored(key, contact=contact, is_primary=key.kind not in primary))
        primary.add(key.kind)
    try:
        with transaction.atomic():
            IdentityKey.objects.bulk_create(sorted(rows, key=lambda row: (row.kind, row.value)))
    except IntegrityError as error:
        taken = IdentityKey.objects.filter(any_of(keys)).exclude(contact=contact).first()
        raise ContactKeyTaken(contact=taken.contact if taken else None) from error
    return rows


def named(fields: dict[str, Any]) -> dict[str, Any]:
    """Fill the shown name from its parts, or the parts from the shown name."""
    if fields.get("name") and not any(fields.get(part) for part in _PARTS):
        parts = split_name(fields["name"])
        return fields | {"last_name": parts.last, "first_name": parts.first, "middle_name": parts.middle}
    if not fields.get("name"):
        return fields | {"name": join_name(*(fields.get(part, "") for part in _PARTS))}
    return fields


def renamed(contact: Contact, values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values and values["name"] != contact.name and not any(part in values for part in _PARTS):
        return named(dict.fromkeys(_PARTS, "") | values)
    if any(part in values for part in _PARTS) and "name" not in values:
        parts = [values.get(part, getattr(contact, part)) for part in _PARTS]
        return values | {"name": join_name(*parts)}
    return values
