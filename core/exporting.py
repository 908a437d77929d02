"""Writing rows to CSV and XLSX: flat memory, and no cell that a spreadsheet would run."""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from core.workbooks import rows_below

Write = Callable[[Iterable[Any]], None]

# What a spreadsheet takes for a formula (OWASP, CSV injection), with the full-width twins.
_FORMULA = frozenset("=+-@\t\r＝＋－＠")
# A phone or a number is no formula, and must come back unchanged when the file is imported again.
_NUMBER = re.compile(r"^[+-]?[\d][\d\s().,-]*$")


def safe_text(value: str) -> str:
    """Put an apostrophe before text a spreadsheet would run."""
    if value[:1] in _FORMULA and not _NUMBER.match(value):
        return f"'{value}"
    return value


def _csv_value(value: Any, zone: dt.tzinfo) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case dt.datetime():
            return value.astimezone(zone).isoformat(" ", "seconds")[:19]
        case dt.date():
            return value.isoformat()
        case Decimal() | int() | float():
            return str(value)
    return safe_text(str(value))


def xlsx_value(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | float | Decimal | dt.date):
        return value
    return _ILLEGAL_IN_XML.sub("", safe_text(str(value)))[:32_767]


_ILLEGAL_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@contextlib.contextmanager
def csv_file(path: Path, heads: Iterable[str]) -> Iterator[Write]:
    """Open a CSV as Excel reads it in every country: UTF-8 with BOM, semicolons."""
    zone = timezone.get_current_timezone()
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(codecs.BOM_UTF8.decode())
        writer = csv.writer(file, delimiter=";")
        writer.writerow([safe_text(h) for h in heads])

        def write(row: Iterable[Any]) -> None:
            # most values are text that no spreadsheet runs, and a file has a million of them
            writer.writerow(
                [v if type(v) is str and v[:1] not in _FORMULA else _csv_value(v, zone) for v in row]
            )

        yield write


@contextlib.contextmanager
def xlsx_file(path: Path, heads: Iterable[str]) -> Iterator[Write]:
    """Open a workbook that is streamed to disk row by row."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    cells = []
    for head in heads:
        cell = WriteOnlyCell(sheet, value=safe_text(head))
        cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
    with rows_below(book, path, rows=1) as write:
        yield lambda row: write([xlsx_value(v) for v in row])


FORMATS = {"csv": csv_file, "xlsx": xlsx_file}
