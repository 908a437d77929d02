"""Setting values on a record; the app's own service locks, permits, saves and tells (update_deal, update_contact …)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenants.custom_fields import values as kinds
from tenants.custom_fields.definitions import field_of, is_custom, names
from tenants.custom_fields.wording import kept
from tenants.models import CustomValued

Edit = dict[str, str]


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the values of columns from those of custom fields: (own, custom)."""
    own = {name: value for name, value in values.items() if not is_custom(name)}
    return own, {name: value for name, value in values.items() if is_custom(name)}


def set_custom(record: CustomValued, entity: str, values: Mapping[str, Any]) -> list[Edit]:
    """Set values on a record without saving it and say what changed, as the timeline keeps it.

    The record must be locked or new: the values are one column. Raises UnknownField and BadValue.
    """
    edits: list[Edit] = []
    if not values:
        return edits
    found, known = dict(record.custom_values), names()
    for key, given in values.items():
        field = field_of(entity, key)
        before, after = found.get(key), kinds.checked(field, given, known)
        if before == after:
            continue
        if after is None:
            del found[key]
        else:
            found[key] = after
        words = {"from": kept(field, before, known), "to": kept(field, after, known)}
        edits.append({"field": key, "label": field.name, "kind": field.kind} | words)
    record.custom_values = found  # a new object: the row that was read stays what it was
    return edits
