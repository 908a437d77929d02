"""Custom fields of the records that are loaded: a column may hold each, and is known by the field's own name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.importing.context import Reader
from contacts.importing.kinds import Field
from tenants.custom_fields.definitions import all_fields_of, filled_by_hand, is_custom, names
from tenants.custom_fields.errors import BadValue
from tenants.custom_fields.values import Value, parse
from tenants.custom_fields.wording import text_of
from tenants.models import CustomField

COLUMN = "custom_values"
_OWN = gettext_lazy("Fields of your own")


def fields(entity: str) -> list[Field]:
    """List the custom fields a column can fill; files come otherwise."""
    return [Field(one.key, one.name, group=_OWN) for one in _loadable(entity)]


def read(reader: Reader, entity: str) -> dict[str, Value]:
    """Read the values of a row as records keep them. What does not fit is a mistake, or goes into the comment."""
    found = {one.key: _read(reader, one) for one in _loadable(entity) if one.key in reader.row.cells}
    return {key: value for key, value in found.items() if value is not None}


def shown(entity: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Write the custom values among others as people read them."""
    present = [one for one in _loadable(entity) if one.key in values]
    return {one.key: text_of(one, values[one.key], names()) for one in present}


def value_of(record: Any, name: str) -> Any:
    """Read a column or a custom field of a record by its name."""
    return record.custom_values.get(name) if is_custom(name) else getattr(record, name)


def columns_of(changed: Iterable[str]) -> set[str]:
    """Name the columns that hold what was changed: all custom fields are one."""
    return {COLUMN if is_custom(name) else name for name in changed}


def label_of(model: Any, name: str) -> str:
    """Name a column or a custom field as people know it; one that was erased since by its key."""
    if not is_custom(name):
        return str(model._meta.get_field(name).verbose_name)
    entities = CustomField.Entity.values
    return next((one.name for entity in entities for one in all_fields_of(entity) if one.key == name), name)


def _loadable(entity: str) -> list[CustomField]:
    return [one for one in filled_by_hand(entity) if one.kind != CustomField.Kind.FILE]


def _read(reader: Reader, field: CustomField) -> Value | None:
    def read_text(text: str) -> Value | None:
        try:
            return parse(field, text, names())
        except BadValue as refusal:
            raise ValueError(refusal.reason) from refusal

    sentence = _("“%(text)s” does not fit the field “%(field)s”.")
    return reader.parsed(field.key, read_text, sentence, field=field.name)
