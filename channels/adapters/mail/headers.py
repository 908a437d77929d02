"""Read mail headers that follow the rules loosely or not at all."""

from __future__ import annotations

import binascii
import datetime as dt
import email.utils
import re
import urllib.parse
from collections.abc import Iterator

from channels.adapters import charsets
from channels.adapters.text import clean_line, digest

MAX_HEADERS = 500
MAX_BLOCK = 1024 * 1024
MAX_VALUE = 20_000
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:\r\n|\n|\r))*")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_PARAMETER = re.compile(rb"[\w*-]{1,40}=")
_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_SURE_FIELD = re.compile(
    rb"(?im)^(content-type|content-transfer-encoding|mime-version|subject|to|from|date|message-id)[ \t]*:"
)
_WORD = re.compile(r"=\?([\w.:*+-]{1,60})\?([bqBQ])\?([^?]*(?:\?(?!=)[^?]*){0,20})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,200}@[^\s<>@,;:\"()\[\]\\]{1,250}")
_ID = re.compile(r"<\s*([^<>]{1,1000}?)\s*>")
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


class Headers:
    """The header fields of a mail or of a part, in order; values are raw bytes, unfolded."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self._fields = fields
        self.charset = ""  # of the text beside them: what bare eight-bit values are most likely in

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _value in self._fields)

    def fields(self) -> Iterator[tuple[str, bytes]]:
        """Yield every field's name and value."""
        yield from self._fields

    def all(self, name: str) -> Iterator[str]:
        """Yield the values of a field with encoded words left as they are."""
        for field, value in self._fields:
            if field == name:
                yield charsets.decode_bare(value[:MAX_VALUE], self.charset)

    def raw(self, name: str) -> str:
        """Return the first value with encoded words left as they are."""
        return next(self.all(name), "")

    def text(self, name: str, limit: int = 998) -> str:
        """Return the first value decoded, as one clean line."""
        return clean_line(decode_words(self.raw(name)[: limit * 8]), limit)


def start_of(raw: bytes) -> int:
    """Skip a byte order mark and blank lines that some programs put before the first header."""
    match = _LEADING.match(raw)
    return match.end() if match else 0


def read_headers(buffer: bytes, start: int, end: int) -> tuple[Headers, int]:
    """Read the header block; return it and where the body starts."""
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    while position < end and (match := _LINE.match(buffer, position, end)):
        line, position = match.group(1), match.end()
        if not line:
            break
        if position - start > MAX_BLOCK:
            blank = _BLANK.search(buffer, position, end)
            position = blank.end() if blank else end
            break
        found = _FIELD.match(line) if line[:1] not in b" \t" else None
        if found:
            if len(fields) < MAX_HEADERS:
                fields.append((found.group(1).decode("ascii").lower(), [found.group(2)]))
        elif fields and (
            line[:1] in b" \t" or _is_unindented_fold(fields[-1][1], buffer, match.start(), end)
        ):
            _extend(fields[-1][1], line)
        elif not line.startswith((b"From ", b">From ")):
            position = match.start()  # no blank line before the body
            break
    return Headers([(name, b" ".join(lines)) for name, lines in fields]), position


def decode_words(text: str) -> str:
    """Decode RFC 2047 words, also where one character is split between two of them."""
    if "=?" not in text:
        return text
    text = _BETWEEN_WORDS.sub(r"\1", text)
    pieces: list[str] = []
    pending, charset, end = b"", "", 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        if pending and (between or match.group(1).lower() != charset):
            pieces.append(charsets.decode(pending, charset))
            pending = b""
        pieces.append(between)
        charset, end = match.group(1).lower(), match.end()
        pending += _word_bytes(match.group(2).lower(), match.group(3))
    pieces.append(charsets.decode(pending, charset) if pending else "")
    return "".join(pieces) + text[end:]


