"""Robots of people who leave: they act with their maker's rights, so a colleague has to answer for them."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import pgettext_lazy

from automation.models import Robot
from tenants import handover
from tenants.models import Membership


def register() -> None:
    """Make robots part of every handover; called once the apps are loaded."""
    handover.register("robots", pgettext_lazy("automation", "Robots"), count=count_made, reassign=reassign)


def count_made(member: Membership) -> int:
    """Count the robots that act with a member's rights."""
    return int(Robot.objects.filter(maker=member).count())


def reassign(*, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> int:
    """Let them act with a colleague's rights; return how many."""
    return int(Robot.objects.filter(maker=member).update(maker=to, changed_at=now))
