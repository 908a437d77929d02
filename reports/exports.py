"""A report's table as a file: CSV for machines, a workbook with its chart, a PDF to be read."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core import exporting
from reports import sheets

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """What a report says as a table, and the words that tell what was asked."""

    name: str  # of the file, without an extension
    title: str
    said: Sequence[str]  # the period and the filters in force, a line each
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    has_total: bool = False  # the last row adds the others up


def file_of(table: Table, file_format: str) -> bytes:
    """Write the table; raise KeyError for an unknown format. Reports are small: no background job."""
    writers: dict[str, Callable[[Table], bytes]] = {
        "csv": _csv,
        "xlsx": sheets.workbook,
        "pdf": sheets.pdf,
    }
    return writers[file_format](table)


def file_name(table: Table, file_format: str) -> str:
    return f"{table.name}-{timezone.localdate():%Y-%m-%d}.{file_format}"


def send_table(table: Table, file_format: str) -> HttpResponse:
    """Answer with the table as a file; 404 for unknown formats."""
    if file_format not in TYPES:
        raise Http404
    answer = HttpResponse(file_of(table, file_format), content_type=TYPES[file_format])
    name = file_name(table, file_format)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _csv(table: Table) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        with exporting.FORMATS["csv"](path, table.heads) as write:
            for row in table.rows:
                write(row)
        return path.read_bytes()
