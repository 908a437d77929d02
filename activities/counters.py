"""How much a person should do now (A2)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from activities.models import Activity, Notification
from activities.when import day_bounds
from core.shell import Badge
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class DueCounts:
    """Planned activities a person does or takes part in: those that are late, and those left for today."""

    overdue: int
    today: int


def due_counts(member: Membership, *, now: dt.datetime) -> DueCounts:
    """Count what the member should do now; one query."""
    _start, end = day_bounds(now)
    found = (
        Activity.objects.planned()
        .of(member)
        .filter(due_at__lt=end)
        .aggregate(overdue=Count("tenant", filter=Q(due_at__lt=now)), every=Count("*"))
    )
    return DueCounts(found["overdue"], found["every"] - found["overdue"])


def planned_by(member: Membership) -> QuerySet[Activity]:
    """Give all that a member has planned."""
    return Activity.objects.planned().filter(owner=member)


def badge(member: Membership) -> Badge:
    """Count for the menu: late and today's together, hot when something is late."""
    counts = due_counts(member, now=timezone.now())
    return Badge(counts.overdue + counts.today, is_hot=counts.overdue > 0)


def unread(member: Membership) -> int:
    """Count the member's unread notifications."""
    return Notification.objects.filter(member=member, read_at=None).count()
