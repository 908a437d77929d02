"""Columns of custom fields in lists, and so in their exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import CharField, Field

from core.listing import Cell, Column, Listing
from core.listing.columns import EMPTY
from core.listing.keyset import Sort
from core.tenancy import remembered_in_scope
from tenants.custom_fields.definitions import Names, field_or_none, fields_of, is_custom, names
from tenants.custom_fields.ordering import HELD, FieldSort
from tenants.custom_fields.wording import plain, text_of
from tenants.field_rights import unseen
from tenants.models import CustomField

Row = Mapping[str, Any]
Kind = CustomField.Kind
WIDTHS = {Kind.NUMBER: 110, Kind.MONEY: 130, Kind.DATE: 110, Kind.FLAG: 90}


class CustomListing(Listing):
    """A list whose rows have custom fields: they join its own columns, unshown until somebody chooses them."""

    entity: ClassVar[str]

    def all_columns(self) -> Sequence[Column]:
        return (*self.columns, *columns_of(self.entity))

    def sort(self, param: str) -> Sort:
        name = param.removeprefix("-")
        field = field_or_none(self.entity, name) if is_custom(name) else None
        if field is None or not field.is_sortable:
            return super().sort(param)
        return FieldSort(field.key, HELD, param.startswith("-"), field)

    def sort_field(self, member: Any, sort: Sort) -> Field[Any, Any]:
        return CharField(null=True) if isinstance(sort, FieldSort) else super().sort_field(member, sort)


def columns_of(entity: str) -> Sequence[Column]:
    """Make the columns of the fields whoever is looking sees, once a scope for those who see the same."""
    return remembered_in_scope(
        f"custom_fields:columns:{entity}:{','.join(sorted(unseen()))}",
        lambda: [_column(field, names()) for field in fields_of(entity)],
    )


def _column(field: CustomField, known: Names) -> Column:
    def cell(row: Row) -> Cell:
        text = text_of(field, row["custom_values"].get(field.key), known)
        return Cell(text, title=text) if text else EMPTY

    def value(row: Row) -> Any:
        return plain(field, row["custom_values"].get(field.key), known)

    is_number = field.kind in (Kind.NUMBER, Kind.MONEY)
    return Column(
        field.key,
        field.name,
        ("custom_values",),
        cell,
        value,
        width=WIDTHS.get(Kind(field.kind), 160),
        sort=field.key if field.is_sortable else "",
        is_default=False,
        css="num r c-more" if is_number else "cut c-more",
    )
