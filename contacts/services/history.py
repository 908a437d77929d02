"""Timeline entries of changes to clients.

The timeline belongs to the app above, so it is reached through the client's own relation, by name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contacts.categories import recorded
from contacts.models import Company, CompanyCategory, Contact
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership

_QUIET = {"search_text", "bare_name", "last_activity_at", "deleted_at"}
_LONG = 300


def record_change(
    *, subject: Contact | Company, by: Membership | None, now: dt.datetime, code: str, **data: Any
) -> None:
    """Write one entry into the client's timeline; activities.changes knows the sentence of each code."""
    line: Any = subject.activities
    line.create(kind="change", author=by, occurred_at=now, created_at=now, data={"code": code} | data)


def record_fields(
    *,
    subject: Contact | Company,
    before: Mapping[str, Any],
    by: Membership | None,
    now: dt.datetime,
    custom: Sequence[setting.Edit] = (),
) -> None:
    """Write which fields changed, custom ones as set_custom says it; a new responsible is said in its own sentence."""
    for data in field_entries(subject, before, custom):
        record_change(subject=subject, by=by, now=now, **data)


def field_entries(
    subject: Contact | Company, before: Mapping[str, Any], custom: Sequence[setting.Edit] = ()
) -> list[dict[str, Any]]:
    """Say what the entries of changed fields hold: {"code": …} and its values."""
    changed = {name: old for name, old in before.items() if name not in _QUIET}
    entries: list[dict[str, Any]] = []
    if "owner" in changed:
        old, new = changed.pop("owner"), subject.owner
        entries.append({"code": "owner_changed", "from": shown(old), "to": shown(new)})
    fields = [
        {"field": name, "from": _kept(name, old), "to": _kept(name, getattr(subject, name))}
        for name, old in changed.items()
    ]
    fields += custom
    if fields:
        entries.append({"code": "fields_changed", "model": subject._meta.label, "fields": fields})
    return entries


def record_many(
    entries: Iterable[tuple[Contact | Company, Mapping[str, Any]]], *, by: Membership | None, now: dt.datetime
) -> None:
    """Write entries into many timelines at once: each client with what its entry holds."""
    rows: list[Any] = []
    for subject, data in entries:
        line: Any = subject.activities
        about = {line.field.name: subject}
        rows.append(
            line.model(kind="change", author=by, occurred_at=now, created_at=now, data=dict(data), **about)
        )
    if rows:
        type(rows[0]).objects.bulk_create(rows, batch_size=1000)


def record_owners(
    *,
    subjects: Sequence[Contact] | Sequence[Company],
    before: Membership,
    after: Membership,
    by: Membership | None,
    now: dt.datetime,
) -> None:
    """Write into many timelines at once that the responsible changed."""
    if not subjects:
        return
    line: Any = subjects[0].activities
    data = {"code": "owner_changed", "from": shown(before), "to": shown(after)}
    about = line.field.name
    entry = {"kind": "change", "author": by, "occurred_at": now, "created_at": now, "data": data}
    line.model.objects.bulk_create((line.model(**{about: one}, **entry) for one in subjects), batch_size=1000)


def _kept(name: str, value: Any) -> str:
    return recorded(name, value) if name in CompanyCategory.Kind.values else shown(value)


def shown(value: Any) -> str:
    """Write a value as the history keeps it: names, not ids; codes of choices stay codes."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)[:_LONG]


def apply_custom(subject: Contact | Company, values: Mapping[str, Any]) -> list[setting.Edit]:
    """Set custom fields on top of what the row holds now and say what changed; nothing is saved.

    The row is locked: all custom fields are one column, and of two people who set different ones both are kept.
    """
    if not values:
        return []
    if not subject._state.adding:
        row = type(subject).objects.select_for_update(no_key=True).filter(pk=subject.pk)
        subject.custom_values = row.values_list("custom_values", flat=True).first() or {}
    return setting.set_custom(subject, entity_of(subject), values)


def entity_of(subject: Contact | Company) -> str:
    """Name the entity whose custom fields the client has."""
    return CustomField.Entity.CONTACT if isinstance(subject, Contact) else CustomField.Entity.COMPANY


def apply(subject: Contact | Company, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the values that differ and return what they were; nothing is saved."""
    before = {
        name: getattr(subject, name) for name, value in values.items() if getattr(subject, name) != value
    }
    for name in before:
        setattr(subject, name, values[name])
    return before
