"""Unpack winmail.dat, in which Outlook wraps the files (and sometimes the words) of a letter (MS-OXTNEF)."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator

from channels.adapters import charsets
from channels.adapters.mail.mime_tree import meta_charset

_SIGNATURE = 0x223E9F78
MAX_FILES = 60
MAX_PROPERTIES = 2000
# Attributes: the letter's own text and properties, the code page; then of each attachment.
_BODY, _MESSAGE_PROPERTIES, _CODE_PAGE = 0x2800C, 0x69003, 0x69007
_ATTACHMENT_BEGINS, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x69002, 0x18010, 0x6800F, 0x69005
# Properties: text, HTML, an attachment's data, its long name, its type, the id of an inline picture.
_P_BODY, _P_HTML, _P_DATA, _P_NAME, _P_TYPE, _P_CONTENT_ID = 0x1000, 0x1013, 0x3701, 0x3707, 0x370E, 0x3712
# Sizes of property values that have one (MS-OXCDATA 2.11.1), padded to four bytes.
_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0xD, 0x102
_MANY = 0x1000
_OBJECT_GUID_BYTES = 16


class Broken(ValueError):
    """It ends too early or is no TNEF."""


@dataclasses.dataclass(slots=True)
class Wrapped:
    """One file that was inside."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    data: bytes = b""


@dataclasses.dataclass(slots=True)
class Unpacked:
    """What was inside."""

    text: str = ""
    html: str = ""
    files: list[Wrapped] = dataclasses.field(default_factory=list)


def unpack(data: bytes) -> Unpacked:
    """Read the attributes one after the other; what is cut off at the end is left out. Raises Broken."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        raise Broken
    found, code_page = Unpacked(), "cp1251"
    for attribute, value in _attributes(data):
        if attribute == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            found.text = _text(value, code_page)
        elif attribute == _MESSAGE_PROPERTIES:
            _read_message(found, dict(_properties(value, code_page)), code_page)
        elif attribute == _ATTACHMENT_BEGINS:
            if len(found.files) >= MAX_FILES:
                break
            found.files.append(Wrapped())
        elif found.files:
            _read_attachment(found.files[-1], attribute, value, code_page)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (id, value): level, id, length, value, check sum."""
    position = 6
    while position + 9 <= len(data):
        attribute, length = struct.unpack_from("<xII", data, position)
        position += 9
        if position + length > len(data):
            return
        yield attribute, data[position : position + length]
        position += length + 2


def _read_message(found: Unpacked, properties: dict[int, str | bytes], code_page: str) -> None:
    found.text = found.text or _as_text(properties.get(_P_BODY, ""), code_page)
    page = properties.get(_P_HTML, "")
    charset = meta_charset(page) if isinstance(page, bytes) else ""
    found.html = _as_text(page, charset or code_page)


def _read_attachment(file: Wrapped, attribute: int, value: bytes, code_page: str) -> None:
    if attribute == _TITLE:
        file.name = file.name or _text(value, code_page)
    elif attribute == _DATA:
        file.data = value
    elif attribute == _ATTACHMENT_PROPERTIES:
        told = dict(_properties(value, code_page))
        file.name = _as_text(told.get(_P_NAME, ""), code_page) or file.name
        file.content_type = _as_text(told.get(_P_TYPE, ""), code_page)
        file.content_id = _as_text(told.get(_P_CONTENT_ID, ""), code_page)
        inner = told.get(_P_DATA, b"")
        if not file.data and isinstance(inner, bytes):
            file.data = inner


def _properties(data: bytes, code_page: str) -> Iterator[tuple[int, str | bytes]]:
    """Yield the text and binary properties of a MAPI property list; the others are only stepped over."""
    reader = _Reader(data)
    try:
        for _number in range(min(reader.number(), MAX_PROPERTIES)):
            kind, name = struct.unpack("<HH", reader.take(4))
            if name >= 0x8000:
                reader.skip_name()
            for value in reader.values(kind):
                if kind == _UNICODE:
                    yield name, value.decode("utf-16-le", "replace").rstrip("\x00")
                elif kind == _STRING8:
                    yield name, _text(value, code_page)
                elif kind in (_BINARY, _OBJECT):
                    yield name, value[_OBJECT_GUID_BYTES:] if kind == _OBJECT else value
    except Broken:
        return


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, length: int) -> bytes:
        chunk = self._data[self._at : self._at + length]
        if len(chunk) < length:
            raise Broken
        self._at += length
        return chunk

    def number(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def padded(self) -> bytes:
        """A length, so many bytes, and filling up to a multiple of four."""
        length = self.number()
        value = self.take(length)
        self.take(-length % 4)
        return value

    def skip_name(self) -> None:
        self.take(16)
        if self.number() == 0:
            self.take(4)
        else:
            self.padded()

    def values(self, kind: int) -> list[bytes]:
        base = kind & ~_MANY
        if base in (_STRING8, _UNICODE, _OBJECT, _BINARY):
            return [self.padded() for _number in range(min(self.number(), MAX_PROPERTIES))]
        if base not in _SIZES:
            raise Broken
        count = min(self.number(), MAX_PROPERTIES) if kind & _MANY else 1
        return [self.take(_SIZES[base]) for _number in range(count)]


def _text(value: bytes, code_page: str) -> str:
    return charsets.decode(value.rstrip(b"\x00"), code_page)


def _as_text(value: str | bytes, code_page: str) -> str:
    return value if isinstance(value, str) else _text(value, code_page)
