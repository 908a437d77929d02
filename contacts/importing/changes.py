"""What a row changes of a record, and values as a bite keeps them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from contacts.services.bulk import MAX_TAGS
from tenants.custom_fields.definitions import is_custom

NEVER = frozenset({"created_at", "received_at"})  # of a record that is there


def changed_values(
    get: Callable[[str], Any], given: Mapping[str, Any], *, overwrites: bool
) -> dict[str, Any]:
    """Choose what a record gets: empty fields always, others where one overwrites; tags only grow."""
    changed: dict[str, Any] = {}
    for name, value in given.items():
        if name in NEVER or is_empty(value):
            continue
        present = get(name)
        if name == "tags":
            joined = list(dict.fromkeys([*(present or []), *value]))[:MAX_TAGS]
            if joined != (present or []):
                changed[name] = joined
        elif present != value and (overwrites or is_empty(present)):
            changed[name] = value
    return changed


def is_empty(value: Any) -> bool:
    """Say whether a value says nothing; zero and no say something."""
    return value is None or value == "" or value == []


def plain(model: Any, name: str, value: Any) -> Any:
    """Write a field's value in JSON: references as ids; a custom field's is JSON already."""
    if is_custom(name):
        return value
    field = model._meta.get_field(name)
    if field.is_relation:
        return str(value.pk) if value is not None else None
    return str(value) if isinstance(value, dt.date | Decimal | uuid.UUID) else value


def restored(model: Any, name: str, value: Any) -> Any:
    """Read what plain() wrote: the id of a reference, else the value."""
    if is_custom(name):
        return value
    field = model._meta.get_field(name)
    if field.is_relation:
        return uuid.UUID(value) if value else None
    return field.to_python(value)
