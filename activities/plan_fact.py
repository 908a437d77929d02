"""Plan against fact: what was expected of whom, what is planned and what was done, day by day (A2, A3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import cached_property

from activities.counting import was_held, was_talk
from activities.models import Activity, DayNorm, Participant
from activities.planner.dates import DAY, WEEK, days_of, read_day, step
from activities.when import day_bounds
from activities.zones import at_wall
from tenants.access import Scope, Section, colleague_ids, scope_of
from tenants.hours import book_of
from tenants.models import Membership, Tenant

Kind = Activity.Kind
MOST = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One kind of work of one person in one stretch of time."""

    norm: int
    planned: int
    done: int

    @property
    def percent(self) -> int:
        """How much of the norm is done, at most all of it."""
        return min(100, round(100 * self.done / self.norm)) if self.norm else 0

    @property
    def is_met(self) -> bool:
        return bool(self.norm) and self.done >= self.norm


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A person: what waits, and the figures of the stretch and of each of its days."""

    member: Membership
    overdue: int
    today: int
    without_step: int
    calls: Figure
    meetings: Figure
    days: Sequence[tuple[dt.date, Figure, Figure]]

    @property
    def is_won(self) -> bool:
        """A day with nothing late, nothing left for today and no deal without a next step is won."""
        return not (self.overdue or self.today or self.without_step)


def norms_of(people: Iterable[Membership]) -> dict[uuid.UUID, DayNorm]:
    """Find the norm of each person: their own, else their role's; nothing for who has none. One query."""
    rows = list(DayNorm.objects.all())
    own = {row.member_id: row for row in rows if row.member_id}
    of_role = {row.role_id: row for row in rows if row.role_id}
    found = {person.pk: own.get(person.pk) or of_role.get(person.role_id) for person in people}
    return {pk: norm for pk, norm in found.items() if norm is not None}


def calls_expected(
    people: Sequence[Membership], *, tenant: Tenant, first: dt.date, last: dt.date, now: dt.datetime
) -> dict[uuid.UUID, int]:
    """Add the norms of calls up over the working days from first to last, for those who have a norm of calls."""
    book, norms, days = book_of(tenant, now=now), norms_of(people), (last - first).days + 1
    found = {}
    for person in people:
        norm = norms.get(person.pk)
        if norm is None or not norm.calls:
            continue
        hours = book.of(person)
        working = sum(bool(hours.spans_on(first + dt.timedelta(days=place))) for place in range(days))
        found[person.pk] = norm.calls * working
    return found


