"""Numbers of our own: a call with one of them is a call between colleagues (L3).

They are the extensions of people who work here and what the tenant has written down: single numbers and ranges.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from contacts.folding import digits_of
from contacts.identity import normalise_phone
from leads.models import InternalNumber
from tenants.models import Membership

MAX_LINES = 500
_SHORT = re.compile(r"^\s*\d[\d\s-]{0,8}\s*$")
_LINE = re.compile(r"^\s*(?P<numbers>[+\d(][\d\s()+.\-–—…]*)(?P<note>.*)$")
_TO = re.compile(r"–|—|…|\.{2,}|\s-\s")
_SHORT_TO = re.compile(r"^\s*(\d{1,7})\s*-\s*(\d{1,7})\s*$")


class NoNumber(ValueError):
    """A line is no number and no range; the text may be shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `first` to `last`, both as canonical() writes them and equally long."""

    first: str
    last: str
    note: str = ""

    def holds(self, number: str) -> bool:
        """Digits of one length compare like the numbers they are."""
        return len(number) == len(self.first) and self.first <= number <= self.last


@dataclasses.dataclass(frozen=True, slots=True)
class Numbers:
    """Everything that counts as a number of our own."""

    ranges: tuple[Range, ...] = ()
    extensions: frozenset[str] = frozenset()

    def hold(self, number: str) -> bool:
        """Say whether a call's number, as calls keep it, is one of ours."""
        plain = canonical(number, "") if number else ""
        return bool(plain) and (plain in self.extensions or any(r.holds(plain) for r in self.ranges))


def canonical(text: str, region: str) -> str:
    """Write a number the way numbers are compared: E.164, or the digits of a short one; empty for anything else."""
    if text.startswith("+") and text[1:].isdigit():
        return text
    if _SHORT.match(text):
        return digits_of(text)
    return normalise_phone(text, region) if region else ""


def own_numbers() -> Numbers:
    """Read the active tenant's numbers; two queries."""
    rows = InternalNumber.objects.values_list("first", "last", "note")
    working = Membership.objects.active().exclude(phone_extension="").order_by()
    extensions = frozenset(
        plain for one in working.values_list("phone_extension", flat=True) if (plain := canonical(one, ""))
    )
    return Numbers(tuple(Range(*row) for row in rows), extensions)


class OwnNumbers:
    """Those of the active tenant, read when somebody first asks: most inquiries are no calls."""

    def __init__(self) -> None:
        self._numbers: Numbers | None = None

    def hold(self, number: str) -> bool:
        """Say whether a call's number is one of ours."""
        if not number:
            return False
        if self._numbers is None:
            self._numbers = own_numbers()
        return self._numbers.hold(number)


# --- As people write them ----------------------------------------------------------------------------
def read_lines(text: str, region: str) -> list[Range]:
    """Read one number or range a line, with a note behind it; raise NoNumber for the first line that is neither.

    101 · 200-249 sales · +7 495 123-45-60 – 69 office
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise NoNumber(_("No more than %(count)s lines.") % {"count": MAX_LINES})
    found = {(one.first, one.last): one for one in (read_line(line, region) for line in lines)}
    return sorted(found.values(), key=lambda one: (len(one.first), one.first))


def read_line(line: str, region: str) -> Range:
    """Read one line."""
    parts = _LINE.match(line)
    if parts is None:
        raise NoNumber(_("“%(line)s” is no number.") % {"line": line.strip()[:60]})
    ends = _ends(parts["numbers"])
    first = canonical(ends[0].strip(), region)
    last = _completed(first, ends[-1].strip(), region)
    if not first or not last or len(first) != len(last) or last < first:
        raise NoNumber(_("“%(line)s” is no number and no range of numbers.") % {"line": line.strip()[:60]})
    return Range(first, last, parts["note"].strip(" ,;:#")[:100])


def _ends(numbers: str) -> list[str]:
    if short := _SHORT_TO.match(numbers):
        return list(short.groups())
    return [part for part in _TO.split(numbers, maxsplit=1) if part.strip()] or [numbers]


def _completed(first: str, last: str, region: str) -> str:
    """A shorter end replaces the last digits: +7 495 123-45-60 – 69."""
    digits = digits_of(last)
    if not last.startswith("+") and 0 < len(digits) < len(digits_of(first)):
        return first[: -len(digits)] + digits
    return canonical(last, region)


def write_lines(rows: Iterable[Range]) -> str:
    """Write ranges the way they are typed."""
    return "\n".join(f"{_written(row)} {row.note}".strip() for row in rows)


def _written(row: Range) -> str:
    if row.first == row.last:
        return row.first
    same = next((at for at, (a, b) in enumerate(zip(row.first, row.last, strict=True)) if a != b), 0)
    if not row.first.startswith("+"):
        return f"{row.first}-{row.last}"
    return f"{row.first} – {row.last[min(same, len(row.last) - 2) :]}"
