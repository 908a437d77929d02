"""Rows of a workbook, written as text into the package that openpyxl makes: six times as fast as its cells.

openpyxl says what a workbook is: its parts, its styles and how dates are counted. A cell is an object and an
element of it each, and a file has two million.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from openpyxl import Workbook


class _Markup(dict[type, Callable[[Any], str]]):
    """What gives the rest of a cell, by the type of its value or a type that it is made from."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = next(self[base] for base in kind.__mro__ if base in self)
        return self[kind]


_END_OF_ROWS = b"</sheetData>"
# Rows put together before they are packed: fewer do it more often, more are no faster.
_AT_ONCE = 200


@contextlib.contextmanager
def rows_below(book: Workbook, path: Path, *, rows: int) -> Iterator[Callable[[Iterable[Any]], None]]:
    """Save a write-only workbook of one sheet, letting further rows be written below those it has.

    They are written to disk as they come. A value is a plain text without characters that XML forbids, a number,
    a moment without time zone, a day, a bool or None.
    """
    markup = _markup(book)
    package = io.BytesIO()
    book.save(package)
    with zipfile.ZipFile(package) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as saved:
        *others, sheet = sorted(made.infolist(), key=lambda part: part.filename.startswith("xl/worksheets/"))
        for part in others:
            saved.writestr(part.filename, made.read(part))
        before, end, after = made.read(sheet).partition(_END_OF_ROWS)
        with saved.open(sheet.filename, "w", force_zip64=True) as file:
            file.write(before)
            with _packed(file) as add:
                yield _writer(add, markup, rows + 1)
            file.write(end + after)


@contextlib.contextmanager
def _packed(file: BinaryIO | Any) -> Iterator[Callable[[str], None]]:
    """Gather rows before they are encoded and packed."""
    waiting: list[str] = []

    def flush() -> None:
        file.write("".join(waiting).encode())
        waiting.clear()

    def add(row: str) -> None:
        waiting.append(row)
        if len(waiting) == _AT_ONCE:
            flush()

    yield add
    flush()


def _writer(add: Callable[[str], None], markup: _Markup, first: int) -> Callable[[Iterable[Any]], None]:
    from openpyxl.utils import get_column_letter

    letters: list[str] = []
    place = first

    def write(row: Iterable[Any]) -> None:
        nonlocal place
        values = list(row)
        while len(letters) < len(values):
            letters.append(get_column_letter(len(letters) + 1))
        cells = [
            f'<c r="{letter}{place}"{markup[type(value)](value)}</c>'
            for letter, value in zip(letters, values, strict=False)
            if value is not None and value != ""
        ]
        add(f'<row r="{place}">{"".join(cells)}</row>')
        place += 1

    return write


def _markup(book: Workbook) -> _Markup:
    from openpyxl.utils.datetime import to_excel

    moment, day = (_style(book, value) for value in (dt.datetime(2000, 1, 1), dt.date(2000, 1, 1)))  # noqa: DTZ001
    return _Markup(
        {
            str: _text,
            bool: lambda value: f' t="b"><v>{value:d}</v>',
            int: _number,
            float: _number,
            Decimal: _number,
            dt.datetime: lambda value: f' s="{moment}"><v>{to_excel(value)}</v>',
            dt.date: lambda value: f' s="{day}"><v>{to_excel(value)}</v>',
        }
    )


def _style(book: Workbook, value: dt.date) -> int:
    """Have the workbook keep the style that openpyxl gives such a value, and tell its number."""
    from openpyxl.cell import WriteOnlyCell

    number: int = WriteOnlyCell(book.worksheets[0], value=value).style_id
    return number


def _number(value: float | Decimal) -> str:
    return f"><v>{value}</v>"


def _text(value: str) -> str:
    space = ' xml:space="preserve"' if value != value.strip() else ""
    return f' t="inlineStr"><is><t{space}>{escape(value)}</t></is>'
