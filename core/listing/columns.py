"""Columns of a list: what they read, how a cell looks, what an export writes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language

Row = Mapping[str, Any]


class Cell(NamedTuple):
    """One cell, ready to print: core.listing.markup only chooses the shape by `look`."""

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
    """A column of a list. `reads` are the names given to .values(); `plain` is what an export writes.

    A file has 100,000 rows: `plain_reads` are those that `plain` needs, where it makes do with fewer, and with
    `labels` it gives one of their keys instead of a word that would be translated each time. Where words are only a
    part of what it gives, `make_plain` makes it in the language of the file.
    """

    name: str
    label: str | Promise
    reads: tuple[str, ...]
    cell: Callable[[Row], Cell]
    plain: Callable[[Row], Any]
    plain_reads: tuple[str, ...] = ()
    labels: Mapping[str, str | Promise] | None = None
    make_plain: Callable[[], Callable[[Row], Any]] | None = None
    sort: str = ""  # name in Listing.sorts
    width: int = 140
    is_default: bool = True
    is_fixed: bool = False  # cannot be hidden
    css: str = ""

    def writer(self) -> Callable[[Row], Any]:
        """Make what gives a row's value for a file in the language now active."""
        if self.make_plain is not None:
            return self.make_plain()
        if self.labels is None:
            return self.plain
        labels, plain = {key: str(label) for key, label in self.labels.items()}, self.plain
        return lambda row: labels.get(plain(row), "")


def words(labels: Mapping[str, str | Promise]) -> Callable[[str], str]:
    """Make what gives a value's label in the reader's language, each translated once: a lazy one takes 20 µs."""

    @functools.lru_cache(maxsize=256)
    def translated(value: str, _language: str | None) -> str:
        return str(labels[value])

    return lambda value: translated(value, get_language())


def text_column(name: str, label: str | Promise, field: str, **options: Any) -> Column:
    """Make the plainest column: one field as text."""

    def plain(row: Row) -> str:
        value = row[field]
        return "" if value is None else str(value)

    def cell(row: Row) -> Cell:
        value = plain(row)
        return Cell(value, title=value) if value else EMPTY

    return Column(name, label, (field,), cell, plain, **options)
