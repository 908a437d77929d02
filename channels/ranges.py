"""Sending a stored file, or the part of it a player asks for."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def send_file(request: HttpRequest, *, key: str, content_type: str, size: int) -> HttpResponseBase:
    """Answer 200 with the whole file, 206 with the part asked for, 416 when there is no such part."""
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    span = _span(wanted, size) if wanted else (0, size - 1)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = span
    stored: Any = default_storage.open(key)
    if start:
        stored.seek(start)
    if wanted is None:
        response = FileResponse(stored, content_type=content_type)
    else:
        part = HttpResponse(stored.read(end - start + 1), status=206, content_type=content_type)
        stored.close()
        part.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        response = part  # type: ignore[assignment]
    response.headers["Content-Length"] = str(end - start + 1)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; media-src 'self'"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _span(wanted: re.Match[str], size: int) -> tuple[int, int] | None:
    first, last = wanted.group(1), wanted.group(2)
    if not first and not last:
        return None
    if not first:  # the last so many bytes
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    return (start, end) if 0 <= start <= end < size else None
