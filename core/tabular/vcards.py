"""vCard 2.1, 3.0 and 4.0 as a table: one card a row, one column a kind of fact.

Own reading and not vobject: it stops at bare parameters (TEL;CELL), at soft breaks of quoted-printable in folded lines and
at charset marks, which is how phones and old Outlooks write. Photos, sounds and keys are passed over.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.tabular import charsets
from core.tabular.errors import Unreadable

_BEGIN = re.compile(rb"^\s*BEGIN\s*:\s*VCARD", re.I | re.M)
_SKIPPED = frozenset(
    {"PHOTO", "LOGO", "SOUND", "KEY", "REV", "UID", "PRODID", "VERSION", "MAILER", "CLASS", "LABEL", "AGENT"}
)
_KINDS = ("fax", "pager", "cell", "work", "home")  # of a phone or an address; the first found counts
_PARAMETER = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_ESCAPED = re.compile(r"\\(.)", re.S)
_MESSENGERS = {
    "X-SKYPE": "Skype",
    "X-SKYPE-USERNAME": "Skype",
    "X-ICQ": "ICQ",
    "X-TELEGRAM": "Telegram",
    "X-JABBER": "Jabber",
}
MAX_LINE = 20_000_000


class Line(NamedTuple):
    """One property of a card, its value as written."""

    name: str
    parameters: dict[str, list[str]]
    value: str


def is_vcard(data: bytes) -> bool:
    """Say whether the bytes begin as a vCard does."""
    return bool(_BEGIN.match(data.lstrip(b"\xef\xbb\xbf\r\n \t")[:40])) or _is_wide(data)


def rows(data: bytes, charset: str) -> tuple[list[str], list[list[str]]]:
    """Return the columns' names and a row for each card."""
    columns: dict[str, int] = {}
    names: list[str] = []
    cards = []
    for card in _cards(data, charset):
        row: dict[int, str] = {}
        seen: dict[str, int] = {}
        for code, name, value in _facts(card):
            if not value:
                continue
            seen[code] = seen.get(code, 0) + 1
            key = f"{code}#{seen[code]}"
            if key not in columns:
                columns[key] = len(columns)
                names.append(name if seen[code] == 1 else f"{name} {seen[code]}")
            row[columns[key]] = value
        cards.append(row)
    if not names:
        raise Unreadable(_("There is no card in this file."))
    return names, [[row.get(index, "") for index in range(len(names))] for row in cards]


# --- Lines -------------------------------------------------------------------------------------------
def _is_wide(data: bytes) -> bool:
    return (
        data[:2] in (b"\xff\xfe", b"\xfe\xff")
        and "BEGIN:VCARD" in data[:80].decode("utf-16", "ignore").upper()
    )


def _cards(data: bytes, charset: str) -> Iterator[list[Line]]:
    """Cut the file into cards; an unfinished last one counts."""
    card: list[Line] | None = None
    depth = 0
    for raw in _lines(data, charset):
        line = _line(raw, charset)
        if line.name == "BEGIN" and line.value.strip().upper() == "VCARD":
            depth += 1
            if depth == 1:
                card = []
        elif line.name == "END" and line.value.strip().upper() == "VCARD":
            depth -= 1
            if depth == 0 and card is not None:
                yield card
                card = None
        elif card is not None and depth == 1 and line.name not in _SKIPPED:
            card.append(line)
    if card:
        yield card


def _lines(data: bytes, charset: str) -> Iterator[bytes]:
    """Unfold: a line that begins with a space goes on, and so does quoted-printable after its = at the end."""
    if charset.startswith("utf-16"):
        data = charsets.decode(data, charset).encode()
    whole = b""
    is_soft = False
    for raw in data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if is_soft:
            whole = whole[:-1] + raw.removeprefix(b" ")
        elif raw[:1] in (b" ", b"\t") and whole:
            whole += raw[1:]
        else:
            if whole:
                yield whole
            whole = raw
        is_soft = whole.endswith(b"=") and b"QUOTED-PRINTABLE" in whole[:300].upper()
    if whole:
        yield whole


def _line(raw: bytes, charset: str) -> Line:
    head, _colon, value = _cut(raw)
    name, *given = _PARAMETER.split(charsets.decode(head, "latin-1"))
    name = name.rpartition(".")[2].strip().upper()
    parameters: dict[str, list[str]] = {}
    for item in given:
        key, sign, text = item.partition("=")
        if not sign:
            key, text = _bare_parameter(item), item
        parameters.setdefault(key.strip().upper(), []).extend(
            part.strip().lower() for part in text.replace('"', "").split(",")
        )
    return Line(name, parameters, _decoded(value, parameters, charset))


