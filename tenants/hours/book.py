"""Everybody's hours at once: read in a constant number of queries, kept until somebody changes them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import threading
import uuid
import zoneinfo
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from tenants.current import current_tenant
from tenants.hours.calendar import NEVER, Span, Week, WorkCalendar
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

PAST = dt.timedelta(days=45)  # how far back single days are known: a month's dry run, with a margin
AHEAD = dt.timedelta(days=60)
KEPT = 500  # books in the memory of a process
WORKDAYS = 5  # Monday to Friday, while nobody has set a week


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """One level of the ladder person, department, company; None and empty leave it to the level above."""

    week: Week | None = None
    time_zone: str = ""
    lead_capacity: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Away:
    """An absence, first and last day included."""

    starts_on: dt.date
    ends_on: dt.date
    substitute_id: uuid.UUID | None = None

    def covers(self, day: dt.date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclasses.dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of duty on one day."""

    span: Span
    lead_capacity: int | None = None


@dataclasses.dataclass(frozen=True)
class HoursBook:
    """Who works when. Plain values: the same book answers pages, routing and tests without a database."""

    company_terms: Terms
    departments: Mapping[uuid.UUID, Terms] = dataclasses.field(default_factory=dict)
    members: Mapping[uuid.UUID, Terms] = dataclasses.field(default_factory=dict)
    parents: Mapping[uuid.UUID, uuid.UUID | None] = dataclasses.field(default_factory=dict)
    holidays: Mapping[dt.date, bool] = dataclasses.field(default_factory=dict)  # day -> is it a working day
    absences: Mapping[uuid.UUID, tuple[Away, ...]] = dataclasses.field(default_factory=dict)
    shifts: Mapping[uuid.UUID, Mapping[dt.date, tuple[Shift, ...]]] = dataclasses.field(default_factory=dict)
    _calendars: dict[Any, WorkCalendar] = dataclasses.field(default_factory=dict, repr=False)

    # --- Whose hours -----------------------------------------------------------------------------------
    @functools.cached_property
    def company(self) -> WorkCalendar:
        """The hours of the company: of whatever waits for nobody in particular."""
        return self._calendar([self.company_terms], {})

    def of(self, member: Membership | None) -> WorkCalendar:
        """Return the hours of a person, or the company's for nobody."""
        return self.company if member is None else self.of_id(member.pk, member.department_id)

    def of_id(self, member_id: uuid.UUID, department_id: uuid.UUID | None) -> WorkCalendar:
        """Return the hours of a person: the own ones, else the department's, else the company's."""
        key = (member_id, department_id)
        known = self._calendars.get(key)
        if known is None:
            terms = [self.members.get(member_id, Terms()), *self._ladder(department_id)]
            days = {
                day: tuple(s.span for s in found) for day, found in self.shifts.get(member_id, {}).items()
            }
            known = self._calendars[key] = self._calendar(terms, days, self.absences.get(member_id, ()))
        return known

    def of_department(self, department_id: uuid.UUID) -> WorkCalendar:
        """Return the hours of a department."""
        return self._calendar(list(self._ladder(department_id)), {})

    # --- One person now --------------------------------------------------------------------------------
    def absence_at(
        self, member_id: uuid.UUID, department_id: uuid.UUID | None, at: dt.datetime
    ) -> Away | None:
        """Return the absence a person is on, told by the days of the person's own zone."""
        absences = self.absences.get(member_id)
        if not absences:
            return None
        day = at.astimezone(self.of_id(member_id, department_id).zone).date()
        return next((away for away in absences if away.covers(day)), None)

    def capacity_at(
        self, member_id: uuid.UUID, department_id: uuid.UUID | None, at: dt.datetime
    ) -> int | None:
        """Return how many open inquiries fit the person: of the shift, else of the schedules; None: any number."""
        if shifts := self.shifts.get(member_id):
            day = at.astimezone(self.of_id(member_id, department_id).zone).date()
            told = next((s.lead_capacity for s in shifts.get(day, ()) if s.lead_capacity is not None), None)
            if told is not None:
                return told
        ladder = [self.members.get(member_id, Terms()), *self._ladder(department_id)]
        return next((terms.lead_capacity for terms in ladder if terms.lead_capacity is not None), None)

    # --- Parts -----------------------------------------------------------------------------------------
    def _ladder(self, department_id: uuid.UUID | None) -> Iterator[Terms]:
        """Yield the terms of a department, of what it is part of, and so on up to the company."""
        seen: set[uuid.UUID] = set()
        while department_id is not None and department_id not in seen:
            seen.add(department_id)
            if (terms := self.departments.get(department_id)) is not None:
                yield terms
            department_id = self.parents.get(department_id)
        yield self.company_terms

    def _calendar(
        self, ladder: list[Terms], shifts: Mapping[dt.date, tuple[Span, ...]], absences: tuple[Away, ...] = ()
    ) -> WorkCalendar:
        week = next((terms.week for terms in ladder if terms.week is not None), NEVER)
        zone = next((terms.time_zone for terms in ladder if terms.time_zone), "UTC")
        usual = next((day for day in week if day), ())
        days = {
            day: (week[day.weekday()] or usual) if is_working else ()
            for day, is_working in self.holidays.items()
        }
        away = {day: () for absence in absences for day in _days_of(absence)}
        return WorkCalendar(zoneinfo.ZoneInfo(zone), week, {**days, **shifts, **away})


