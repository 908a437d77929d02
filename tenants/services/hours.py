"""Hours of the company, its departments and people: weeks, holidays, absences, duty shifts (K6).

Whatever changes here changes the tenant's stamp, by which books of hours are kept, and is told to followers:
what waits for a moment counted in working minutes is counted anew.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from core.tenancy import current_tenant_id
from tenants.errors import (
    AbsencesOverlap,
    AbsenceTooLong,
    HolidayTaken,
    HoursOverlap,
    LastDayFirst,
    MemberLeft,
    StandsInForSelf,
)
from tenants.hours.calendar import DAY_MIN, Span, Week
from tenants.models import (
    Absence,
    Department,
    DutyShift,
    Holiday,
    Membership,
    Tenant,
    WorkInterval,
    WorkSchedule,
)

LONGEST_ABSENCE = dt.timedelta(days=3 * 366)  # parental leave

_followers: list[Callable[[], object]] = []


def follow_hours(callback: Callable[[], object]) -> None:
    """Call back inside the scope of a tenant in which somebody's hours have changed; for apps above."""
    _followers.append(callback)


def hours_changed() -> None:
    """Make every book that was kept out of date, and tell who counts by it."""
    Tenant.objects.filter(pk=current_tenant_id()).update(hours_stamp=uuid.uuid4())
    for callback in _followers:
        callback()


# --- Weeks ---------------------------------------------------------------------------------------------
@transaction.atomic
def set_hours(
    *,
    by: Membership,
    department: Department | None = None,
    member: Membership | None = None,
    hours: str,
    week: Week = (),
    time_zone: str = "",
    lead_capacity: int | None = None,
) -> WorkSchedule:
    """Set how the company (neither is given), a department or a person works. Raises HoursOverlap.

    `week` counts where the hours are by the week; times pass midnight by ending after 24:00.
    """
    is_weekly = hours == WorkSchedule.Hours.WEEK
    for day in week if is_weekly else ():
        _check_apart(day)
    values = {"hours": hours, "time_zone": time_zone, "lead_capacity": lead_capacity}
    schedule, _created = WorkSchedule.objects.update_or_create(
        department=department, member=member, defaults=values
    )
    WorkInterval.objects.filter(schedule=schedule).delete()
    spans = [(weekday, span) for weekday, day in enumerate(week) for span in day] if is_weekly else []
    WorkInterval.objects.bulk_create(
        WorkInterval(schedule=schedule, weekday=weekday, starts_min=starts, ends_min=ends)
        for weekday, (starts, ends) in spans
    )
    hours_changed()
    return schedule


def _check_apart(spans: Sequence[Span]) -> None:
    """Raise HoursOverlap unless the spans of one day follow each other."""
    ordered = sorted(spans)
    is_sound = all(0 <= starts < DAY_MIN and starts < ends <= starts + DAY_MIN for starts, ends in ordered)
    if not is_sound or any(first[1] > second[0] for first, second in itertools.pairwise(ordered)):
        raise HoursOverlap


# --- Holidays ------------------------------------------------------------------------------------------
@transaction.atomic
def set_holiday(
    *, by: Membership, on: dt.date, name: str, is_working: bool = False, holiday: Holiday | None = None
) -> Holiday:
    """Add a day off (or a working day among days off), or change one. Raises HolidayTaken."""
    row = holiday or Holiday()
    if Holiday.objects.filter(on=on).exclude(pk=row.pk).exists():
        raise HolidayTaken
    row.on, row.name, row.is_working = on, name.strip(), is_working
    row.save()
    hours_changed()
    return row


@transaction.atomic
def remove_holiday(*, by: Membership, holiday: Holiday) -> None:
    """Make the day like any other of its week."""
    holiday.delete()
    hours_changed()


@transaction.atomic
def fill_holidays(*, by: Membership, country: str, year: int, language: str) -> int:
    """Add the public holidays of a country's year, and working days moved to weekends; return how many.

    Days that are in the calendar already stay as they are.
    """
    from tenants.hours.public import public_holidays

    known = set(Holiday.objects.filter(on__year=year).values_list("on", flat=True))
    rows = [
        Holiday(on=day.on, name=day.name, is_working=day.is_working)
        for day in public_holidays(country, year, language)
        if day.on not in known
    ]
    Holiday.objects.bulk_create(rows)
    hours_changed()
    return len(rows)


# --- Absences ------------------------------------------------------------------------------------------
@transaction.atomic
def set_absence(
    *,
    by: Membership,
    member: Membership,
    starts_on: dt.date,
    ends_on: dt.date,
    kind: str = Absence.Kind.VACATION,
    substitute: Membership | None = None,
    comment: str = "",
    absence: Absence | None = None,
) -> Absence:
    """Write down that somebody is away, or change it.

    Raises LastDayFirst, AbsenceTooLong, MemberLeft, StandsInForSelf and AbsencesOverlap; the lock makes two
    who enter the same absence queue up.
    """
    if ends_on < starts_on:
        raise LastDayFirst
    if ends_on - starts_on > LONGEST_ABSENCE:
        raise AbsenceTooLong
    if not member.is_active or (substitute is not None and not substitute.is_active):
        raise MemberLeft
    if substitute == member:
        raise StandsInForSelf
    Membership.objects.select_for_update(no_key=True).filter(pk=member.pk).values_list("pk").first()
    row = absence or Absence()
    others = Absence.objects.filter(member=member, starts_on__lte=ends_on, ends_on__gte=starts_on)
    if others.exclude(pk=row.pk).exists():
        raise AbsencesOverlap
    row.member, row.starts_on, row.ends_on, row.kind = member, starts_on, ends_on, kind
    row.substitute, row.comment = substitute, comment.strip()
    row.save()
    hours_changed()
    return row


@transaction.atomic
def remove_absence(*, by: Membership, absence: Absence) -> None:
    """Take an absence back."""
    absence.delete()
    hours_changed()


# --- Duty ----------------------------------------------------------------------------------------------
@transaction.atomic
def set_shifts(
    *,
    by: Membership,
    member: Membership,
    on: dt.date,
    spans: Sequence[Span],
    lead_capacity: int | None = None,
) -> None:
    """Set a person's duty on one day; without spans there is none. Raises HoursOverlap, MemberLeft."""
    if spans and not member.is_active:
        raise MemberLeft
    _check_apart(spans)
    DutyShift.objects.filter(member=member, on=on).delete()
    DutyShift.objects.bulk_create(
        DutyShift(member=member, on=on, starts_min=starts, ends_min=ends, lead_capacity=lead_capacity)
        for starts, ends in spans
    )
    hours_changed()


@transaction.atomic
def copy_rota(*, by: Membership, monday: dt.date) -> int:
    """Copy the week before into the week of `monday`; return how many shifts.

    Days on which a person has a shift already stay, and whoever was dismissed gets none.
    """
    week = dt.timedelta(days=7)
    present = DutyShift.objects.filter(on__gte=monday, on__lt=monday + week)
    taken = set(present.values_list("member_id", "on"))
    before = DutyShift.objects.filter(on__gte=monday - week, on__lt=monday, member__is_active=True)
    rows: list[Any] = [
        DutyShift(
            member_id=shift.member_id,
            on=shift.on + week,
            starts_min=shift.starts_min,
            ends_min=shift.ends_min,
            lead_capacity=shift.lead_capacity,
        )
        for shift in before
        if (shift.member_id, shift.on + week) not in taken
    ]
    DutyShift.objects.bulk_create(rows)
    hours_changed()
    return len(rows)
