"""The panels there are: one entry each, for the page, for arranging it and for reading one of them anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.start import figures, work
from reports.start.reader import Reader, has_team
from tenants.access import Section, may
from tenants.models import Membership

FULL = 3  # columns of the page
Choices = Callable[[Membership], list[tuple[str, str]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the start page. Its template is `reports/start/<key>.html`; its names in the context are its own.

    `sections` are the rights without which it is neither offered nor served. `listens` are the beginnings of live topics
    that change it. A deferred panel is asked for after the first paint. `figures` gives the context; with `choices` it
    is given what the person chose.
    """

    key: str
    title: str | Promise
    text: str | Promise
    icon: str
    figures: Callable[..., dict[str, Any]]
    listens: tuple[str, ...]
    sections: tuple[str, ...] = ()
    widths: Sequence[int] = (1, 2, 3)
    of_team: bool = False  # only for who sees the deals of others
    when_team: bool = False  # and only while the whole team is looked at
    is_deferred: bool = False
    choices: Choices | None = None

    @property
    def template(self) -> str:
        return f"reports/start/{self.key}.html"

    def is_for(self, member: Membership) -> bool:
        """Say whether the member may have it."""
        return all(may(member, one) for one in self.sections) and (not self.of_team or has_team(member))

    def context(self, reader: Reader, choice: str = "") -> dict[str, Any]:
        """Read its figures."""
        return self.figures(reader, choice) if self.choices else self.figures(reader)


REPORTS, LEADS, DEALS, ACTIVITIES = Section.REPORTS, Section.LEADS, Section.DEALS, Section.ACTIVITIES
PANELS = (
    Panel(
        "counters",
        _("Counters"),
        _("What is overdue, planned, unsorted, without a next step, without an answer."),
        "checklist",
        work.counters,
        ("lead", "deal", "activity"),
        widths=(2, 3),
    ),
    Panel(
        "loads",
        _("By person"),
        _("What each colleague has to do now."),
        "users",
        work.loads,
        ("lead", "deal", "activity"),
        widths=(2, 3),
        of_team=True,
        when_team=True,
    ),
    Panel(
        "plan",
        _("Plan of the day"),
        _("Calls, meetings and tasks of today."),
        "calendar-check",
        work.plan,
        ("activity",),
        (ACTIVITIES,),
    ),
    Panel(
        "overdue",
        _("Overdue"),
        _("What has waited longest."),
        "clock-exclamation",
        work.overdue,
        ("activity",),
        (ACTIVITIES,),
    ),
    Panel(
        "queue",
        _("Waiting in Unsorted"),
        _("The leads that have waited longest for a decision."),
        "inbox",
        work.queue,
        ("lead",),
        (LEADS,),
    ),
    Panel(
        "cooling",
        _("Going cold"),
        _("Deals beyond the limit of their stage with nothing planned."),
        "clock-pause",
        work.cooling,
        ("deal", "activity"),
        (DEALS,),
    ),
    Panel(
        "month",
        _("The month so far"),
        _("Deals, calls, meetings and leads since the month began."),
        "calendar",
        work.month,
        ("lead", "deal", "activity"),
        (DEALS,),
    ),
    Panel(
        "happened",
        _("What happened"),
        _("The latest entries of the cards you see."),
        "history",
        work.happened,
        ("lead", "deal", "activity"),
    ),
    Panel(
        "response",
        _("Leads today"),
        _("How many came, and how fast they were answered."),
        "clock",
        figures.response,
        ("lead",),
        (REPORTS, LEADS),
        is_deferred=True,
    ),
    Panel(
        "quality",
        _("Lead quality"),
        _("Targeted leads of 30 days by source."),
        "target",
        figures.quality,
        ("lead",),
        (REPORTS, LEADS),
        is_deferred=True,
    ),
    Panel(
        "funnel",
        _("Funnel"),
        _("How far the deals of 30 days came."),
        "filter",
        figures.funnel,
        ("deal",),
        (REPORTS, DEALS),
        is_deferred=True,
        choices=figures.pipelines,
    ),
    Panel(
        "money",
        _("Sources by money"),
        _("What the sources of 30 days cost, and what they brought."),
        "cash",
        figures.money,
        ("lead", "deal"),
        (REPORTS, LEADS, DEALS),
        is_deferred=True,
    ),
    Panel(
        "leaks",
        _("Where we leak"),
        _("What is forgotten, overdue or nobody’s, and how much money is in it."),
        "alert-circle",
        figures.leaking,
        ("lead", "deal", "activity"),
        (REPORTS,),
        is_deferred=True,
    ),
    Panel(
        "best",
        _("Best of the month"),
        _("Managers by what they won."),
        "trophy",
        figures.best,
        ("deal",),
        (REPORTS, DEALS),
        of_team=True,
        is_deferred=True,
    ),
    Panel(
        "saved",
        _("Saved reports"),
        _("Your own reports and everybody’s, a click away."),
        "bookmark",
        figures.reports,
        (),
        (REPORTS,),
        is_deferred=True,
    ),
)
_BY_KEY = {one.key: one for one in PANELS}


def panel_named(key: str) -> Panel | None:
    """Find a panel by its key."""
    return _BY_KEY.get(key)
