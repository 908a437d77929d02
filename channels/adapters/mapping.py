"""Providers whose account owner names the fields: which of theirs is which of ours, as lines of a setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from channels.adapters.text import clean_line

Names = Mapping[str, tuple[str, ...]]  # our field -> theirs, the first that says something counts
_LINES = re.compile(r"[\n;]+")
_BETWEEN = re.compile(r"[\s,|]+")
_PLACEHOLDER = re.compile(r"\{+\s*[\w.:-]*\s*\}+")  # {callerphone}, {{contact_phone_number}}


def as_lines(names: Names) -> str:
    """Write a mapping as the setting shows it."""
    return "\n".join(f"{ours} = {', '.join(theirs)}" for ours, theirs in names.items())


def read(text: str, *, known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read `our field = their field, another` lines. Raises ValueError that says what is wrong."""
    allowed, found = list(known), {}
    for line in filter(str.strip, _LINES.split(text)):
        ours, equals, theirs = line.partition("=")
        ours = ours.strip()
        if not equals:
            raise ValueError(
                gettext("Write “field = variable”, not “{line}”.").format(line=line.strip()[:60])
            )
        if ours not in allowed:
            names = ", ".join(allowed)
            raise ValueError(
                gettext("There is no field “{name}”; there are: {names}.").format(name=ours[:40], names=names)
            )
        found[ours] = tuple(filter(None, _BETWEEN.split(theirs.strip(" {}\r"))))
    return found


def validator(known: Iterable[str]) -> Callable[[str], None]:
    """Make the check of a mapping setting."""
    names = list(known)

    def check(text: str) -> None:
        read(text, known=names)

    return check


def names_of(text: object, defaults: Names) -> Names:
    """Lay what a setting says over the defaults; one that can't be read says nothing."""
    try:
        return {**defaults, **read(str(text or ""), known=defaults)}
    except ValueError:
        return defaults


def pick(event: Mapping[str, Any], names: Names, ours: str) -> Any:
    """Return the first of their fields that says something; a placeholder nobody filled in says nothing."""
    for name in names.get(ours, ()):
        value = event.get(name)
        if isinstance(value, str) and (not value.strip() or _PLACEHOLDER.fullmatch(value.strip())):
            continue
        if value not in (None, "", [], {}):
            return value
    return None


def pick_line(event: Mapping[str, Any], names: Names, ours: str, limit: int = 200) -> str:
    """Return the same as one clean line; a list is joined."""
    value = pick(event, names, ours)
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value if not isinstance(one, dict | list))
    return clean_line(value, limit)
