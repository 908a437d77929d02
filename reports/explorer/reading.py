"""Groups of rows that are alike in all a question asks about: one query, or as few as the cells take."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from django.http import QueryDict

from reports.dimensions import Dimension
from reports.explorer.asking import Asked, list_of
from reports.explorer.measures import seconds_to_close
from reports.periods import Period
from reports.rollups.reading import Figured, figured_deals, figured_leads

ALL = object()  # the only row, or column, of a question that names none


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Rows that lie in the same rows and columns of the table: several of a kind where they have several values."""

    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    extra: Any
    figures: tuple[Any, ...]


def groups_of(asked: Asked, member: Any, params: QueryDict, period: Period) -> Iterator[Group]:
    """Read a question's groups. Each row of the list is in exactly one of them, so that totals count it once."""
    filters = list_of(asked.subject).filtered(member, params)
    axes = [axis for axis in (asked.rows, asked.columns) if axis]
    columns = [axis.column for axis in axes]
    if asked.figure.extra:
        columns.append(asked.figure.extra)
    needed = [*columns, *filter(None, [asked.figure.needs])]
    figured = (figured_leads if asked.subject == "leads" else figured_deals)(filters, member, period, needed)
    if figured.cube is None or not asked.figure.has_cells:
        figured = _of_rows(asked, figured, filters, axes)
    placed = [_placed(axis) for axis in axes]
    for values, figures in figured.by(*dict.fromkeys(columns), measures=asked.figure.sums).items():
        told = dict(zip(dict.fromkeys(columns), values, strict=True))
        lies = [place(told[axis.column]) for place, axis in zip(placed, axes, strict=True)]
        extra = told.get(asked.figure.extra)
        yield Group(lies[0] if lies else (ALL,), lies[1] if len(lies) > 1 else (ALL,), extra, figures)


def _of_rows(asked: Asked, figured: Figured, filters: Any, axes: list[Dimension]) -> Figured:
    """Read from the rows alone, with the expressions no cell knows."""
    rows = filters.qs
    kept = {axis.column: axis.kept(filters) for axis in axes if axis.kept}
    if asked.figure.key == "cycle":
        rows = rows.annotate(seconds_to_close=seconds_to_close())
    if asked.figure.step:
        kept[asked.figure.extra] = asked.figure.step()
    return dataclasses.replace(figured, rows=rows.annotate(**kept), cube=None)


def _placed(axis: Dimension) -> Callable[[Any], tuple[Any, ...]]:
    """Make what tells the values of a dimension that a group of rows has; one query at most."""
    if axis.is_many:
        return lambda values: tuple(dict.fromkeys(values or ())) or (None,)
    group_of = axis.groups()
    return lambda value: (group_of(value),)