def addresses(value: str, limit: int = 100) -> list[tuple[str, str]]:
    """Read (name, address) pairs; what holds no address is left out."""
    found = []
    for piece in _split_addresses(value[:MAX_VALUE])[:limit]:
        name, _angle, rest = piece.partition("<") if "<" in piece else ("", "", piece)
        match = _ADDRESS.search(rest) or _ADDRESS.search(piece)
        if match is None:
            continue
        name = name or _comment(piece)
        found.append((clean_name(name), clean_line(match.group(), 320).rstrip(".").strip("'")))
    return found


def clean_name(name: str) -> str:
    """Decode a display name and take its quotes off."""
    text = clean_line(decode_words(name.strip().strip('"').replace('\\"', '"').replace("\\\\", "\\")), 200)
    text = text.strip("\"' ")
    return "" if "@" in text and " " not in text else text


def message_ids(value: str, limit: int = 30) -> list[str]:
    """Read the ids of Message-ID, In-Reply-To or References, normalised."""
    found = [normal_id(match) for match in _ID.findall(value[:MAX_VALUE])]
    if not found and (bare := value.strip()) and " " not in bare:
        found = [normal_id(bare)]
    return list(dict.fromkeys(filter(None, found)))[-limit:]


def normal_id(value: str) -> str:
    """Take brackets and spaces off an id; an overlong one becomes its hash."""
    text = "".join(clean_line(value, 2000).split()).strip("<>")
    return text if len(text) <= 200 else digest(text)


def moment_of(value: str, received_at: dt.datetime) -> dt.datetime:
    """Read a Date header; one that is broken, too old or in the future gives the time of receipt."""
    try:
        parsed = email.utils.parsedate_tz(value[:200])
        if parsed and parsed[3] > 23:  # «15 Dec 2010 59:10»: the hour is missing
            parsed = None
        when = dt.datetime.fromtimestamp(email.utils.mktime_tz(parsed), dt.UTC) if parsed else None
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        when = None
    if when is None or not _EARLIEST <= when <= received_at + dt.timedelta(days=1):
        return received_at
    return when


def decode_base64(data: bytes) -> bytes:
    """Decode base64 with dirt in it and without its end."""
    clean = data.translate(None, _NOT_BASE64)
    clean = clean[: len(clean) - (1 if len(clean) % 4 == 1 else 0)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding == "b":
        return decode_base64(raw)
    return urllib.parse.unquote_to_bytes(
        re.sub(rb"=([0-9A-Fa-f]{2})", rb"%\1", raw.replace(b"%", b"=25")).replace(b"_", b" ")
    )


def _extend(lines: list[bytes], line: bytes) -> None:
    if len(lines) < 200:
        lines.append(line.strip())


def _is_unindented_fold(previous: list[bytes], buffer: bytes, start: int, end: int) -> bool:
    """A stray line inside the block: a parameter is due, or surely a header follows before the blank line."""
    if previous[-1].rstrip().endswith(b";") and _PARAMETER.match(buffer, start, end):
        return True
    blank = _BLANK.search(buffer, start, min(end, start + 2000))
    return bool(_SURE_FIELD.search(buffer, start, blank.start() if blank else min(end, start + 2000)))


def _split_addresses(value: str) -> list[str]:
    """Split at commas and semicolons outside quotes, angle brackets and comments."""
    pieces: list[str] = []
    current: list[str] = []
    depth, is_quoted, is_escaped = 0, False, False
    for char in value:
        if is_escaped or char == "\\":
            is_escaped = not is_escaped
        elif char == '"':
            is_quoted = not is_quoted
        elif not is_quoted and char in "(<":
            depth += 1
        elif not is_quoted and char in ")>":
            depth = max(0, depth - 1)
        elif char in ",;" and not is_quoted and depth == 0:
            pieces.append("".join(current))
            current = []
            continue
        current.append(char)
    pieces.append("".join(current))
    if len(pieces) == 1 and value.count("@") > 1 and "," in value:  # a quote or bracket that never closes
        return value.split(",")
    return pieces


def _comment(piece: str) -> str:
    start, end = piece.find("("), piece.rfind(")")
    return piece[start + 1 : end] if 0 <= start < end else ""
