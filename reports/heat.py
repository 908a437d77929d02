"""Shades of a heat map: a cell is told by its number, and by its shade."""

from __future__ import annotations

import dataclasses
import math

LEVELS = 5  # beside none
LEGEND = range(1, LEVELS + 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Heat:
    """One cell of a heat map."""

    text: str
    level: int
    said: str
    url: str = ""


def level_of(value: float, most: float) -> int:
    """Say how dark a value is beside the largest; of nothing, 0."""
    return min(LEVELS, math.ceil(LEVELS * value / most)) if value and most else 0
