"""Colleagues named in a comment with @ (A8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tenants.models import Membership


def mentioned(text: str) -> list[Membership]:
    """Find the active colleagues whose name follows an @; a first name is enough where it is the only one."""
    if "@" not in text:
        return []
    members = list(Membership.objects.active().order_by("name"))
    pattern, by_spelling = _pattern(members)
    if pattern is None:
        return []
    found = {
        by_spelling[_fold(match[1])].pk: by_spelling[_fold(match[1])] for match in pattern.finditer(text)
    }
    return list(found.values())


def highlighted(text: str, names: Iterable[str]) -> SafeString:
    """Escape the text and mark the names that were meant by @."""
    safe = str(escape(text))
    for name in sorted(set(names), key=len, reverse=True):
        for spelling in dict.fromkeys((name, name.split(" ")[0])):
            pattern = rf"@{re.escape(escape(spelling))}(?!\w)(?![^<]*</b>)"
            safe = re.sub(pattern, lambda match: f'<b class="mention">{match[0]}</b>', safe, flags=re.I)
    return mark_safe(safe)


def _pattern(members: Sequence[Membership]) -> tuple[re.Pattern[str] | None, dict[str, Membership]]:
    """Build one expression of every spelling, the longest first: a full name wins over a first name."""
    first_names = Counter(_fold(member.name.split(" ")[0]) for member in members)
    by_spelling = {}
    for member in members:
        first = _fold(member.name.split(" ")[0])
        if first_names[first] == 1:
            by_spelling[first] = member
    by_spelling |= {_fold(member.name): member for member in members}
    spellings = sorted((s for s in by_spelling if s), key=len, reverse=True)
    if not spellings:
        return None, {}
    alternatives = "|".join(re.escape(s).replace("е", "[её]").replace(r"\ ", r"\s+") for s in spellings)
    return re.compile(rf"(?<!\w)@({alternatives})(?!\w)", re.I), by_spelling


def _fold(name: str) -> str:
    return " ".join(name.lower().replace("ё", "е").split())
