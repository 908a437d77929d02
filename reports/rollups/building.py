"""Counting days anew: the one way cells come to be, and the way to see whether they still are as they should."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import DateTimeField, F, Func, IntegerField, Value

from core.ids import uuid7
from core.tenancy import current_tenant_id
from reports.models import Grain
from reports.rollups.cubes import Cube
from reports.rollups.days import ONE, days_within, month_end, month_of, month_runs, runs, start_of
from reports.rollups.shares import Select


def build(cube: Cube, days: Iterable[dt.date], zone: dt.tzinfo, *, last: dt.date) -> None:
    """Replace the cells of these days, and of their months, by what the rows say now; `last` is the last day that is over."""
    listed = list(days)
    if cube.by_month:
        _replace_months(cube, whole_months(listed, last), zone)
    else:
        _replace_days(cube, listed, zone)
        _fold(cube, months_of(listed))


def whole_months(days: Iterable[dt.date], last: dt.date) -> list[dt.date]:
    """List the first days of the months that these days belong to and that are over."""
    return [month for month in months_of(days) if month_end(month) <= last]


def _replace_days(cube: Cube, days: Iterable[dt.date], zone: dt.tzinfo) -> None:
    for first, last in runs(days):
        _replace(cube, Grain.DAY, list(days_within(first, last)), last, zone)


def _replace_months(cube: Cube, months: Iterable[dt.date], zone: dt.tzinfo) -> None:
    for run in month_runs(months):
        _replace(cube, Grain.MONTH, run, month_end(run[-1]), zone)


def _replace(cube: Cube, grain: Grain, starts: list[dt.date], last: dt.date, zone: dt.tzinfo) -> None:
    cells: Any = cube.model.objects.filter(grain=grain, starts_on__range=(starts[0], starts[-1]))
    cells._raw_delete(cells.db)
    for basis in cube.bases:
        _insert(cube, _counted(cube, basis, grain, starts, last, zone))


def _fold(cube: Cube, months: Iterable[dt.date]) -> None:
    """Replace the cells of these months, given by their first days, by the sums of their days."""
    for month in months:
        cells: Any = cube.model.objects.filter(grain=Grain.MONTH, starts_on=month)
        cells._raw_delete(cells.db)
        _insert(cube, _folded(cube, month))


def months_of(days: Iterable[dt.date]) -> list[dt.date]:
    return sorted({month_of(day) for day in days})


def differences(cube: Cube, first: dt.date, last: dt.date, zone: dt.tzinfo) -> int:
    """Count the cells of these days that are missing, or that no row accounts for."""
    days = list(days_within(first, last))
    return sum(
        _differences(_counted(cube, basis, Grain.DAY, days, last, zone), _kept(cube, basis, first, last))
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
            _counted(cube, basis, Grain.MONTH, [month], month_end(month), zone),
            (f"{kept} AND basis = %s", [*params, basis]),
        )
        for basis in cube.bases
    )


def _counted(
    cube: Cube, basis: str, grain: Grain, starts: list[dt.date], last: dt.date, zone: dt.tzinfo
) -> Select:
    """Select the cells of neighbouring days, or months, that begin on `starts`, as the rows say them."""
    field, bounds = cube.bases[basis], [start_of(day, zone) for day in starts]
    moments = {f"{field}__gte": bounds[0], f"{field}__lt": start_of(last + ONE, zone)}
    places = Value(bounds, output_field=ArrayField(DateTimeField()))
    place = Func(F(field), places, function="width_bucket", output_field=IntegerField())
    rows = cube.rows(basis, zone).filter(**moments).annotate(place=place)
    sql, params = cube.select(rows, "place")
    columns = _columns(cube)
    select = f"""
        SELECT %s::bigint AS tenant_id, %s AS basis, %s AS grain, (%s::date[])[q.place] AS starts_on, {columns}
        FROM ({sql}) q (place, {columns})
    """  # noqa: S608  (names are the cube's own)
    return select, [current_tenant_id(), basis, grain.value, starts, *params]


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
    """Keep what was selected, under ids in a row: random ones take twice as long, each goes elsewhere in two indexes."""
    sql, params = select
    columns = f"id, tenant_id, basis, grain, starts_on, {_columns(cube)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {cube.model._meta.db_table} ({columns}) "  # noqa: S608
            f"SELECT (%s || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid, s.* FROM ({sql}) s",
            [uuid7().hex[:20], *params],
        )


def _differences(one: Select, other: Select) -> int:
    (a, a_params), (b, b_params) = one, other
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ((({a}) EXCEPT ALL ({b})) UNION ALL (({b}) EXCEPT ALL ({a}))) d",  # noqa: S608
            [*a_params, *b_params, *b_params, *a_params],
        )
        count: int = cursor.fetchone()[0]
    return count
