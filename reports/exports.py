"""A report's table as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404
from django.utils import timezone

from core import exporting


def send_table(
    file_format: str, name: str, heads: Iterable[Any], rows: Iterable[Iterable[Any]]
) -> FileResponse:
    """Answer with the table as CSV or XLSX; 404 for other formats. Reports are small: no background job."""
    if file_format not in exporting.FORMATS:
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        with exporting.FORMATS[file_format](path, [str(h) for h in heads]) as write:
            for row in rows:
                write(row)
        # Opened before the folder goes: the file lives until the answer is sent.
        file = path.open("rb")
    file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=file_name)
