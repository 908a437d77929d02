"""Counting days anew: the one way cells come to be, and the way to see whether they still are as they should."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import DateTimeField, F, Func, IntegerField, Value

from core.ids import uuid7
from core.tenancy import current_tenant_id
from reports.models import Grain
from reports.rollups.cubes import Cube, read
from reports.rollups.days import ONE, days_within, month_end, month_of, month_runs, runs, start_of
from reports.rollups.shares import Select

MEMORY_MB = 64  # for each group of cells: with the usual 4 all days of a large company are sorted on disk


def build(cubes: Sequence[Cube], days: Iterable[dt.date], zone: dt.tzinfo, *, last: dt.date) -> None:
    """Replace the cells of these days, and of their months, by what the rows say now; `last` is the last day that is over.

    Cells of many columns are kept by day as long as the month is not over.
    """
    _execute((f"SET LOCAL work_mem = '{MEMORY_MB}MB'", []))
    listed, opened = sorted(days), month_of(last + ONE)
    by_day = [cube for cube in cubes if not cube.by_month]
    by_month = [cube for cube in cubes if cube.by_month]
    for run in runs(day for day in listed if day < opened):
        _replace(by_day, Grain.DAY, list(days_within(*run)), run[1], zone)
    for run in runs(day for day in listed if day >= opened):
        _replace(cubes, Grain.DAY, list(days_within(*run)), run[1], zone)
    for cube in by_day:
        _fold(cube, months_of(listed))
    for months in month_runs(whole_months(listed, last)):
        for cube in by_month:
            _drop(cube, Grain.DAY, months[0], month_end(months[-1]))
        _replace(by_month, Grain.MONTH, months, month_end(months[-1]), zone)


def whole_months(days: Iterable[dt.date], last: dt.date) -> list[dt.date]:
    """List the first days of the months that these days belong to and that are over."""
    return [month for month in months_of(days) if month_end(month) <= last]


def _replace(
    cubes: Sequence[Cube], grain: Grain, starts: list[dt.date], last: dt.date, zone: dt.tzinfo
) -> None:
    for cube in cubes:
        _drop(cube, grain, starts[0], starts[-1])
    for basis, together in _together(cubes):
        days = _Days(basis, grain, starts, last, zone)
        if len(together) == 1:
            _insert(together[0], _counted(together[0], days))
        else:
            _insert_all(together, days)


def _together(cubes: Iterable[Cube]) -> Iterator[tuple[str, list[Cube]]]:
    """Bring cubes together that read the same rows by the same date; yield the date's word with them."""
    found: dict[tuple[str, Any], list[Cube]] = {}
    for cube in cubes:
        for basis in cube.bases:
            found.setdefault((basis, cube.rows), []).append(cube)
    for (basis, _rows), together in found.items():
        yield basis, together


def _fold(cube: Cube, months: Iterable[dt.date]) -> None:
    """Replace the cells of these months, given by their first days, by the sums of their days."""
    for month in months:
        _drop(cube, Grain.MONTH, month, month)
        _insert(cube, _folded(cube, month))


def _drop(cube: Cube, grain: Grain, first: dt.date, last: dt.date) -> None:
    cells: Any = cube.model.objects.filter(grain=grain, starts_on__range=(first, last))
    cells._raw_delete(cells.db)


def months_of(days: Iterable[dt.date]) -> list[dt.date]:
    return sorted({month_of(day) for day in days})


def differences(cube: Cube, first: dt.date, last: dt.date, zone: dt.tzinfo) -> int:
    """Count the cells of these days that are missing, or that no row accounts for."""
    days = list(days_within(first, last))
    return sum(
        _differences(
            _counted(cube, _Days(basis, Grain.DAY, days, last, zone)), _kept(cube, basis, first, last)
        )
        for basis in cube.bases
    )


