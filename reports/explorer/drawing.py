"""The explorer's chart: bars by rows, or lines over time. The table beside it says the same in numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from reports.explorer.pivot import OTHERS, Line
from reports.explorer.reading import ALL
from reports.explorer.table import Row, Sheet

MOST_BARS = 25
# Fills in their fixed order; the fifth is whatever has no room
FILLS = ("var(--ch-1)", "url(#p2)", "url(#p3)", "url(#p4)", "var(--ch-4)")
LINES = ("l1", "l2", "l3", "l4", "l5")  # classes: each line has its colour and its dashes
WIDTH, HEIGHT = 1000, 160


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    x: str
    width: str
    fill: str
    said: str


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    name: str
    text: str
    parts: Sequence[Part]
    said: str


@dataclasses.dataclass(frozen=True, slots=True)
class Curve:
    name: str
    css: str
    points: str


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """A kind of parts: some columns of the table, added up."""

    name: str
    mark: str  # fill or class
    columns: Sequence[Any]


def series_of(sheet: Sheet, marks: Sequence[str], *, is_apart: bool) -> list[Series]:
    """Give the largest columns a mark each, and one to the rest together.

    The whole alone where it is not taken apart, or where figures don't add up.
    """
    columns = sheet.pivot.columns
    if not columns or not is_apart or not sheet.asked.figure.adds_up:
        return [Series(str(sheet.asked.figure.label), marks[0], [ALL])]
    own, rest = list(columns), list[Line]()
    if len(own) > len(marks):
        own.sort(key=lambda line: (line.value is OTHERS, -_size(sheet, ALL, line.value)))
        own, rest = own[: len(marks) - 1], own[len(marks) - 1 :]
    names = [sheet.name_of(line, sheet.asked.columns) for line in own]
    found = [Series(name, mark, [line.value]) for name, line, mark in zip(names, own, marks, strict=False)]
    if rest:
        found.append(Series(sheet.name_of(Line(OTHERS, ""), None), marks[-1], [line.value for line in rest]))
    return found


def _size(sheet: Sheet, row: Any, column: Any) -> float:
    return float(sheet.asked.figure.value(sheet.pivot.at(row, column), sheet.exchange) or 0)


def bars(sheet: Sheet, rows: Sequence[Row], series: Sequence[Series]) -> list[Bar]:
    """Draw the first rows on one scale."""
    drawn = rows[:MOST_BARS]
    sizes = [[sum(_size(sheet, row.line.value, c) for c in one.columns) for one in series] for row in drawn]
    longest = max((sum(of) for of in sizes), default=0)
    if not longest:
        return []
    return [_bar(sheet, row, series, of, longest) for row, of in zip(drawn, sizes, strict=True)]


def _bar(sheet: Sheet, row: Row, series: Sequence[Series], sizes: Sequence[float], longest: float) -> Bar:
    x, parts = 0.0, []
    for one, size in zip(series, sizes, strict=True):
        if size > 0:
            width = 100 * size / longest
            said = f"{one.name}: {sheet.asked.figure.shown(size, sheet.exchange)}"
            parts.append(Part(f"{x:.2f}%", f"{width:.2f}%", one.mark, said))
            x += width
    return Bar(row.name, row.total.text, parts, f"{row.name}: {row.total.text}")


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """Figures over time, from nothing at the bottom to the highest at the top."""

    curves: Sequence[Curve]
    highest: str
    first: str
    last: str


def lines(sheet: Sheet, rows: Sequence[Row], series: Sequence[Series]) -> Lines | None:
    """Draw figures over time; nothing of one step alone. Where nothing is known a line goes on to the next step."""
    steps = [row for row in rows if row.line.value not in (OTHERS, None)]
    steps.sort(key=lambda row: row.line.value)
    if len(steps) < 2:
        return None
    sizes = [[_known(sheet, row.line.value, one) for row in steps] for one in series]
    highest = max((size for of in sizes for size in of if size is not None), default=0) or 1.0
    width = WIDTH / (len(steps) - 1)
    found = []
    for one, of in zip(series, sizes, strict=True):
        points = [
            f"{place * width:.1f},{HEIGHT - (HEIGHT - 4) * size / highest - 2:.1f}"
            for place, size in enumerate(of)
            if size is not None
        ]
        found.append(Curve(one.name, one.mark, " ".join(points)))
    return Lines(found, sheet.asked.figure.shown(highest, sheet.exchange), steps[0].name, steps[-1].name)


def _known(sheet: Sheet, row: Any, series: Series) -> float | None:
    values = [sheet.asked.figure.value(sheet.pivot.at(row, c), sheet.exchange) for c in series.columns]
    known = [float(value) for value in values if value is not None]
    return sum(known) if known else None
