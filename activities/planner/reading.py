"""The state of the calendar's page, read from its URL; lazy and of a constant number of queries."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language

from activities.models import Activity, Participant
from activities.planner.dates import DAY, MONTH, VIEWS, WEEK, days_of, read_day, step
from activities.planner.layout import DAY_MIN, ROW_MIN, Place, places
from activities.services.planning import KINDS
from activities.zones import at_wall
from core import formats
from core.templatetags.ui import channel_icon
from tenants.access import Action, Scope, Section, colleague_ids, scope_of
from tenants.hours import WorkCalendar, book_of
from tenants.models import Holiday, Membership

SHOWN_MIN = 30  # what has no length stands on the calendar as long as this
MOST = 1000  # things on one page
MONTH_CELL = 4
USUAL_HOURS = (8, 20)
_READS = (
    "id", "kind", "subject", "text", "place", "due_at", "duration_min", "is_done", "outcome", "repeat",
    "owner_id", "owner__name", "contact__name", "company__name", "deal__title",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One planned or finished activity as the calendar shows it."""

    id: str
    kind: str
    kind_label: str
    icon: str
    title: str
    about: str
    where: str
    clock: str
    until: str
    local: str  # when it begins, as a date-time field has it
    minutes: int
    owner: str
    owner_id: str
    is_done: bool
    is_late: bool
    is_mine: bool
    may_edit: bool
    place: Place

    @property
    def is_short(self) -> bool:
        """Say whether there is room for one line only."""
        return self.place.length < 3


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A day with what is in it."""

    date: dt.date
    name: str
    is_today: bool
    is_free: bool  # nobody works
    is_outside: bool  # of another month
    holiday: str
    off: Sequence[tuple[int, int]]  # rows outside working hours: first row and how many
    events: Sequence[Event]
    now_row: int | None

    @property
    def iso(self) -> str:
        return self.date.isoformat()

    @property
    def first_events(self) -> Sequence[Event]:
        """Those that fit into a cell of the month."""
        return self.events if len(self.events) <= MONTH_CELL else self.events[: MONTH_CELL - 1]

    @property
    def more_count(self) -> int:
        return len(self.events) - len(self.first_events)


class Planner:
    """What the page shows: whose, which days, which kinds."""

    def __init__(self, member: Membership, params: Mapping[str, str], *, now: dt.datetime) -> None:
        self.member, self.now = member, now
        self.zone = timezone.get_current_timezone()
        self.today = timezone.localdate(now)
        self.view = params.get("view", "") if params.get("view") in VIEWS else WEEK
        self.day = read_day(params.get("day", ""), today=self.today)
        self.kind = params.get("kind", "") if params.get("kind") in KINDS else ""
        self.is_whole_day = params.get("hours") == "all"
        self.who = params.get("who", "") if self.sees_others else ""

    # --- Whose -----------------------------------------------------------------------------------------
    @cached_property
    def sees_others(self) -> bool:
        return scope_of(self.member, Section.ACTIVITIES) in (Scope.DEPARTMENT, Scope.ALL)

    @cached_property
    def people(self) -> list[Membership]:
        """Whose calendar can be looked at beside one's own; one query."""
        if not self.sees_others:
            return []
        rows = Membership.objects.active().exclude(pk=self.member.pk).order_by("name")
        if scope_of(self.member, Section.ACTIVITIES) == Scope.DEPARTMENT:
            rows = rows.filter(pk__in=colleague_ids(self.member))
        return list(rows.select_related("user", "role")[:200])

    @cached_property
    def person(self) -> Membership | None:
        """The one whose calendar it is; None for everybody's."""
        if self.who == "all":
            return None
        return next((row for row in self.people if str(row.pk) == self.who), self.member)

    @property
    def is_team(self) -> bool:
        return self.person is None

    @cached_property
    def hours(self) -> WorkCalendar:
        """Whose working hours shade the page."""
        return book_of(self.member.tenant, now=self.now).of(self.person)

    # --- Which days ------------------------------------------------------------------------------------
    @cached_property
    def dates(self) -> list[dt.date]:
        return days_of(self.view, self.day)

    @property
    def title(self) -> str:
        """Name what is shown: a day, a week, a month."""
        if self.view == DAY:
            return date_format(self.day, "l, j E" if get_language() == "ru" else "l, j F")
        if self.view == MONTH:
            return date_format(self.day, "F Y")
        first, last = self.dates[0], self.dates[-1]
        return f"{formats.short_date(first)} – {formats.short_date(last)}"

    @property
    def previous_day(self) -> str:
        return step(self.view, self.day, -1).isoformat()

    @property
    def next_day(self) -> str:
        return step(self.view, self.day, 1).isoformat()

    @property
    def shows_today(self) -> bool:
        return self.today in self.dates

    # --- What ------------------------------------------------------------------------------------------
    @cached_property
    def _bounds(self) -> tuple[dt.datetime, dt.datetime]:
        after = self.dates[-1] + dt.timedelta(days=1)
        return (
            at_wall(self.dates[0], dt.time.min, self.zone),
            at_wall(after, dt.time.min, self.zone),
        )

    @cached_property
    def _raw(self) -> list[dict[str, Any]]:
        """The rows of the page; one query."""
        start, end = self._bounds
        rows = Activity.objects.filter(
            kind__in=KINDS, due_at__gte=start - dt.timedelta(days=1), due_at__lt=end
        )
        if self.kind:
            rows = rows.filter(kind=self.kind)
        person = self.person
        if person is None:
            rows = rows.visible_to(self.member)
        else:
            asked = Participant.objects.filter(member=person).values("activity")
            rows = rows.filter(Q(owner=person) | Q(pk__in=asked))
            if person.pk != self.member.pk:
                rows = rows.visible_to(self.member)
        return list(rows.order_by("due_at", "pk").values(*_READS)[:MOST])

    @cached_property
    def _editable(self) -> set[uuid.UUID]:
        """Which of them the member may move; one query."""
        ids = [raw["id"] for raw in self._raw if not raw["is_done"]]
        mine = Activity.objects.visible_to(self.member, Action.EDIT)
        return set(mine.filter(pk__in=ids).values_list("pk", flat=True))

    @cached_property
    def _holidays(self) -> dict[dt.date, Holiday]:
        rows = Holiday.objects.filter(on__gte=self.dates[0], on__lte=self.dates[-1])
        return {row.on: row for row in rows}

    @cached_property
    def _spans(self) -> dict[dt.date, list[tuple[int, int, dict[str, Any]]]]:
        """Which minutes of which day each thing takes, on the clock on the wall."""
        found: dict[dt.date, list[tuple[int, int, dict[str, Any]]]] = {day: [] for day in self.dates}
        for raw in self._raw:
            start = raw["due_at"].astimezone(self.zone)
            minutes = raw["duration_min"] or SHOWN_MIN
            end = (raw["due_at"] + dt.timedelta(minutes=minutes)).astimezone(self.zone)
            first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
            if end.date() == start.date():
                if start.date() in found:
                    found[start.date()].append((first, max(last, first + ROW_MIN), raw))
                continue
            if start.date() in found:
                found[start.date()].append((first, DAY_MIN, raw))
            if last and end.date() in found:
                found[end.date()].append((0, last, raw))
        return found

    @cached_property
    def shown_hours(self) -> tuple[int, int]:
        """The first hour shown and the one after the last: working time and what lies outside it."""
        if self.is_whole_day:
            return 0, 24
        first, last = USUAL_HOURS
        for day in self.dates:
            for starts, ends in self.hours.spans_on(day):
                first, last = min(first, starts // 60), max(last, -(-min(ends, DAY_MIN) // 60))
            for starts, ends, _raw in self._spans[day]:
                first, last = min(first, starts // 60), max(last, -(-ends // 60))
        return first, last

    @property
    def hour_labels(self) -> list[str]:
        first, last = self.shown_hours
        return [f"{hour:02}:00" for hour in range(first, last)]

    @cached_property
    def columns(self) -> list[Column]:
        return [self._column(day) for day in self.dates]

    @cached_property
    def weeks(self) -> list[list[Column]]:
        """The columns by seven: the rows of a month."""
        return [self.columns[i : i + 7] for i in range(0, len(self.columns), 7)]

    def _column(self, day: dt.date) -> Column:
        holiday = self._holidays.get(day)
        first, last = self.shown_hours
        local = self.now.astimezone(self.zone)
        is_today = day == self.today
        row = (local.hour * 60 + local.minute - first * 60) // ROW_MIN
        return Column(
            date=day,
            name=date_format(day, "D"),
            is_today=is_today,
            is_free=not self.hours.spans_on(day),
            is_outside=self.view == MONTH and day.month != self.day.month,
            holiday=holiday.name if holiday else "",
            off=_off(self.hours.spans_on(day), first, last),
            events=self._events(day, first * 60),
            now_row=row if is_today and 0 <= row < (last - first) * 4 else None,
        )

    def _events(self, day: dt.date, first_min: int) -> list[Event]:
        spans = sorted(self._spans[day], key=lambda span: (span[0], span[1]))
        found = places([(start, end) for start, end, _raw in spans], first_min=first_min)
        return [self._event(raw, place) for (_s, _e, raw), place in zip(spans, found, strict=True)]

    def _event(self, raw: Mapping[str, Any], place: Place) -> Event:
        start = raw["due_at"].astimezone(self.zone)
        ends = raw["due_at"] + dt.timedelta(minutes=raw["duration_min"])
        label = str(Activity.Kind(raw["kind"]).label)
        return Event(
            id=str(raw["id"]),
            kind=raw["kind"],
            kind_label=label,
            icon=channel_icon(raw["kind"]),
            title=raw["subject"] or raw["text"].strip().partition("\n")[0][:140] or label,
            about=raw["contact__name"] or raw["company__name"] or raw["deal__title"] or "",
            where=raw["place"],
            clock=formats.clock(raw["due_at"]),
            until=formats.clock(ends) if raw["duration_min"] else "",
            local=start.strftime("%Y-%m-%dT%H:%M"),
            minutes=raw["duration_min"] or SHOWN_MIN,
            owner=raw["owner__name"] or "",
            owner_id=str(raw["owner_id"] or ""),
            is_done=raw["is_done"],
            is_late=not raw["is_done"] and raw["due_at"] < self.now,
            is_mine=raw["owner_id"] == self.member.pk,
            may_edit=raw["id"] in self._editable,
            place=place,
        )


def _off(spans: Sequence[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """List the stretches of the shown hours in which nobody works, as rows."""
    found, at, end = [], first * 60, last * 60
    for starts, ends in sorted(spans):
        if starts > at:
            found.append((at, min(starts, end)))
        at = max(at, ends)
    if at < end:
        found.append((at, end))
    rows = [((a - first * 60) // ROW_MIN, (b - first * 60) // ROW_MIN) for a, b in found if b > a]
    return [(start, stop - start) for start, stop in rows if stop > start]
