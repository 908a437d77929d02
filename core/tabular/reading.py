"""From bytes to rows: what kind of file it is, how it is laid out, and its rows as text."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.tabular import charsets, delimited, heads, vcards, workbooks
from core.tabular.errors import Unreadable

MAX_ROWS = 200_000
MAX_COLUMNS = 400
MAX_CELL = 30_000  # characters; what is longer is cut
_SEEN = 25  # rows looked at to find the header
CSV, XLSX, XLS, VCARD = "csv", "xlsx", "xls", "vcard"
# Files that are surely no table, whatever they are called
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"MZ",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
    b"\x1f\x8b",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read; all of it can be corrected by who brought it."""

    kind: str  # csv, xlsx, xls, vcard
    charset: str = ""
    delimiter: str = ""
    sheet: str = ""
    head_row: int = 1
    head_depth: int = 1


@dataclasses.dataclass(slots=True)
class Table:
    """The columns' names and the rows: (number in the file, cells), each row as long as the header."""

    heads: list[str]
    rows: Iterator[tuple[int, list[str]]]


def recognise(data: bytes) -> Layout:
    """Find out what a file is; raise Unreadable with the reason for what is no table."""
    if not data.strip(b"\xef\xbb\xbf \r\n\t\0"):
        raise Unreadable(_("The file is empty."))
    if data.startswith((workbooks.ZIP, workbooks.OLE)):
        kind = XLSX if data.startswith(workbooks.ZIP) else XLS
        return _with_head(data, Layout(kind, sheet=_fullest_sheet(data)))
    if data.startswith(_OTHERS) or _is_markup(data):
        raise Unreadable(_("This is no table: bring a CSV, XLSX, XLS or vCard file."))
    charset = charsets.detect(data)
    if vcards.is_vcard(data):
        return Layout(VCARD, charset=charset, head_row=0)
    text = charsets.decode(data, charset)
    if _is_binary(text):
        raise Unreadable(_("This is no table: bring a CSV, XLSX, XLS or vCard file."))
    return _with_head(data, Layout(CSV, charset=charset, delimiter=delimited.sniff(text)))


def corrected(data: bytes, layout: Layout, *, head_row: int | None = None) -> Layout:
    """Find the header anew after the charset, the delimiter or the sheet was changed by hand."""
    if layout.kind == VCARD:
        return layout
    if head_row is None:
        return _with_head(data, layout)
    seen = list(itertools.islice(_raw(data, layout), head_row + 2))
    return dataclasses.replace(layout, head_row=head_row, head_depth=heads.depth(seen, head_row))


def sheets_of(data: bytes, layout: Layout) -> list[str]:
    """Name the sheets of a workbook; none for other files."""
    return workbooks.sheet_names(data) if layout.kind in (XLSX, XLS) else []


def open_table(data: bytes, layout: Layout) -> Table:
    """Read the header, then the rows one by one; blank rows are passed over."""
    if layout.kind == VCARD:
        names, cards = vcards.rows(data, layout.charset or "utf-8")
        _check_size(len(names), len(cards))
        return Table(names, ((number, _cut(row, len(names))) for number, row in enumerate(cards, start=1)))
    raw = _raw(data, layout)
    for _skipped in range(layout.head_row - 1):
        next(raw, None)
    names = heads.joined([row for _n, row in zip(range(layout.head_depth), raw, strict=False)])
    _check_size(len(names), 0)
    if not names:
        raise Unreadable(_("There is no header in this row: choose the row with the columns' names."))
    first = layout.head_row + layout.head_depth
    return Table(names, _rows(raw, first, len(names)))


def _rows(raw: Iterator[list[str]], first: int, width: int) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for number, row in enumerate(raw, start=first):
        cells = _cut(row, width)
        if any(cells):
            count += 1
            _check_size(width, count)
            yield number, cells


def _cut(row: list[str], width: int) -> list[str]:
    cells = [cell.strip()[:MAX_CELL] for cell in row[:width]]
    return cells + [""] * (width - len(cells))


def _raw(data: bytes, layout: Layout) -> Iterator[list[str]]:
    if layout.kind in (XLSX, XLS):
        return workbooks.rows(data, layout.sheet)
    return delimited.rows(charsets.decode(data, layout.charset), layout.delimiter)


def _with_head(data: bytes, layout: Layout) -> Layout:
    row, depth = heads.find(list(itertools.islice(_raw(data, layout), _SEEN)))
    return dataclasses.replace(layout, head_row=row, head_depth=depth)


def _fullest_sheet(data: bytes) -> str:
    """Choose the first sheet that holds a table: more than one cell in more than one row."""
    names = workbooks.sheet_names(data)
    for name in names:
        seen = list(itertools.islice(workbooks.rows(data, name), _SEEN))
        if sum(sum(bool(cell) for cell in row) > 1 for row in seen) > 1:
            return name
    return names[0] if names else ""


def _is_markup(data: bytes) -> bool:
    start = data[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<table", b"{", b"["))


def _is_binary(text: str) -> bool:
    sample = text[:4000]
    return sum(sign < " " and sign not in "\r\n\t" for sign in sample) > len(sample) / 50


def _check_size(columns: int, rows: int) -> None:
    if columns > MAX_COLUMNS:
        raise Unreadable(_("The table has more than %(count)s columns.") % {"count": MAX_COLUMNS})
    if rows > MAX_ROWS:
        limit = f"{MAX_ROWS:,}".replace(",", " ")
        raise Unreadable(_("The table has more than %(count)s rows: load it in parts.") % {"count": limit})
