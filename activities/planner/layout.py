"""Where something stands in a day: rows of a quarter of an hour, and lanes for what overlaps. No database."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

ROW_MIN = 15
DAY_MIN = 24 * 60
LANES = 12  # a day is so many columns wide: 1, 2, 3, 4, 6 or 12 things stand side by side
_WIDTHS = (1, 2, 3, 4, 6, 12)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where one thing stands: row and length in quarters of an hour, column and width in twelfths."""

    row: int
    length: int
    column: int
    width: int


def places(spans: Sequence[tuple[int, int]], *, first_min: int = 0) -> list[Place]:
    """Lay out what takes place from minute to minute; what overlaps stands side by side.

    `first_min` is the minute the shown day begins with. The answer is in the order of `spans`.
    """
    rows = [_rows(span, first_min) for span in spans]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], -rows[i][1], i))
    found: dict[int, Place] = {}
    cluster: list[int] = []
    until = -1
    for index in order:
        start, end = rows[index]
        if cluster and start >= until:
            found |= _side_by_side(cluster, rows)
            cluster, until = [], -1
        cluster.append(index)
        until = max(until, end)
    found |= _side_by_side(cluster, rows)
    return [found[index] for index in range(len(rows))]


def _rows(span: tuple[int, int], first_min: int) -> tuple[int, int]:
    start = max(0, span[0] - first_min) // ROW_MIN
    end = -(-(min(span[1], DAY_MIN) - first_min) // ROW_MIN)
    return start, max(end, start + 1)


def _side_by_side(cluster: Sequence[int], rows: Sequence[tuple[int, int]]) -> dict[int, Place]:
    """Give each the first lane that is free when it begins."""
    free_from: list[int] = []
    lane_of: dict[int, int] = {}
    for index in cluster:
        start, end = rows[index]
        lane = next((i for i, free in enumerate(free_from) if free <= start), len(free_from))
        if lane == len(free_from):
            free_from.append(end)
        free_from[lane] = end
        lane_of[index] = lane
    count = next((width for width in _WIDTHS if width >= len(free_from)), LANES)
    width = LANES // count
    return {
        index: Place(
            row=rows[index][0],
            length=rows[index][1] - rows[index][0],
            column=min(lane, LANES - 1) * width % LANES,
            width=width,
        )
        for index, lane in lane_of.items()
    }
