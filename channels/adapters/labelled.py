"""Lines like «Телефон: +7 …» in a text that people or programs wrote, also with the value on the next line."""

from __future__ import annotations

import re

from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import role_of
from channels.adapters.text import clean_line

_LABELLED = re.compile(r"^[\s>*•–-]{0,6}([^\W\d_][^:\n]{0,40}?)\s*[:：]\s*(\S.{0,1000})$")
_LABEL = re.compile(r"^[\s>*•–-]{0,6}([^\W\d_][^:\n.!?,;]{0,40}?)\s*:?\s*$")
_MAX_LINES = 300
_ROLES = frozenset(
    ("name", "first_name", "last_name", "phone", "email", "company", "position", "message", "telegram")
)
_NOT_LABELS = frozenset(
    ["http", "https", "from", "to", "sent", "subject", "date", "cc", "от", "кому", "тема", "дата",
        "отправлено", "копия", "ps"]
)  # fmt: skip


def labelled_fields(text: str) -> list[tuple[str, str, str]]:
    """List lines like «Телефон: +7 …» as (label, value, role)."""
    lines = [line[:1100] for line in text.split("\n")[:_MAX_LINES]]
    found = []
    for number, line in enumerate(lines):
        if (match := _LABELLED.match(line)) is not None:
            field = _field(match.group(1), match.group(2))
        elif (match := _LABEL.match(line)) is not None:
            field = _field(match.group(1), _value_below(lines, number))
            if field is not None and not field[2]:  # a heading, not a label
                field = None
        else:
            continue
        if field is not None:
            found.append(field)
    return found


def _field(label: str, value: str) -> tuple[str, str, str] | None:
    label, value = clean_line(label, 100), value.strip()
    if not value or label.lower() in _NOT_LABELS:
        return None
    role = role_of(FormField(label, label, value))
    return label, value, role if role in _ROLES else ""


def _value_below(lines: list[str], number: int) -> str:
    below = next((line for line in lines[number + 1 : number + 3] if line.strip()), "")
    return "" if _LABELLED.match(below) or below.rstrip().endswith(":") else below
