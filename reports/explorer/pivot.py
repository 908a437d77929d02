"""Rows, columns and totals of the groups that were read. Totals count each row of the list once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.dimensions import Dimension
from reports.exchange import Exchange
from reports.explorer.asking import Asked
from reports.explorer.measures import Tally
from reports.explorer.reading import ALL, Group
from reports.time_steps import Step

OTHERS = object()  # the values beside the largest
MOST_COLUMNS = 12
MOST_STEPS = {True: 92, False: 31}  # of time: as rows, as columns


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A row or a column of the table: a value, those beside the shown ones, or all."""

    value: Any
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pivot:
    """The table. `cells` are by (row's value, column's value); ALL stands for a total."""

    rows: Sequence[Line]
    columns: Sequence[Line]
    cells: Mapping[tuple[Any, Any], Tally]
    shown: Mapping[bool, Sequence[Any]]  # the values the others are beside: of rows (True), of columns

    def at(self, row: Any, column: Any) -> Tally:
        return self.cells.get((row, column)) or Tally()

    @property
    def whole(self) -> Tally:
        return self.at(ALL, ALL)


def build(asked: Asked, groups: Iterable[Group], exchange: Exchange) -> Pivot:
    """Arrange what was read: the largest rows and columns by themselves, the rest together, in the order asked for."""
    found = list(groups)
    rows, shown_rows = _lines(asked, asked.rows, found, exchange, is_rows=True)
    columns, shown_columns = _lines(asked, asked.columns, found, exchange, is_rows=False)
    cells: dict[tuple[Any, Any], Tally] = {}
    row_set, column_set = frozenset(shown_rows), frozenset(shown_columns)
    for group in found:
        across = {ALL, *_placed(group.columns, column_set)}
        for row in {ALL, *_placed(group.rows, row_set)}:
            for column in across:
                cells.setdefault((row, column), Tally()).add(group.extra, group.figures)
    return Pivot(rows, columns, cells, {True: shown_rows, False: shown_columns})


def totals(groups: Iterable[Group], shown: Sequence[Any]) -> dict[Any, Tally]:
    """Add up the groups of another period by the same rows; ALL is all of them."""
    found: dict[Any, Tally] = {}
    for group in groups:
        for row in {ALL, *_placed(group.rows, frozenset(shown))}:
            found.setdefault(row, Tally()).add(group.extra, group.figures)
    return found


def _placed(values: tuple[Any, ...], shown: frozenset[Any]) -> Iterable[Any]:
    """Say where rows of these values stand: among the others only where none of theirs is shown."""
    if None in values or ALL in values:
        return values
    return [value for value in values if value in shown] or (OTHERS,)


def _lines(
    asked: Asked, axis: Dimension | None, groups: Sequence[Group], exchange: Exchange, *, is_rows: bool
) -> tuple[list[Line], Sequence[Any]]:
    if axis is None:
        return [], ()
    tallies: dict[Any, Tally] = {}
    for group in groups:
        for value in group.rows if is_rows else group.columns:
            tallies.setdefault(value, Tally()).add(group.extra, group.figures)
    has_none = tallies.pop(None, None) is not None
    size = {value: _size(asked, tally, exchange) for value, tally in tallies.items()}
    values = _chosen(axis, size, asked.top if is_rows else MOST_COLUMNS, is_rows=is_rows)
    names = axis.named(values)
    figures = {value: asked.figure.value(tallies.get(value) or Tally(), exchange) for value in values}
    ordered = _ordered(asked.order if is_rows else "", axis, names, figures)
    lines = [Line(value, names[value]) for value in ordered]
    if len(values) < len(tallies.keys() | set(values)):
        lines.append(Line(OTHERS, ""))
    if has_none:
        lines.append(Line(None, names[None]))
    return lines, tuple(values)


def _size(asked: Asked, tally: Tally, exchange: Exchange) -> Any:
    """Say how large a group is: by what is asked for where that adds up, by its rows otherwise."""
    return asked.figure.value(tally, exchange) if asked.figure.adds_up else tally.count


def _chosen(axis: Dimension, size: Mapping[Any, Any], most: int, *, is_rows: bool) -> list[Any]:
    """Pick the values that are shown by themselves."""
    if isinstance(axis, Step):
        return axis.between(list(size))[-MOST_STEPS[is_rows] :]
    if axis.every:
        return list(axis.every())
    largest = sorted(size, key=lambda value: (-size[value], str(value)))
    return largest if len(largest) <= most + 1 else largest[:most]


def _ordered(order: str, axis: Dimension, names: Mapping[Any, str], figures: Mapping[Any, Any]) -> list[Any]:
    """Put values in the order asked for: without a wish in their own, where they have one, else the largest first.

    `names` are in the values' own order.
    """
    own = [value for value in names if value in figures]
    if not axis.is_ordered:
        own.sort(key=lambda value: names[value].casefold())
    if order.endswith("label") or (not order and axis.is_ordered):
        return own[::-1] if order.startswith("-") else own
    own.sort(key=lambda value: figures[value] or 0, reverse=order != "value")
    return own