def _bare_parameter(word: str) -> str:
    return "ENCODING" if word.strip().upper() in ("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT") else "TYPE"


def _cut(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Cut at the first colon outside quotation marks."""
    is_quoted = False
    for index, byte in enumerate(raw[:2000]):
        if byte == 0x22:
            is_quoted = not is_quoted
        elif byte == 0x3A and not is_quoted:
            return raw[:index], b":", raw[index + 1 :]
    return raw.partition(b":")


def _decoded(value: bytes, parameters: dict[str, list[str]], charset: str) -> str:
    encodings = parameters.get("ENCODING", [])
    if "quoted-printable" in encodings:
        value = quopri.decodestring(value)
    elif "base64" in encodings or "b" in encodings:
        try:
            value = base64.b64decode(value, validate=False)
        except ValueError:
            return ""
    name = next(iter(parameters.get("CHARSET", [])), "") or (
        "utf-8" if charset.startswith("utf-16") else charset
    )
    try:
        return value.decode(name).replace("\0", "")
    except (UnicodeDecodeError, LookupError):
        return value.decode(charset if not charset.startswith("utf-16") else "utf-8", "replace").replace(
            "\0", ""
        )


# --- Facts -------------------------------------------------------------------------------------------
def _facts(card: list[Line]) -> Iterator[tuple[str, str, str]]:
    """Give (code, column name, value) of what a card says."""
    for line in card:
        yield from _fact(line)


def _fact(line: Line) -> Iterator[tuple[str, str, str]]:
    if several := _several().get(line.name):
        for (code, name), value in zip(several, _parts(line.value), strict=False):
            yield code, name, value
    elif single := _single().get(line.name):
        yield *single, _plain(line.value)
    elif line.name == "TEL":
        kind = _kind(line)
        yield f"phone-{kind}", _phone_name(kind), _phone(line)
    elif line.name == "EMAIL":
        kind = _kind(line)
        yield f"email-{kind}", _email_name(kind), _plain(line.value).removeprefix("mailto:")
    elif line.name == "ADR":
        yield "address", _("Address"), ", ".join(part for part in _parts(line.value) if part)
    elif line.name == "CATEGORIES":
        yield "tags", _("Tags"), ", ".join(_parts(line.value, ","))
    elif line.name in _MESSENGERS:
        yield line.name, _MESSENGERS[line.name], _plain(line.value)


def _several() -> dict[str, list[tuple[str, str]]]:
    """Properties whose value has several parts."""
    name = [("last", _("Last name")), ("first", _("First name")), ("middle", _("Middle name"))]
    return {"N": name, "ORG": [("company", _("Company")), ("department", _("Department"))]}


def _single() -> dict[str, tuple[str, str]]:
    """Properties that are a column as they are."""
    return {
        "FN": ("name", _("Full name")),
        "TITLE": ("position", _("Position")),
        "ROLE": ("role", _("Profession")),
        "URL": ("site", _("Site")),
        "BDAY": ("birthday", _("Birthday")),
        "NOTE": ("note", _("Comment")),
        "NICKNAME": ("nickname", _("Nickname")),
    }


def _phone(line: Line) -> str:
    return _plain(line.value).removeprefix("tel:").replace(";ext=", " ext. ")


def _kind(line: Line) -> str:
    types = {word for part in line.parameters.get("TYPE", []) for word in part.split()}
    return next((kind for kind in _KINDS if kind in types), "")


def _phone_name(kind: str) -> str:
    names = {
        "cell": _("Mobile phone"),
        "work": _("Work phone"),
        "home": _("Home phone"),
        "fax": _("Fax"),
        "pager": _("Pager"),
    }
    return names.get(kind, _("Phone"))


def _email_name(kind: str) -> str:
    return {"work": _("Work e-mail"), "home": _("Private e-mail")}.get(kind, _("E-mail"))


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _parts(value: str, separator: str = ";") -> list[str]:
    """Cut a value of several parts; an escaped separator belongs to its part."""
    pieces = re.split(rf"(?<!\\){separator}", value)
    return [_plain(piece) for piece in pieces]
