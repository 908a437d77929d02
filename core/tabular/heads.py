"""Where the header of a table is, what its columns are called, and the mark by which the same table is known again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_LOOKED_AT = 20
_VALUE = re.compile(r"[\d\s+().,:/%-]*\d[\d\s+().,:/%-]*$|.*@.*\..*")


def find(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return the header's first row (from 1) and how many rows it takes; (1, 1) where nothing tells.

    A title above the table fills one cell, the header most of them. A header of two rows has gaps in the first (a
    merged cell over several columns) that the second fills with words.
    """
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[:_LOOKED_AT]]
    widest = max(widths, default=0)
    for index, width in enumerate(widths):
        if width and width * 2 >= widest:
            return index + 1, depth(rows, index + 1)
    return 1, 1


def depth(rows: Sequence[Sequence[str]], first: int) -> int:
    """Say whether the header that begins in this row takes one row or two."""
    if len(rows) < first + 1:
        return 1
    upper, lower = rows[first - 1], rows[first]
    filled = [i for i, cell in enumerate(upper) if cell.strip()]
    below = [i for i, cell in enumerate(lower) if cell.strip()]
    if not filled or not below:
        return 1
    gaps = [
        i for i in range(filled[0], max(len(upper), below[-1] + 1)) if i >= len(upper) or not upper[i].strip()
    ]
    is_filled_below = bool(gaps) and all(i in below for i in gaps)
    return 2 if is_filled_below and not any(_VALUE.match(lower[i].strip()) for i in below) else 1


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Make the columns' names of one or two header rows; a column without one is called by its number's letter."""
    width = max((len(row) for row in rows), default=0)
    padded = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    names = []
    group = ""
    for index in range(width):
        parts = [row[index] for row in padded]
        if len(parts) == 2:
            group = parts[0] or (group if parts[1] else "")
            parts = [group, parts[1]]
        names.append(" ".join(" ".join(dict.fromkeys(part for part in parts if part)).split())[:200])
    while names and not names[-1]:
        names.pop()
    return names


def fingerprint(names: Sequence[str]) -> str:
    """Return what tables with these columns have in common, whatever the case."""
    text = "\n".join(" ".join(name.lower().split()) for name in names)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
