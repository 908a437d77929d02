"""What became of a mailing, in numbers: each is the count of the rows it opens."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mailings.models import Click, Mailing, Recipient

State = Recipient.State
# Name of a filter of the recipients' list -> which rows it leaves. The list and the figures read the same.
CONDITIONS: dict[str, Q] = {
    "opened": Q(opened_at__isnull=False),
    "unopened": Q(state=State.SENT, opened_at=None),
    "clicked": Q(clicked_at__isnull=False),
    "replied": Q(replied_at__isnull=False),
    "bounced": Q(bounced_at__isnull=False),
    "unsubscribed": Q(unsubscribed_at__isnull=False),
    "complained": Q(complained_at__isnull=False),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One number with the list of its rows; percent of those sent to, where that says something."""

    label: str | Promise
    count: int
    url: str
    percent: float | None = None
    tone: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class LeftOut:
    """How many are left out for one reason."""

    label: str
    count: int
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A link of the letter, how many people followed it and how often."""

    url: str
    people: int
    count: int
    rows_url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Results:
    """The figures of one mailing."""

    total: int
    waiting: int
    on_the_way: int
    figures: Sequence[Figure]
    left_out: Sequence[LeftOut]
    left_out_count: int

    @property
    def gone(self) -> int:
        """How many of those it is for have been dealt with."""
        return self.total - self.waiting - self.on_the_way

    @property
    def percent(self) -> int:
        return round(100 * self.gone / self.total) if self.total else 0


def rows_url(mailing: Mailing, **filters: str) -> str:
    """Build the address of the recipients a number counts."""
    query = QueryDict(mutable=True)
    query["mailing"] = str(mailing.pk)
    query.update(filters)
    return f"{reverse('mailings:recipients')}?{query.urlencode()}"


def results_of(mailing: Mailing) -> Results:
    """Count a mailing's recipients; two queries."""
    rows = Recipient.objects.filter(mailing=mailing)
    counted = _counted(rows)
    reasons = rows.filter(state=State.EXCLUDED).order_by().values_list("reason").annotate(n=Count("pk"))
    left_out = [
        LeftOut(str(Recipient.Reason(reason).label), n, rows_url(mailing, reason=reason))
        for reason, n in sorted(reasons, key=lambda pair: -pair[1])
    ]
    return Results(
        total=sum(counted[state] for state in State.values if state != State.EXCLUDED),
        waiting=counted[State.WAITING],
        on_the_way=counted[State.QUEUED],
        figures=_figures(mailing, counted),
        left_out=left_out,
        left_out_count=counted[State.EXCLUDED],
    )


def links_of(mailing: Mailing) -> list[Link]:
    """List the followed links, the most popular first; one query."""
    rows = Click.objects.filter(recipient__mailing=mailing).order_by().values_list("position", "url")
    counted = rows.annotate(people=Count("recipient"), count=Sum("count"))
    return [
        Link(url, people, count, rows_url(mailing, link=str(position)))
        for position, url, people, count in sorted(counted, key=lambda row: (-row[2], row[0]))
    ]


def _counted(rows: QuerySet[Recipient]) -> dict[str, int]:
    states = {str(state): Count("pk", filter=Q(state=state)) for state in State.values}
    happened = {name: Count("pk", filter=condition) for name, condition in CONDITIONS.items()}
    counted: dict[str, int] = rows.aggregate(**states, **happened)
    return counted


def _figures(mailing: Mailing, counted: dict[str, int]) -> list[Figure]:
    sent = counted[State.SENT]

    def share(name: str) -> float | None:
        return 100 * counted[name] / sent if sent else None

    def of_state(label: str | Promise, state: State, tone: str = "") -> Figure:
        n = counted[state]
        return Figure(label, n, rows_url(mailing, state=state), tone=tone if n else "")

    def of_event(label: str | Promise, name: str, tone: str = "") -> Figure:
        n = counted[name]
        return Figure(label, n, rows_url(mailing, **{name: "on"}), share(name), tone if n else "")

    figures = [of_state(_("Sent"), State.SENT)]
    if mailing.is_tracked or counted["opened"]:
        figures += [of_event(pgettext_lazy("readers", "Opened"), "opened")]
        figures += [of_event(pgettext_lazy("readers", "Clicked"), "clicked")] if mailing.is_mail else []
    figures += [of_event(_("Replied"), "replied"), of_event(_("Unsubscribed"), "unsubscribed")]
    if mailing.is_mail:
        figures.append(of_event(_("Came back"), "bounced", "danger"))
    figures += [
        of_state(_("Refused"), State.REFUSED, "danger"),
        of_state(_("Unknown whether it left"), State.UNKNOWN, "warn"),
    ]
    if counted["complained"]:
        figures.append(of_event(_("Called spam"), "complained", "danger"))
    if counted[State.DROPPED]:
        figures.append(of_state(_("Not sent"), State.DROPPED))
    return figures