def month_differences(cube: Cube, month: dt.date, zone: dt.tzinfo) -> int:
    """Count the cells of a month that are not the sums of its days, or not what its rows say where it has no days."""
    kept = f"""
        SELECT tenant_id, basis, grain, starts_on, {_columns(cube)} FROM {cube.model._meta.db_table}
        WHERE tenant_id = %s AND grain = 'month' AND starts_on = %s
    """  # noqa: S608  (names are the cube's own)
    params = [current_tenant_id(), month]
    if not cube.by_month:
        return _differences(_folded(cube, month), (kept, params))
    return sum(
        _differences(
            _counted(cube, _Days(basis, Grain.MONTH, [month], month_end(month), zone)),
            (f"{kept} AND basis = %s", [*params, basis]),
        )
        for basis in cube.bases
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Days:
    """Neighbouring days, or months, that are counted: their beginnings, the last day of all, and by which date of the rows."""

    basis: str
    grain: Grain
    starts: list[dt.date]
    last: dt.date
    zone: dt.tzinfo

    def rows(self, cube: Cube) -> Any:
        """Return the rows of these days, with the number of theirs as `place`."""
        field, bounds = cube.bases[self.basis], [start_of(day, self.zone) for day in self.starts]
        moments = {f"{field}__gte": bounds[0], f"{field}__lt": start_of(self.last + ONE, self.zone)}
        places = Value(bounds, output_field=ArrayField(DateTimeField()))
        place = Func(F(field), places, function="width_bucket", output_field=IntegerField())
        return cube.rows(self.basis, self.zone).filter(**moments).annotate(place=place)

    def cells(self, cube: Cube, counted: Select) -> Select:
        """Make cells of what was counted by place."""
        sql, params = counted
        columns = _columns(cube)
        select = f"""
            SELECT %s::bigint AS tenant_id, %s AS basis, %s AS grain, (%s::date[])[q.place] AS starts_on, {columns}
            FROM ({sql}) q (place, {columns})
        """  # noqa: S608  (names are the cube's own)
        return select, [current_tenant_id(), self.basis, self.grain.value, self.starts, *params]


def _counted(cube: Cube, days: _Days) -> Select:
    """Select the cells of days, as the rows say them."""
    return days.cells(cube, cube.select(days.rows(cube)))


def _kept(cube: Cube, basis: str, first: dt.date, last: dt.date) -> Select:
    select = f"""
        SELECT tenant_id, basis, grain, starts_on, {_columns(cube)} FROM {cube.model._meta.db_table}
        WHERE tenant_id = %s AND basis = %s AND grain = 'day' AND starts_on BETWEEN %s AND %s
    """  # noqa: S608  (names are the cube's own)
    return select, [current_tenant_id(), basis, first, last]


def _folded(cube: Cube, month: dt.date) -> Select:
    """Select the cells of a month as its days say them."""
    dimensions, sums = ", ".join(cube.dimensions), ", ".join(f"sum({name})" for name in cube.measures)
    select = f"""
        SELECT tenant_id, basis, 'month' AS grain, %s::date AS starts_on, {dimensions}, {sums}
        FROM {cube.model._meta.db_table}
        WHERE tenant_id = %s AND grain = 'day' AND starts_on BETWEEN %s AND %s
        GROUP BY tenant_id, basis, {dimensions}
    """  # noqa: S608  (names are the cube's own)
    return select, [month, current_tenant_id(), month, month_end(month)]


def _columns(cube: Cube) -> str:
    """Name what a cell holds; cells have no references, so their fields are called as their columns."""
    return ", ".join((*cube.dimensions, *cube.measures))


def _insert(cube: Cube, select: Select) -> None:
    _execute(_kept_as(cube, select))


def _insert_all(cubes: Sequence[Cube], days: _Days) -> None:
    """Keep the cells of several cubes, whose rows are read once."""
    sql, params = read(cubes, days.rows(cubes[0]))
    parts = [f"rows_read AS MATERIALIZED ({sql})"]
    for number, cube in enumerate(cubes):
        insert, of_it = _kept_as(cube, days.cells(cube, (cube.counting("rows_read"), [])))
        parts.append(f"kept_{number} AS ({insert})")
        params += of_it
    _execute((f"WITH {', '.join(parts)} SELECT", params))


def _kept_as(cube: Cube, select: Select) -> Select:
    """Write what keeps the selected cells.

    Under ids in a row: random ones take twice as long, each goes elsewhere in two indexes. What rows share is told apart by
    chance: two ids made within a millisecond differ in their last digits only.
    """
    sql, params = select
    columns = f"id, tenant_id, basis, grain, starts_on, {_columns(cube)}"
    insert = (
        f"INSERT INTO {cube.model._meta.db_table} ({columns}) "  # noqa: S608  (names are the cube's own)
        f"SELECT (%s || lpad(to_hex(row_number() OVER ()), 7, '0'))::uuid, s.* FROM ({sql}) s"
    )
    return insert, [uuid7().hex[:17] + secrets.token_hex(4), *params]


def _execute(statement: Select) -> None:
    with connection.cursor() as cursor:
        cursor.execute(*statement)


def _differences(one: Select, other: Select) -> int:
    (a, a_params), (b, b_params) = one, other
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ((({a}) EXCEPT ALL ({b})) UNION ALL (({b}) EXCEPT ALL ({a}))) d",  # noqa: S608
            [*a_params, *b_params, *b_params, *a_params],
        )
        count: int = cursor.fetchone()[0]
    return count