class PlanFact:
    """The page of a day or a week, read from its URL; a constant number of queries."""

    def __init__(self, member: Membership, params: Mapping[str, str], *, now: dt.datetime) -> None:
        self.member, self.now = member, now
        self.zone = timezone.get_current_timezone()
        self.today = timezone.localdate(now)
        self.view = WEEK if params.get("view") == WEEK else DAY
        self.day = read_day(params.get("day", ""), today=self.today)

    @cached_property
    def dates(self) -> list[dt.date]:
        return days_of(self.view, self.day)

    @property
    def previous_day(self) -> str:
        return step(self.view, self.day, -1).isoformat()

    @property
    def next_day(self) -> str:
        return step(self.view, self.day, 1).isoformat()

    @property
    def is_week(self) -> bool:
        return self.view == WEEK

    @cached_property
    def people(self) -> list[Membership]:
        """Oneself, and whoever's activities one may see: those who may do something at all; one query."""
        scope = scope_of(self.member, Section.ACTIVITIES)
        rows = Membership.objects.active().select_related("role", "user").order_by("name")
        if scope == Scope.ALL:
            return list(rows[:MOST])
        ids = {self.member.pk, *(colleague_ids(self.member) if scope == Scope.DEPARTMENT else ())}
        return list(rows.filter(pk__in=ids)[:MOST])

    @property
    def is_team(self) -> bool:
        return len(self.people) > 1

    @cached_property
    def lines(self) -> list[Line]:
        return [self._line(person) for person in self.people]

    def _line(self, person: Membership) -> Line:
        norm = self._norms.get(person.pk)
        hours = book_of(self.member.tenant, now=self.now).of(person)
        days = []
        for day in self.dates:
            is_working = bool(norm and hours.spans_on(day))
            calls, meetings = (
                Figure(
                    norm=expected if is_working else 0,
                    planned=self._planned.get((person.pk, day, kind), 0),
                    done=self._done.get((person.pk, day, kind), 0),
                )
                for kind, expected in (
                    (Kind.CALL, norm.calls if norm else 0),
                    (Kind.MEETING, norm.meetings if norm else 0),
                )
            )
            days.append((day, calls, meetings))
        overdue, today = self._waiting.get(person.pk, (0, 0))
        return Line(
            member=person,
            overdue=overdue,
            today=today,
            without_step=self._without_step.get(person.pk, 0),
            calls=_sum([calls for _day, calls, _m in days]),
            meetings=_sum([meetings for _day, _c, meetings in days]),
            days=days,
        )

    # --- Figures, a query each ---------------------------------------------------------------------------
    @cached_property
    def _norms(self) -> dict[uuid.UUID, DayNorm]:
        return norms_of(self.people)

    @cached_property
    def _bounds(self) -> tuple[dt.datetime, dt.datetime]:
        after = self.dates[-1] + dt.timedelta(days=1)
        return at_wall(self.dates[0], dt.time.min, self.zone), at_wall(after, dt.time.min, self.zone)

    @property
    def _ids(self) -> list[uuid.UUID]:
        return [person.pk for person in self.people]

    @cached_property
    def _planned(self) -> dict[Any, int]:
        """How many calls and meetings were planned for each day, done or not."""
        start, end = self._bounds
        rows = Activity.objects.filter(
            owner__in=self._ids, kind__in=(Kind.CALL, Kind.MEETING), due_at__gte=start, due_at__lt=end
        )
        return _by_day(rows, "due_at", self.zone)

    @cached_property
    def _done(self) -> dict[Any, int]:
        """How many calls with somebody at the other end, and meetings, each day had."""
        start, end = self._bounds
        least = Case(
            *(When(owner=pk, then=Value(max(1, n.min_call_s))) for pk, n in self._norms.items()),
            default=Value(1),
            output_field=IntegerField(),
        )
        rows = Activity.objects.done().filter(
            owner__in=self._ids,
            kind__in=(Kind.CALL, Kind.MEETING),
            occurred_at__gte=start,
            occurred_at__lt=end,
        )
        rows = rows.annotate(least_s=least).filter(was_talk(F("least_s")) | was_held())
        return _by_day(rows, "occurred_at", self.zone)

    @cached_property
    def _waiting(self) -> dict[uuid.UUID, tuple[int, int]]:
        """What is late, and what is left for today."""
        _start, end = day_bounds(self.now)
        rows = Activity.objects.planned().filter(owner__in=self._ids, due_at__lt=end).order_by()
        counted = rows.values_list("owner").annotate(
            late=Count("tenant", filter=Q(due_at__lt=self.now)), every=Count("tenant")
        )
        found = {owner: (late, every - late) for owner, late, every in counted}
        for member, late, today in self._asked_to(end):
            own_late, own_today = found.get(member, (0, 0))
            found[member] = own_late + late, own_today + today
        return found

    def _asked_to(self, end: dt.datetime) -> Iterator[tuple[uuid.UUID, int, int]]:
        """What people take part in and others do: it counts for each of them, as in their counters."""
        rows = Participant.objects.filter(
            member__in=self._ids, activity__is_done=False, activity__due_at__lt=end
        )
        counted = (
            rows.order_by()
            .values_list("member")
            .annotate(late=Count("pk", filter=Q(activity__due_at__lt=self.now)), every=Count("pk"))
        )
        for member, late, every in counted:
            yield member, late, every - late

    @cached_property
    def _without_step(self) -> dict[uuid.UUID, int]:
        """Open deals for which nothing is planned; deals belong to an app above."""
        deals: Any = Activity._meta.get_field("deal").related_model
        rows = deals.objects.open().visible_to(self.member).filter(owner__in=self._ids, next_activity_at=None)
        return dict(rows.order_by().values_list("owner").annotate(Count("pk")))


def _by_day(rows: Any, field: str, zone: dt.tzinfo) -> dict[Any, int]:
    counted = (
        rows.annotate(day=TruncDate(field, tzinfo=zone))
        .order_by()
        .values_list("owner", "day", "kind")
        .annotate(Count("pk"))
    )
    return {(owner, day, kind): count for owner, day, kind, count in counted}


def _sum(figures: Sequence[Figure]) -> Figure:
    return Figure(
        norm=sum(one.norm for one in figures),
        planned=sum(one.planned for one in figures),
        done=sum(one.done for one in figures),
    )
