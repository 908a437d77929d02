"""Make a stranger's text safe to store: no NULs, no lone surrogates, no endless values."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

MAX_LINE = 500
MAX_TEXT = 200_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # they turn «gpj.exe» into «exe.jpg»
_SPACE = re.compile(r"\s+")
_EARLIEST, _LATEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def clean_text(value: object, limit: int = MAX_TEXT) -> str:
    """Return text that Postgres accepts, newlines as \\n, cut to the limit; "" of a container."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = str(value)[: limit + 1000]
    text = _SURROGATE.sub("\ufffd", _join_surrogate_pairs(text))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _CONTROL.sub("", text)[:limit]


def clean_line(value: object, limit: int = MAX_LINE) -> str:
    """Return one line: spaces collapsed, line breaks, controls and direction overrides gone."""
    text = _BIDI.sub("", clean_text(value, limit * 4))
    return _SPACE.sub(" ", text).strip()[:limit]


def decode_bytes(data: bytes, declared: str = "") -> str:
    """Decode as UTF-8 if it is, else as declared, else as cp1251 (Russian forms and old mail)."""
    for codec in filter(None, ("utf-8", declared, "cp1251")):
        try:
            return data.decode(codec)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1251", "replace")


def digest(*parts: object) -> str:
    """Hash facts into a short stable key."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def as_dict(value: object) -> dict[str, Any]:
    """Return the value if it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the value if it is a list of JSON, else an empty one."""
    return value if isinstance(value, list) else []


def as_int(value: object) -> int | None:
    """Read an integer that may have come as a string; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 2**63 else None


def map_link(latitude: object, longitude: object) -> str:
    """Write a place as a link to a map; "" unless both numbers are some."""
    try:
        north, east = float(str(latitude)), float(str(longitude))
    except ValueError:
        return ""
    is_on_earth = abs(north) <= 90 and abs(east) <= 180
    return f"https://maps.google.com/?q={north:.6f},{east:.6f}" if is_on_earth else ""


def moment(value: object) -> dt.datetime | None:
    """Read Unix time in seconds, milliseconds or microseconds; None when it can't be a real moment."""
    number = as_int(value)
    if number is None or number <= 0:
        return None
    while number > 10**11:
        number //= 1000
    when = dt.datetime.fromtimestamp(number, dt.UTC)
    return when if _EARLIEST <= when <= _LATEST else None


def iso_moment(value: object) -> dt.datetime | None:
    """Read ISO 8601; UTC where no zone is told, None when it can't be a real moment."""
    try:
        when = dt.datetime.fromisoformat(str(value or "").strip())
    except ValueError:
        return None
    when = when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC)
    return when if _EARLIEST <= when <= _LATEST else None


def received(value: object) -> dt.datetime:
    """When the delivery reached us: the fallback where a body tells no time."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value
    return dt.datetime.now(dt.UTC)


def _join_surrogate_pairs(text: str) -> str:
    """JSON decoders may leave a pair of surrogates where one emoji was meant."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
