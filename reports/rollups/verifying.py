"""Comparing what is counted with the rows it was counted from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Max, Min

from reports.models import Change, Grain, Rollup, Subject
from reports.rollups.building import differences, month_differences, months_of, whole_months
from reports.rollups.cubes import Cube, of_subject
from reports.rollups.days import ONE, day_of, days_within, month_end, month_of, runs, zone_of
from reports.rollups.spans import changed_days


def differing_cells() -> int:
    """Count the cells of the active tenant that aren't what the rows say. Days whose change is noted are left out."""
    return sum(
        _of_cube(cube, state) for state in Rollup.objects.all() for cube in of_subject(Subject(state.subject))
    )


def _of_cube(cube: Cube, state: Rollup) -> int:
    zone = zone_of(state.zone)
    grain = Grain.MONTH if cube.by_month else Grain.DAY
    ends = [*cube.model.objects.filter(grain=grain).aggregate(Min("starts_on"), Max("starts_on")).values()]
    if None in ends:
        return 0
    first, last = min(ends), day_of(state.built_to, zone) - ONE
    changed = changed_days(Change.objects.filter(subject=state.subject), zone)
    days = [day for day in days_within(first, last) if day not in changed]
    if cube.by_month:
        touched = {month_of(day) for day in changed}
        months = [month for month in whole_months(days, last) if month not in touched]
        opened = runs(day for day in days if day >= month_of(last + ONE))
        wrong = sum(differences(cube, *run, zone) for run in opened)
        return wrong + sum(month_differences(cube, month, zone) for month in months)
    wrong = sum(differences(cube, *run, zone) for month in months_of(days) for run in _within(days, month))
    return wrong + sum(month_differences(cube, month, zone) for month in months_of(days))


def _within(days: Iterable[dt.date], month: dt.date) -> list[tuple[dt.date, dt.date]]:
    return runs(day for day in days if month <= day <= month_end(month))
