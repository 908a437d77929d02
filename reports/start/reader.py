"""Whose figures a start page shows, and what several of its panels tell of; everything is read once, and only when asked."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.models import Activity
from core.listing.filters import day_start
from reports.queries import start
from tenants.access import Action, Scope, Section, may, scope_of
from tenants.models import Membership, Role


class Reader:
    """One member who looks at their own work, or at that of everybody they may see."""

    def __init__(self, member: Membership, whose: str = "") -> None:
        self.member = member
        self.has_team = has_team(member)
        usual = "mine" if member.role.code == Role.Code.MANAGER else "team"
        self.is_team = self.has_team and (whose or usual) == "team"
        self.now = timezone.now()
        self.people = start.People(member, self.is_team, self.now)

    @cached_property
    def today(self) -> dt.date:
        return timezone.localdate()

    @property
    def whose(self) -> str:
        return "team" if self.is_team else "mine"

    @property
    def day(self) -> tuple[dt.datetime, dt.datetime]:
        return day_start(self.today), day_start(self.today + dt.timedelta(days=1))

    @property
    def month_start(self) -> dt.datetime:
        return day_start(self.today.replace(day=1))

    @cached_property
    def to_do(self) -> start.ToDo:
        return start.to_do(self.people, day=self.day)

    @cached_property
    def overdue(self) -> list[Activity]:
        return start.overdue(self.people)

    @property
    def urls(self) -> dict[str, str]:
        """Address the rows behind each counter."""
        day = reverse("activities:list") + ("?owner=all&section=" if self.is_team else "?section=")
        idle = f"{reverse('deals:list')}?next=none&state=open"
        return {
            "overdue": f"{day}overdue",
            "today": f"{day}today",
            "unsorted": self.people.queue.url,
            "without_step": idle if self.is_team else f"{idle}&owner={self.member.pk}",
        }

    @property
    def greeting(self) -> str:
        hour = timezone.localtime(self.now).hour
        if 5 <= hour < 12:
            return _("Good morning")
        if 12 <= hour < 18:
            return _("Good afternoon")
        return _("Good evening")

    @property
    def advice(self) -> str:
        """One sentence: what comes first."""
        if self.to_do.overdue:
            return _("First what is overdue, then the queue.")
        if self.to_do.unsorted:
            return _("Nothing is overdue: the queue comes first.")
        if self.to_do.today:
            return _("The queue is empty: on with today's plan.")
        if self.to_do.without_step:
            return _("All done for today: plan the next step of the deals that have none.")
        return _("Everything is done.")

    @property
    def rights(self) -> dict[str, bool]:
        """Say which of its buttons the page may offer."""
        return {
            "sees_plans": may(self.member, Section.ACTIVITIES),
            "may_plan": may(self.member, Section.ACTIVITIES, Action.ADD),
            "may_complete": may(self.member, Section.ACTIVITIES, Action.EDIT),
            "may_accept": may(self.member, Section.LEADS, Action.EDIT),
        }

    @property
    def context(self) -> dict[str, Any]:
        """What every panel may say."""
        return {
            "has_team": self.has_team,
            "is_team": self.is_team,
            "whose": self.whose,
            "today": self.today,
            "now": self.now,
            "urls": self.urls,
        } | self.rights


def has_team(member: Membership) -> bool:
    """Say whether the member sees the deals of others."""
    return scope_of(member, Section.DEALS) in (Scope.DEPARTMENT, Scope.ALL)
