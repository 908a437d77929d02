"""The cells of the explorer's table: what they say, how dark they are, and the rows they open."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from reports.dimensions import Dimension
from reports.exchange import Exchange
from reports.explorer.asking import LISTS, OWN, Asked
from reports.explorer.measures import Tally
from reports.explorer.pivot import OTHERS, Line, Pivot
from reports.explorer.reading import ALL
from reports.heat import level_of
from reports.time_steps import Step


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One figure with the rows it is of."""

    value: Any
    text: str
    count: int
    url: str = ""
    level: int = 0
    said: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    line: Line
    name: str
    url: str
    cells: Sequence[Cell]
    total: Cell
    delta: Any = None


class Sheet:
    """A question's table, with the links of the reader's address."""

    def __init__(self, asked: Asked, pivot: Pivot, exchange: Exchange, params: QueryDict) -> None:
        self.asked, self.pivot, self.exchange = asked, pivot, exchange
        self.params = params.copy()
        for name in OWN:
            self.params.pop(name, None)
        self.address = reverse(LISTS[asked.subject])

    def name_of(self, line: Line, axis: Dimension | None) -> str:
        if line.value is OTHERS:
            return _("Earlier") if isinstance(axis, Step) else _("Others")
        return line.name

    @cached_property
    def heads(self) -> list[tuple[str, Cell]]:
        """The columns' names with their totals."""
        return [
            (self.name_of(line, self.asked.columns), self.cell(ALL, line.value, share="column"))
            for line in self.pivot.columns
        ]

    @cached_property
    def whole(self) -> Cell:
        return self.cell(ALL, ALL)

    def rows(self, before: dict[Any, Tally] | None) -> list[Row]:
        """Lay out the rows; with the figures of the period they are compared with, also how they changed."""
        darkest = self._darkest
        return [
            Row(
                line,
                self.name_of(line, self.asked.rows),
                self.url(line.value, ALL),
                [self.cell(line.value, column.value, darkest) for column in self.pivot.columns],
                self.cell(line.value, ALL),
                None if before is None else self._change(line.value, before),
            )
            for line in self.pivot.rows
        ]

    @cached_property
    def _darkest(self) -> float:
        values = [
            self._value(self.pivot.at(row.value, column.value), row.value, column.value)
            for row in self.pivot.rows
            for column in self.pivot.columns
        ]
        return float(max((value for value in values if value), default=0))

    def _change(self, row: Any, before: dict[Any, Tally]) -> Any:
        figure = self.asked.figure
        now = figure.value(self.pivot.at(row, ALL), self.exchange)
        was = figure.value(before.get(row) or Tally(), self.exchange)
        return now - was

    def cell(self, row: Any, column: Any, darkest: float = 0, share: str = "") -> Cell:
        tally = self.pivot.at(row, column)
        value = self._value(tally, row, column)
        level = 0
        if darkest and value:
            level = level_of(float(value), darkest)
        rows = self._rows_in_words(tally.count)
        return Cell(
            value, self._text(value), tally.count, self.url(row, column) if tally.count else "", level, rows
        )

    def _value(self, tally: Tally, row: Any, column: Any) -> Any:
        """Return the figure of a cell, or the per cent it is of its row, column or the whole."""
        figure, share = self.asked.figure, self.asked.share
        value = figure.value(tally, self.exchange)
        if not share:
            return value
        of = {
            "row": self.pivot.at(row, ALL),
            "column": self.pivot.at(ALL, column),
            "total": self.pivot.whole,
        }[share]
        whole = figure.value(of, self.exchange)
        return 100 * float(value) / float(whole) if whole else None

    def _text(self, value: Any) -> str:
        if self.asked.share:
            return "—" if value is None else formats.percent(value)
        return self.asked.figure.shown(value, self.exchange)

    def _rows_in_words(self, n: int) -> str:
        words = (
            ngettext("%(n)s lead", "%(n)s leads", n)
            if self.asked.subject == "leads"
            else ngettext("%(n)s deal", "%(n)s deals", n)
        )
        return words % {"n": formats.number(n)}

    def url(self, row: Any, column: Any) -> str:
        """Build the address of the list with the rows of a cell."""
        params = self._narrowed(self.params, self.asked.rows, row, is_rows=True)
        params = self._narrowed(params, self.asked.columns, column, is_rows=False)
        return f"{self.address}?{params.urlencode()}"

    def _narrowed(self, params: QueryDict, axis: Dimension | None, value: Any, *, is_rows: bool) -> QueryDict:
        if axis is None or value is ALL:
            return params
        if value is OTHERS:
            return axis.rest(params, self.pivot.shown[is_rows])
        return axis.narrowed(params, value)


def as_table(sheet: Sheet, rows: Sequence[Row]) -> tuple[list[Any], list[list[Any]]]:
    """Write the heads and rows of a file; the last row is the total."""
    asked = sheet.asked
    label = asked.rows.label if asked.rows else ""
    heads = [
        label,
        *(name for name, _total in sheet.heads),
        _("Total") if asked.columns else measure_name(sheet),
    ]
    table = [[row.name, *(_plain(cell) for cell in row.cells), _plain(row.total)] for row in rows]
    totals = [_plain(cell) for _name, cell in sheet.heads]
    return heads, [*table, [_("Total"), *totals, _plain(sheet.whole)]]


def measure_name(sheet: Sheet) -> str:
    """Name the figure with its unit."""
    return str(sheet.asked.figure.label)


def _plain(cell: Cell) -> Any:
    return round(cell.value, 1) if isinstance(cell.value, float) else cell.value
