"""Figures of the start page: what one person, or a team, should do now."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Q, QuerySet, Sum, Value, fields

from activities.day import Day
from activities.models import Activity, Call
from core.among import first
from deals.models import Deal, Stage
from leads.models import Lead
from leads.queue.reading import leads_of
from leads.queue.state import QueueState
from tenants.models import Membership

TALK_S = 30  # a call counts from this many seconds of talk
SHOWN = 6


@dataclasses.dataclass(frozen=True, slots=True)
class People:
    """Whose figures are shown: one member, or everybody the reader may see."""

    member: Membership
    is_team: bool
    now: dt.datetime

    @property
    def day(self) -> Day:
        """The page of planned activities that the counters open."""
        return Day(self.member, {"owner": "all"} if self.is_team else {}, now=self.now)

    @property
    def queue(self) -> QueueState:
        """The part of Unsorted that the counters open."""
        return QueueState("all" if self.is_team else "mine")

    def own(self, queryset: QuerySet[Any], field: str) -> Any:
        return queryset if self.is_team else queryset.filter(**{field: self.member})

    def activities(self) -> Any:
        return self.day.rows

    def deals(self) -> Any:
        return self.own(Deal.objects.present().visible_to(self.member), "owner")

    def leads(self) -> Any:
        return leads_of(self.queue, self.member, now=self.now)


@dataclasses.dataclass(frozen=True, slots=True)
class ToDo:
    """Counters of the start page; a day with zeros is won (A2)."""

    overdue: int
    today: int
    done_today: int
    unsorted: int
    without_step: int
    without_step_sums: tuple[tuple[str, Any], ...]
    unanswered: int


def to_do(people: People, *, day: tuple[dt.datetime, dt.datetime]) -> ToDo:
    """Count what waits, as the pages do that the numbers open; four queries."""
    start, end = day
    planned = people.day.counts
    done = people.activities().done().filter(due_at__isnull=False)
    leads = people.leads().aggregate(
        unsorted=Count("pk"),
        unanswered=Count("pk", filter=Q(first_response_at=None) | Q(unread_count__gt=0)),
    )
    idle = people.deals().without_next_step()
    sums = idle.order_by().values("currency").annotate(n=Count("*"), sum=Sum("amount")).order_by("-sum")
    found = list(sums)
    return ToDo(
        without_step=sum(row["n"] for row in found),
        without_step_sums=tuple((row["currency"], row["sum"]) for row in found if row["sum"]),
        overdue=planned["overdue"],
        today=planned["today"],
        done_today=done.filter(occurred_at__gte=start, occurred_at__lt=end).count(),
        **leads,
    )


_CARDS = ("deal", "lead", "contact", "company")
_OF_CARDS = (
    "kind", "subject", "due_at", "is_done", "tenant_id", "deal__title", "deal__amount", "deal__currency", "deal__tenant_id",
    "lead__name", "lead__phone", "lead__email", "lead__number", "lead__tenant_id", "contact__name", "contact__tenant_id",
    "company__name", "company__tenant_id",
)  # fmt: skip


def day_plan(people: People, *, day: tuple[dt.datetime, dt.datetime]) -> list[Activity]:
    """What is planned for the day, done or not, by time."""
    start, end = day
    planned = people.activities().filter(due_at__gte=start, due_at__lt=end).order_by("due_at", "id")
    return list(first(planned, 12).select_related(*_CARDS).only(*_OF_CARDS))


def overdue(people: People) -> list[Activity]:
    """The activities that have waited longest."""
    late = people.activities().overdue(now=people.now).order_by("due_at", "id")
    return list(first(late, SHOWN).select_related(*_CARDS).only(*_OF_CARDS))


def queue(people: People) -> list[Lead]:
    """The leads that have waited longest.

    By a reckoned moment: in the order of the column itself PostgreSQL walks all leads from the oldest, which are long decided.
    """
    received = ExpressionWrapper(
        F("received_at") + Value(dt.timedelta(0)), output_field=fields.DateTimeField()
    )
    longest = first(people.leads().order_by(received, "id"), 5)
    return list(longest.select_related("channel", "taken_by", "responsible"))


def cooling(people: People) -> list[Deal]:
    """Open deals that lie in their stage beyond its limit with nothing planned, longest first."""
    deals = people.deals().without_next_step().filter(stage__time_limit_h__isnull=False)
    waits = ExpressionWrapper(people.now - F("stage_entered_at"), output_field=fields.DurationField())
    limit = ExpressionWrapper(
        F("stage__time_limit_h") * Value(dt.timedelta(hours=1)), output_field=fields.DurationField()
    )
    stale = deals.alias(waits=waits).filter(waits__gt=limit).order_by("stage_entered_at", "id")
    return list(first(stale, SHOWN).select_related("stage"))


@dataclasses.dataclass(slots=True)
class Load:
    """What one colleague has to do now."""

    member: Membership
    overdue: int = 0
    today: int = 0
    leads: int = 0
    deals: int = 0
    without_step: int = 0


def loads(people: People, *, day: tuple[dt.datetime, dt.datetime]) -> list[Load]:
    """Count for each colleague whose work the reader may see (A2), the most overdue first; four queries."""
    _start, end = day
    found: dict[Any, dict[str, int]] = {}
    planned = people.activities().planned().order_by().values(person=F("owner"))
    late, today = Q(due_at__lt=people.now), Q(due_at__gte=people.now, due_at__lt=end)
    taken = Lead.objects.present().visible_to(people.member).filter(state=Lead.State.IN_WORK)
    open_deals = people.deals().open().order_by().values(person=F("owner"))
    for rows in (
        planned.annotate(overdue=Count("pk", filter=late), today=Count("pk", filter=today)),
        taken.order_by().values(person=F("taken_by")).annotate(leads=Count("pk")),
        open_deals.annotate(
            deals=Count("pk"), without_step=Count("pk", filter=Q(next_activity_at__isnull=True))
        ),
    ):
        for row in rows:
            found.setdefault(row.pop("person"), {}).update(row)
    members = Membership.objects.active().filter(pk__in=[pk for pk in found if pk])
    counted = [Load(member, **found[member.pk]) for member in members]
    return sorted(counted, key=lambda load: (-load.overdue, -load.deals, load.member.name))


@dataclasses.dataclass(frozen=True, slots=True)
class Month:
    """What was done since the month began."""

    won: int
    won_sums: tuple[tuple[str, Any], ...]
    created: int
    calls: int
    meetings: int
    taken: int
    converted: int

    @property
    def conversion(self) -> float | None:
        """Per cent of the taken leads that were converted, 0-100."""
        return 100 * self.converted / self.taken if self.taken else None


def month(people: People, *, since: dt.datetime) -> Month:
    """Count results since a moment; five queries."""
    won = people.deals().filter(state=Stage.Kind.WON, closed_at__gte=since).order_by()
    sums = list(won.values("currency").annotate(n=Count("*"), sum=Sum("amount")).order_by("-sum"))
    calls = Call.objects.filter(talk_s__gte=TALK_S, started_at__gte=since)
    calls = calls.filter(activity__in=people.activities().done().filter(occurred_at__gte=since).values("pk"))
    taken = people.own(Lead.objects.present().visible_to(people.member), "taken_by").filter(
        taken_at__gte=since
    )
    # counted by a column that indexes hold
    leads = taken.aggregate(taken=Count("*"), converted=Count("tenant", filter=Q(state=Lead.State.CONVERTED)))
    return Month(
        won=sum(row["n"] for row in sums),
        won_sums=tuple((row["currency"], row["sum"]) for row in sums if row["sum"]),
        created=people.deals().filter(created_at__gte=since).count(),
        calls=calls.count(),
        meetings=people.activities().done().filter(kind="meeting", occurred_at__gte=since).count(),
        **leads,
    )
