"""What a lead's custom fields hand on when it becomes a contact, a company, a deal (L9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenants.custom_fields.definitions import Names, all_fields_of, names
from tenants.custom_fields.errors import BadValue
from tenants.custom_fields.values import Value, checked
from tenants.models import CustomField

LEAD, Kind = CustomField.Entity.LEAD, CustomField.Kind


def lead_fields_for(field: CustomField) -> list[CustomField]:
    """List the lead's fields that can fill a field: of its kind, and of its directory where it has one."""
    return [one for one in all_fields_of(LEAD) if _fits(one, field)]


def carried(values: Mapping[str, Any], entity: str) -> dict[str, Value]:
    """Translate the values of a lead into those of what it becomes, by keys; what does not fit there stays behind.

    Options of choices are found by their names, because each field has its own.
    """
    found: dict[str, Value] = {}
    if not values:
        return found
    for field in all_fields_of(entity):
        source = _source_of(field)
        if source is None or source.key not in values:
            continue
        value = _translated(source, field, values[source.key], names())
        if value is not None:
            found[field.key] = value
    return found


def _source_of(field: CustomField) -> CustomField | None:
    """Find the lead's field that fills a field: the chosen one, else the one of its name and kind."""
    if field.lead_field:
        return next((one for one in lead_fields_for(field) if one.key == field.lead_field), None)
    name = field.name.casefold()
    return next((one for one in lead_fields_for(field) if one.name.casefold() == name), None)


def _fits(source: CustomField, field: CustomField) -> bool:
    if source.kind != field.kind:
        return False
    return field.kind != Kind.ELEMENT or source.directory_id == field.directory_id


def _translated(source: CustomField, field: CustomField, value: Any, known: Names) -> Value | None:
    if field.has_options:
        ids = {name.casefold(): pk for pk, name in known.elements_of(field).items()}
        given = value if isinstance(value, list) else [value]
        fitting = [ids[name] for pk in given if (name := known.element(pk).casefold()) in ids]
        value = fitting if isinstance(value, list) else next(iter(fitting), None)
    try:
        return checked(field, value, known)
    except BadValue:
        return None
