"""XLSX and XLS by calamine: cells as the text people see, dates in ISO."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from core.tabular import zips
from core.tabular.errors import Unreadable

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sheet_names(data: bytes) -> list[str]:
    """Name the sheets; raise Unreadable for what is no workbook."""
    return [str(name) for name in _opened(data).sheet_names]


def rows(data: bytes, sheet: str) -> Iterator[list[str]]:
    """Read a sheet from its first row on, row by row."""
    book = _opened(data)
    names = book.sheet_names
    if not names:
        return
    found = _calmly(lambda: book.get_sheet_by_name(sheet if sheet in names else names[0]))
    if found.start is None:
        return
    skipped_rows, skipped_cells = found.start
    for _row in range(skipped_rows):
        yield []
    for row in found.iter_rows():
        yield [""] * skipped_cells + [_text(value) for value in row]


def _opened(data: bytes) -> Any:
    from python_calamine import CalamineWorkbook

    if data.startswith(ZIP):
        zips.check(data)
    elif not data.startswith(OLE):
        raise Unreadable
    return _calmly(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))


def _calmly(read: Any) -> Any:
    """Ask the reader; a broken file makes it raise its own errors, or panic, which is no Exception."""
    try:
        return read()
    except Exception as error:
        raise Unreadable from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise Unreadable from error
        raise


def _text(value: object) -> str:
    """Write a cell as text: whole numbers without .0, so a phone stays a phone."""
    match value:
        case str():
            return value.replace("\0", "")
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
        case dt.datetime():
            if value.time() == dt.time():
                return value.date().isoformat()
            return value.isoformat(" ", "seconds")
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return str(value)
    return "" if value is None else str(value)
