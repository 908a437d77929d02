"""Header parameters as the world writes them: quoted or not, RFC 2231, RFC 2047 inside quotes."""

from __future__ import annotations

import re
import urllib.parse

from channels.adapters import charsets

_PARAMETER = re.compile(r";\s*([\w!#$%&'*+.^`|~-]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.ASCII)
_SECTION = re.compile(r"\A(.+?)\*(\d{1,3})?(\*)?\Z")
_ESCAPE = re.compile(r"\\([\"\\])")
MAX_HEADER = 20_000


def header_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split `type/subtype; name=value` into the lower-case value and its parameters, names in lower case."""
    value = value[:MAX_HEADER]
    main = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name, text = match.group(1).lower(), _unquote(match.group(2).strip())
        parts = _SECTION.match(name)
        if parts:
            number = int(parts.group(2) or 0)
            is_encoded = bool(parts.group(3)) or parts.group(2) is None
            sections.setdefault(parts.group(1), {}).setdefault(number, (text, is_encoded))
        else:
            plain.setdefault(name, text)
    for name, numbered in sections.items():
        plain[name] = _join_sections(numbered)
    return main, plain


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(r"\1", text[1:-1])
    return text.strip('"')


def _join_sections(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: join `name*0*`, `name*1*` …; the charset stands in the first one."""
    charset, data = "", b""
    for index, number in enumerate(sorted(numbered)):
        text, is_encoded = numbered[number]
        if is_encoded and index == 0 and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        data += urllib.parse.unquote_to_bytes(raw) if is_encoded else raw
    return charsets.decode(data, charset)
