"""Columns of custom fields in lists, and so in their exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from core.listing import Cell, Column, Listing
from core.listing.columns import EMPTY
from core.tenancy import remembered
from tenants.custom_fields.definitions import Names, fields_of, names
from tenants.custom_fields.wording import plain, text_of
from tenants.models import CustomField

Row = Mapping[str, Any]
Kind = CustomField.Kind
WIDTHS = {Kind.NUMBER: 110, Kind.MONEY: 130, Kind.DATE: 110, Kind.FLAG: 90}


class CustomListing(Listing):
    """A list whose rows have custom fields: they join its own columns, unshown until somebody chooses them."""

    entity: ClassVar[str]

    def all_columns(self) -> Sequence[Column]:
        return (*self.columns, *columns_of(self.entity))


def columns_of(entity: str) -> Sequence[Column]:
    """Make the columns of an entity's fields, once a scope."""
    return remembered(
        f"custom_fields:columns:{entity}", lambda: [_column(field, names()) for field in fields_of(entity)]
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
        is_default=False,
        css="num r c-more" if is_number else "cut c-more",
    )
