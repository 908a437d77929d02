"""The custom fields of one record as its page shows them: in groups, those not always shown folded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from tenants.custom_fields.definitions import field_of, fields_of, names
from tenants.custom_fields.wording import text_of
from tenants.field_rights import fills
from tenants.models import CustomField, CustomValued

Kind = CustomField.Kind
Address = Callable[[str], str]  # of a field by its key


@dataclasses.dataclass(frozen=True, slots=True)
class CustomFact:
    """One field: `url` opens its file, `edit_url` its form; empty where the role only sees it."""

    name: str
    label: str
    text: str
    url: str
    edit_url: str
    is_long: bool = False
    is_file: bool = False
    warning: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class FactGroup:
    """Fields under one heading; an empty title is that of the page."""

    title: str
    facts: Sequence[CustomFact]
    folded: Sequence[CustomFact]


def custom_facts(
    record: CustomValued,
    entity: str,
    *,
    edit_url: Address,
    file_url: Address,
    warnings: dict[str, str] | None = None,
) -> list[FactGroup]:
    """Gather the fields of a record by their groups, in the order the first of each stands."""
    groups: dict[str, list[CustomField]] = {}
    for field in fields_of(entity):
        groups.setdefault(field.group, []).append(field)

    def fact(field: CustomField) -> CustomFact:
        warning = (warnings or {}).get(field.key, "")
        return _fact(record, field, edit_url(field.key), file_url(field.key), warning)

    return [
        FactGroup(
            title,
            [fact(field) for field in fields if field.is_on_card],
            [fact(field) for field in fields if not field.is_on_card],
        )
        for title, fields in groups.items()
    ]


def custom_fact(
    record: CustomValued, entity: str, key: str, *, edit_url: Address, file_url: Address
) -> CustomFact:
    """Make the fact of one field. Raises UnknownField."""
    return _fact(record, field_of(entity, key), edit_url(key), file_url(key))


def _fact(
    record: CustomValued, field: CustomField, edit_url: str, file_url: str, warning: str = ""
) -> CustomFact:
    text = text_of(field, record.custom_values.get(field.key), names())
    is_file = field.kind == Kind.FILE
    return CustomFact(
        name=field.key,
        label=field.name,
        text=text,
        url=file_url if is_file and text else "",
        edit_url=edit_url if fills(field.key) else "",
        is_long=field.kind == Kind.TEXT,
        is_file=is_file,
        warning="" if text else warning,
    )
