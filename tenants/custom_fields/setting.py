"""Setting values on a record; the app's own service locks, permits, saves and tells (update_deal, update_contact …)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tenants.custom_fields import values as kinds
from tenants.custom_fields.definitions import field_in, field_to_fill, is_custom, names
from tenants.custom_fields.files import note_held
from tenants.custom_fields.wording import kept
from tenants.models import CustomField, CustomValued

Edit = dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Carried:
    """A value a rule of ours brings to a record, whatever whoever is at work may see and fill."""

    value: Any


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the values of columns from those of custom fields: (own, custom)."""
    own = {name: value for name, value in values.items() if not is_custom(name)}
    return own, {name: value for name, value in values.items() if is_custom(name)}


def set_custom(record: CustomValued, entity: str, values: Mapping[str, Any]) -> list[Edit]:
    """Set values on a record without saving it and say what changed, as the timeline keeps it.

    The record must be locked or new: the values are one column. Raises UnknownField, BadValue, and FieldClosedToRole
    where whoever is looking may not fill the field (tenants.field_rights).
    """
    edits: list[Edit] = []
    if not values:
        return edits
    found, known = dict(record.custom_values), names()
    for key, given in values.items():
        if isinstance(given, Carried):
            field, given = field_in(entity, key), given.value
        else:
            field = field_to_fill(entity, key)
        before, after = found.get(key), kinds.checked(field, given, known)
        if before == after:
            continue
        if after is None:
            del found[key]
        else:
            found[key] = after
        if field.kind == CustomField.Kind.FILE:
            note_held(dropped=before, taken=after)
        words = {"from": kept(field, before, known), "to": kept(field, after, known)}
        edits.append({"field": key, "label": field.name, "kind": field.kind} | words)
    record.custom_values = found  # a new object: the row that was read stays what it was
    return edits
