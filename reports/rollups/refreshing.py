"""Keeping cells fresh: which days are counted anew, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Max, Min

from core import locks
from reports.models import Change, Rollup, Subject
from reports.rollups.building import build
from reports.rollups.cubes import Cube, of_subject
from reports.rollups.days import ONE, day_of, days_within, start_of, zone_of
from reports.rollups.spans import changed_days
from tenants.models import Tenant

# A change is left alone for so long: whoever wrote it before the day was counted has surely committed by then
SETTLED = dt.timedelta(seconds=60)
DAYS_AT_ONCE = 31  # counted in one transaction


def rebuild(tenant: Tenant, *, now: dt.datetime, subjects: Iterable[Subject] = tuple(Subject)) -> None:
    """Drop the cells of the active tenant and count every day that is over."""
    for subject in subjects:
        locks.hold("rollup", subject)
        Rollup.objects.filter(subject=subject).delete()
        _begin(tenant, subject, now)


def refresh(tenant: Tenant, *, now: dt.datetime, settled: dt.timedelta = SETTLED) -> int:
    """Count anew what has changed, and the days that are over meanwhile; return how many days were counted."""
    return sum(_refresh(tenant, subject, now, settled) for subject in Subject)


def _refresh(tenant: Tenant, subject: Subject, now: dt.datetime, settled: dt.timedelta) -> int:
    locks.hold("rollup", subject)
    state = Rollup.objects.filter(subject=subject).first()
    if state is None or state.zone != tenant.time_zone:
        Rollup.objects.filter(subject=subject).delete()
        return _begin(tenant, subject, now)
    _advance(state, now)
    return _count_changed(state, now - settled)


def _begin(tenant: Tenant, subject: Subject, now: dt.datetime) -> int:
    """Count all days up to today.

    The state comes first: from then on changes are noted, so that none is missed while the days are counted.
    """
    zone = zone_of(tenant.time_zone)
    today = day_of(now, zone)
    Change.objects.filter(subject=subject).delete()
    Rollup.objects.create(subject=subject, zone=tenant.time_zone, built_to=start_of(today, zone))
    cubes = of_subject(subject)
    for cube in cubes:
        cells: Any = cube.model.objects.all()
        cells._raw_delete(cells.db)
    days = _days_of(cubes, zone, today)
    build(cubes, days, zone, last=today - ONE)
    return len(days)


def _days_of(cubes: Iterable[Cube], zone: dt.tzinfo, today: dt.date) -> list[dt.date]:
    """List the days before today on which there may be rows."""
    read = {(cube.rows, field): basis for cube in cubes for basis, field in cube.bases.items()}
    moments: list[dt.datetime] = []
    for (rows, field), basis in read.items():
        ends = rows(basis, zone).order_by().aggregate(first=Min(field), last=Max(field))
        moments += filter(None, ends.values())
    if not moments:
        return []
    last = min(day_of(max(moments), zone), today - ONE)
    first = day_of(min(moments), zone)
    return list(days_within(first, last)) if first <= last else []


def _advance(state: Rollup, now: dt.datetime) -> None:
    """Let the cells reach to today: the days that are over meanwhile are noted, to be counted once they are settled."""
    zone = zone_of(state.zone)
    today, reached = day_of(now, zone), day_of(state.built_to, zone)
    if reached >= today:
        return
    Change.objects.bulk_create(
        Change(subject=state.subject, moment=start_of(day, zone)) for day in days_within(reached, today - ONE)
    )
    Rollup.objects.filter(pk=state.pk).update(built_to=start_of(today, zone))
    state.built_to = start_of(today, zone)


def _count_changed(state: Rollup, noted_before: dt.datetime) -> int:
    zone = zone_of(state.zone)
    settled = Change.objects.filter(subject=state.subject, noted_at__lt=noted_before)
    days = sorted(changed_days(settled, zone))[:DAYS_AT_ONCE]
    if not days:
        return 0
    # The notes go first: a change that is noted while the days are counted stays noted
    for day in days:
        settled.filter(moment__gte=start_of(day, zone), moment__lt=start_of(day + ONE, zone)).delete()
    build(of_subject(Subject(state.subject)), days, zone, last=day_of(state.built_to, zone) - ONE)
    return len(days)
