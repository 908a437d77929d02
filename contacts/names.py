"""Names of people, taken apart and put together."""

from __future__ import annotations

import re
from typing import NamedTuple

_PATRONYMIC = re.compile(r"(?:вич|вна|ична|инична|оглы|кызы)$", re.I)
_SURNAME = re.compile(
    r"(?:ов|ев|ёв|ин|ын|ова|ева|ёва|ина|ына|ский|цкий|ская|цкая|енко|чук|щук|юк|ян|швили|дзе|ых|их)$", re.I
)
_FIRST_NAMES_LIKE_SURNAMES = {
    "марина",
    "ирина",
    "екатерина",
    "нина",
    "полина",
    "алина",
    "кристина",
    "валентина",
    "галина",
    "карина",
    "арина",
    "регина",
    "константин",
    "валентин",
    "мартин",
    "севастьян",
}


class Parts(NamedTuple):
    """The parts of a person's name; any may be empty."""

    last: str = ""
    first: str = ""
    middle: str = ""


def split_name(name: str) -> Parts:
    """Take a name apart as people write it: Иванова Мария Петровна, Мария Иванова, Smith, John."""
    before, comma, after = (part.strip() for part in name.partition(","))
    if comma and before and after and " " not in before:
        return Parts(before, *_first_and_middle(after.split()))
    words = name.replace(",", " ").split()
    if len(words) > 3 or not words:
        return Parts(first=" ".join(words)[:100]) if words else Parts()
    return Parts(*(part[:100] for part in _arrange(words)))


def join_name(last: str, first: str, middle: str = "") -> str:
    """Put a name together as it is shown: first name first."""
    return " ".join(part for part in (first, middle, last) if part)


def _first_and_middle(words: list[str]) -> tuple[str, str]:
    return words[0], " ".join(words[1:])


def _arrange(words: list[str]) -> Parts:
    if len(words) == 1:
        return Parts(first=words[0])
    if len(words) == 3:
        a, b, c = words
        return Parts(c, a, b) if _PATRONYMIC.search(b) and not _PATRONYMIC.search(c) else _three(a, b, c)
    a, b = words
    if _PATRONYMIC.search(b) and not _is_surname(b):
        return Parts(first=a, middle=b)
    return Parts(a, b) if _is_surname(a) and not _is_surname(b) else Parts(b, a)


def _three(a: str, b: str, c: str) -> Parts:
    return Parts(a, b, c) if _PATRONYMIC.search(c) else Parts(c, a, b)


def _is_surname(word: str) -> bool:
    return bool(_SURNAME.search(word)) and word.lower() not in _FIRST_NAMES_LIKE_SURNAMES
