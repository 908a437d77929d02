"""Lines like «Телефон: +7 …» in a text that people or programs wrote."""

from __future__ import annotations

import re

from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import role_of
from channels.adapters.text import clean_line

_LABELLED = re.compile(r"^[\s>*•–-]{0,6}([^\W\d_][^:\n]{0,40}?)\s*[:：]\s*(\S.{0,1000})$")
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
    found = []
    for line in text.split("\n")[:_MAX_LINES]:
        match = _LABELLED.match(line[:1100])
        if match is None or match.group(1).strip().lower() in _NOT_LABELS:
            continue
        label, value = clean_line(match.group(1), 100), match.group(2).strip()
        role = role_of(FormField(label, label, value), {})
        found.append((label, value, role if role in _ROLES else ""))
    return found
