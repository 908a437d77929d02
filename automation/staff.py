"""Robots of people who leave: they act with their maker's rights, so a colleague has to answer for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from automation.actions import ACTIONS
from automation.errors import BeyondRights
from automation.models import Robot
from automation.models.robots import RobotQuerySet
from automation.rights import may_make
from tenants import handover
from tenants.models import Membership


def register() -> None:
    """Make robots part of every handover; called once the apps are loaded."""
    handover.register("robots", pgettext_lazy("automation", "Robots"), held=made_by, give=give)


def made_by(member: Membership) -> RobotQuerySet:
    """Give the robots that act with a member's rights."""
    rows: RobotQuerySet = Robot.objects.filter(maker=member)
    return rows


def give(
    *, rows: Sequence[Robot], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Let robots act with a colleague's rights; one that does what the colleague may not is refused."""
    return [_give(robot, to, now=now) for robot in rows]


def _give(robot: Robot, to: Membership, *, now: dt.datetime) -> handover.Outcome:
    refusal = "" if may_make(to, ACTIONS[robot.action]) else str(BeyondRights().message)
    if not refusal:
        Robot.objects.filter(pk=robot.pk).update(maker=to, changed_at=now)
    return handover.Outcome(robot.pk, str(robot), reverse("automation:robot", args=[robot.pk]), refusal)
