"""Columns of a list: what they read, how a cell looks, what an export writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise

Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to print: the template only chooses the shape by `look`."""

    text: str = ""
    hint: str = ""
    url: str = ""
    icon: str = ""
    tone: str = ""  # danger, warn, ok, muted
    look: str = ""  # '', title, label, person, quality, player, phone
    key: str = ""  # person: what the tint is picked by; quality: its value; player: the recording's URL
    title: str = ""
    is_marked: bool = False  # the cell is highlighted: taker and owner differ


EMPTY = Cell("—", tone="muted")


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `reads` are the names given to .values(); `plain` is what an export writes."""

    name: str
    label: str | Promise
    reads: tuple[str, ...]
    cell: Callable[[Row], Cell]
    plain: Callable[[Row], Any]
    sort: str = ""  # name in Listing.sorts
    width: int = 140
    is_default: bool = True
    is_fixed: bool = False  # cannot be hidden
    css: str = ""


def text_column(name: str, label: str | Promise, field: str, **options: Any) -> Column:
    """Make the plainest column: one field as text."""

    def plain(row: Row) -> str:
        value = row[field]
        return "" if value is None else str(value)

    def cell(row: Row) -> Cell:
        value = plain(row)
        return Cell(value, title=value) if value else EMPTY

    return Column(name, label, (field,), cell, plain, **options)
