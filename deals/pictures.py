"""Pictures people upload for products and for the head of a document: only what is sure to print."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse

from activities.services.attachments import StorageFull, new_key
from deals.products.errors import NotAPicture

MAX_BYTES = 2 * 2**20
MAX_SIDE = 4000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Start-of-frame markers of a JPEG; C4, C8 and CC are other things.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def type_of(data: bytes) -> str:
    """Tell the media type by the bytes; raise NotAPicture for anything that isn't a PNG or JPEG of sane size."""
    if len(data) > MAX_BYTES:
        raise NotAPicture
    if data.startswith(_PNG):
        kind, size = "image/png", _png_size(data)
    elif data.startswith(_JPEG):
        kind, size = "image/jpeg", _jpeg_size(data)
    else:
        raise NotAPicture
    if not all(0 < side <= MAX_SIDE for side in size) or not _prints(data, kind):
        raise NotAPicture
    return kind


def keep(data: bytes) -> str:
    """Store a checked picture under a key of our own and return it; raise StorageFull."""
    try:
        return default_storage.save(new_key(), ContentFile(data))
    except OSError as error:
        raise StorageFull from error


def read(key: str) -> bytes:
    """Read a stored picture; nothing where it is gone."""
    if not key or not default_storage.exists(key):
        return b""
    with default_storage.open(key) as file:
        return bytes(file.read())


def response(data: bytes, kind: str) -> HttpResponse:
    """Hand a picture out as nothing but a picture."""
    answer = HttpResponse(data, content_type=kind)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 24:
        raise NotAPicture
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return int(width), int(height)
        place += 2 + max(length, 2)
    raise NotAPicture


def _prints(data: bytes, kind: str) -> bool:
    """Try it as it will be used: a broken picture would break every document it stands on."""
    import typst

    name = "picture.png" if kind == "image/png" else "picture.jpg"
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.typ"
        page.write_text(f'#set page(width: 10pt, height: 10pt, margin: 0pt)\n#image("{name}", width: 10pt)')
        (Path(folder) / name).write_bytes(data)
        try:
            typst.compile(str(page), root=folder, format="png", ppi=72)
        except typst.TypstError:
            return False
    return True
