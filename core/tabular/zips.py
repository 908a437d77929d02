"""What a workbook is before it is opened: no bomb, no entities, no sheet as wide as the world."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.tabular.errors import Unreadable

MAX_ENTRIES = 3000
MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 250  # of honest workbooks 5 to 40; below 1 MB nobody cares
MAX_CELLS = 5_000_000  # of the box that holds all cells: the reader keeps it whole
_PIECE = 1024 * 1024
_CELL = re.compile(rb'\br="([A-Z]{1,4})(\d{1,9})"')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


def check(data: bytes) -> None:
    """Raise Unreadable for an archive that would grow beyond reason, or carries a document type."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable from error
    if len(entries) > MAX_ENTRIES:
        raise _too_big()
    left = MAX_UNPACKED
    for entry in entries:
        left = _check_entry(data, entry, left)


def _check_entry(data: bytes, entry: zipfile.ZipInfo, left: int) -> int:
    """Unpack one entry piece by piece, whatever length it claims; return what may still come."""
    if entry.flag_bits & 1:
        raise Unreadable(_("The file is protected by a password: save it without one."))
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    size, box = 0, _Box()
    tail = b""
    for piece in _unpacked(data, entry):
        size += len(piece)
        if size > left or (size > _PIECE and size > MAX_RATIO * max(entry.compress_size, 1)):
            raise _too_big()
        if is_xml:
            text = tail + piece
            if _DOCTYPE.search(text):
                raise Unreadable(
                    _("The file holds instructions of its own (a document type): it is not read.")
                )
            if "sheet" in entry.filename:
                box.add(text)
            tail = text[-64:]
    return left - size


class _Box:
    """The smallest box round all cells of a sheet."""

    def __init__(self) -> None:
        self.columns: set[bytes] = set()
        self.last_row = 0

    def add(self, xml: bytes) -> None:
        for letters, row in _CELL.findall(xml):
            self.columns.add(letters)
            if len(row) > 6 or int(row) > self.last_row:
                self.last_row = int(row)
        width = max((_number(letters) for letters in self.columns), default=0)
        if width * self.last_row > MAX_CELLS:
            raise Unreadable(
                _(
                    "The sheet has more cells than can be read. Delete what is far from the table, or save it as CSV."
                )
            )


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unpacked(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack by the stream itself and not by the length the catalogue claims."""
    start = entry.header_offset
    name_length = int.from_bytes(data[start + 26 : start + 28], "little")
    extra_length = int.from_bytes(data[start + 28 : start + 30], "little")
    start += 30 + name_length + extra_length
    packed = data[start : start + entry.compress_size] if entry.compress_size else b""
    if entry.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not stream.eof:
            yield stream.decompress(packed, _PIECE)
            packed = stream.unconsumed_tail
    except zlib.error as error:
        raise Unreadable from error


def _too_big() -> Unreadable:
    return Unreadable(_("The file unpacks to more than can be read. Save the table alone, as CSV or XLSX."))
