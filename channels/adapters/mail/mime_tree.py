"""Split a raw mail into its leaves without trusting it: bounded depth, number and size."""

from __future__ import annotations

import binascii
import dataclasses
import hashlib
import re

from channels.adapters import charsets
from channels.adapters.mail.headers import Headers, decode_base64, decode_words, read_headers, start_of
from channels.adapters.mime import header_parameters
from channels.adapters.text import clean_line

MAX_DEPTH = 12
MAX_LEAVES = 150
_GUESSED_BOUNDARY = re.compile(rb"(?:\A|\r\n|\n|\r)--([^\s\-][^\r\n]{0,69}?)[ \t]*(?:\r\n|\n|\r)")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
_TRACES = frozenset(
    ("received", "x-received", "return-path", "delivered-to", "x-original-to", "envelope-to", "delivery-date")
)
_UU_BEGIN = re.compile(rb"(?m)^begin [0-7]{3} .*$")


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail: its headers and a window into the raw bytes."""

    headers: Headers
    buffer: bytes = dataclasses.field(repr=False)
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str

    @property
    def content_id(self) -> str:
        return clean_line(self.headers.raw("content-id"), 200).strip("<> ")

    def data(self, limit: int | None = None) -> bytes:
        """Undo the transfer encoding; of the raw bytes at most `limit` are looked at."""
        end = self.end if limit is None else min(self.end, self.start + limit)
        raw = self.buffer[self.start : end]
        encoding = clean_line(self.headers.raw("content-transfer-encoding"), 40).lower()
        if encoding.startswith("base64"):
            return decode_base64(raw)
        if encoding.startswith("quoted-printable"):
            return binascii.a2b_qp(raw)
        if "uuencode" in encoding:
            return _decode_uu(raw)
        return raw

    def text(self, limit: int) -> str:
        """Decode as text."""
        data = self.data(limit * 4)[:limit]
        declared = self.parameters.get("charset", "")
        if not declared and self.content_type == "text/html":
            declared = meta_charset(data)
        return charsets.decode(data, declared)


def read_tree(raw: bytes) -> tuple[Part, list[Part]]:
    """Return the mail as a whole and its leaves in order."""
    leaves: list[Part] = []
    top = _read_part(raw, start_of(raw), len(raw))
    _collect(top, 0, leaves)
    return top, leaves


def meta_charset(page: bytes) -> str:
    """Return the charset that a page names in its head, or ""."""
    match = _META_CHARSET.search(page, 0, 4096)
    return match.group(1).decode("ascii") if match else ""


def bare_part(data: bytes, content_type: str, filename: str = "", content_id: str = "") -> Part:
    """Make a part of bytes that had no headers; with a name it is an attachment."""
    headers = Headers([("content-id", content_id.encode())] if content_id else [])
    disposition = "attachment" if filename else ""
    return Part(headers, data, 0, len(data), content_type, {}, disposition, filename)


def fingerprint(mail: Part) -> str:
    """Hash a mail without what the servers on its way added, so that each copy has the same."""
    told = [line for name, line in mail.headers.fields() if name not in _TRACES]
    body = mail.buffer[mail.start : mail.end].replace(b"\r\n", b"\n").rstrip()
    return hashlib.sha256(b"\n".join([*told, b"", body])).hexdigest()


def _read_part(buffer: bytes, start: int, end: int, default_type: str = "text/plain") -> Part:
    headers, body = read_headers(buffer, start, end)
    content_type, parameters = header_parameters(headers.raw("content-type"))
    disposition, disposed = header_parameters(headers.raw("content-disposition"))
    filename = disposed.get("filename") or parameters.get("name") or ""
    return Part(
        headers=headers,
        buffer=buffer,
        start=body,
        end=end,
        content_type=content_type if "/" in content_type else default_type,
        parameters=parameters,
        disposition=disposition,
        filename=decode_words(filename),
    )


def _collect(part: Part, depth: int, leaves: list[Part]) -> None:
    if len(leaves) >= MAX_LEAVES:
        return
    children = _children(part) if part.content_type.startswith("multipart/") and depth < MAX_DEPTH else []
    if not children:
        leaves.append(_as_leaf(part))
    for child in children:
        _collect(child, depth + 1, leaves)


def _as_leaf(part: Part) -> Part:
    """A multipart that couldn't be split is shown as the text it is."""
    if not part.content_type.startswith("multipart/"):
        return part
    return dataclasses.replace(part, content_type="text/plain")


def _children(part: Part) -> list[Part]:
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    windows = _windows(part, boundary) if boundary else []
    if not windows and (guess := _GUESSED_BOUNDARY.search(part.buffer, part.start, part.end)):
        windows = _windows(part, guess.group(1))
    default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    return [_read_part(part.buffer, start, end, default_type) for start, end in windows[:MAX_LEAVES]]


def _windows(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Find where the parts begin and end; the closing boundary may be missing."""
    pattern = re.compile(rb"(?:\A|\r\n|\n|\r)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
    windows: list[tuple[int, int]] = []
    opened, position = -1, max(part.start - 2, 0)
    while match := pattern.search(part.buffer, position, part.end):
        if opened >= 0:
            windows.append((opened, max(match.start(), opened)))
        if match.group(1) or len(windows) > MAX_LEAVES:
            return windows
        opened = match.end()
        position = opened - 1  # the line break may open the next boundary at once
    if opened >= 0:
        windows.append((opened, part.end))
    return windows


def _decode_uu(raw: bytes) -> bytes:
    begin = _UU_BEGIN.search(raw)
    if begin is None:
        return raw
    data = []
    for line in raw[begin.end() :].splitlines():
        if not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            data.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(data)