def _days_of(absence: Away) -> Iterator[dt.date]:
    for number in range((absence.ends_on - absence.starts_on).days + 1):
        yield absence.starts_on + dt.timedelta(days=number)


def usual_week(starts_at: dt.time, ends_at: dt.time) -> Week:
    """Make the week of a company that has set none: Monday to Friday.

    A day that ends at or before its start lasts until midnight: 00:00 to 00:00 is the whole day.
    """
    starts, ends = starts_at.hour * 60 + starts_at.minute, ends_at.hour * 60 + ends_at.minute
    span = (starts, ends if ends > starts else 24 * 60)
    return ((span,),) * WORKDAYS + ((),) * (7 - WORKDAYS)


# --- Reading -------------------------------------------------------------------------------------------
_books: OrderedDict[Any, HoursBook] = OrderedDict()
_lock = threading.Lock()


def current_book(*, now: dt.datetime) -> HoursBook:
    """Return the book of the active tenant."""
    return book_of(current_tenant(), now=now)


def book_of(tenant: Tenant, *, now: dt.datetime) -> HoursBook:
    """Return the book of a tenant that was just read: pages ask with the one of their member.

    Every change of hours gives the tenant a new stamp in the same transaction, so a book that is kept under
    its stamp is never out of date, and costs no query at all.
    """
    today = now.date()
    usual = (tenant.time_zone, tenant.workday_starts_at, tenant.workday_ends_at)
    key = (tenant.pk, tenant.hours_stamp, usual, today)
    with _lock:
        if (known := _books.get(key)) is not None:
            _books.move_to_end(key)
            return known
    book = read_book(tenant, today=today)
    with _lock:
        _books[key] = book
        while len(_books) > KEPT:
            _books.popitem(last=False)
    return book


def read_book(tenant: Tenant, *, today: dt.date, since: dt.date | None = None) -> HoursBook:
    """Read everybody's hours, with the single days from `since` on. Six queries, however many people there are."""
    since = since or today - PAST
    company, departments, members = _schedules()
    absences: dict[uuid.UUID, list[Away]] = {}
    rows = Absence.objects.filter(ends_on__gte=since).order_by("starts_on")
    for member_id, starts_on, ends_on, substitute_id in rows.values_list(
        "member_id", "starts_on", "ends_on", "substitute_id"
    ):
        absences.setdefault(member_id, []).append(Away(starts_on, ends_on, substitute_id))
    return HoursBook(
        company_terms=Terms(
            company.week or usual_week(tenant.workday_starts_at, tenant.workday_ends_at),
            tenant.time_zone,
            company.lead_capacity,
        ),
        departments=departments,
        members=members,
        parents=dict(Department.objects.values_list("pk", "parent_id")),
        holidays=dict(Holiday.objects.values_list("on", "is_working")),
        absences={member_id: tuple(found) for member_id, found in absences.items()},
        shifts=_shifts(since, today + AHEAD),
    )


def _schedules() -> tuple[Terms, dict[uuid.UUID, Terms], dict[uuid.UUID, Terms]]:
    spans: dict[uuid.UUID, list[list[Span]]] = {}
    for schedule_id, weekday, starts, ends in WorkInterval.objects.values_list(
        "schedule_id", "weekday", "starts_min", "ends_min"
    ):
        spans.setdefault(schedule_id, [[] for _day in range(7)])[weekday].append((starts, ends))
    company, departments, members = Terms(), {}, {}
    for schedule in WorkSchedule.objects.all():
        terms = Terms(_week(schedule, spans.get(schedule.pk)), schedule.time_zone, schedule.lead_capacity)
        if schedule.member_id is not None:
            members[schedule.member_id] = terms
        elif schedule.department_id is not None:
            departments[schedule.department_id] = terms
        else:
            company = terms
    return company, departments, members


def _week(schedule: WorkSchedule, spans: list[list[Span]] | None) -> Week | None:
    if schedule.hours == WorkSchedule.Hours.INHERITED:
        return None
    if schedule.hours == WorkSchedule.Hours.ROTA or spans is None:
        return NEVER
    return tuple(tuple(sorted(day)) for day in spans)


def _shifts(first: dt.date, last: dt.date) -> dict[uuid.UUID, dict[dt.date, tuple[Shift, ...]]]:
    found: dict[uuid.UUID, dict[dt.date, tuple[Shift, ...]]] = {}
    rows = DutyShift.objects.filter(on__gte=first, on__lte=last)
    for member_id, on, starts, ends, capacity in rows.values_list(
        "member_id", "on", "starts_min", "ends_min", "lead_capacity"
    ):
        days = found.setdefault(member_id, {})
        days[on] = (*days.get(on, ()), Shift((starts, ends), capacity))
    return found
