"""Robots that set one another off without end, or come back to one deal again and again, are stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse

from activities.services import notify
from automation.models import Robot, RobotRun
from tenants.models import Membership

DEEPEST = 8  # robots in a row, each set off by the one before
PER_DEAL_A_DAY = 20  # runs of one robot with one deal
CHAINED_AN_HOUR = 500  # runs of one robot that other robots set off
TOLD = 20  # administrators who hear of it

LOOP, AGAIN, STORM = "loop", "again", "storm"


def excess_of(run: RobotRun, *, now: dt.datetime) -> str:
    """Say why a robot is running wild, judged by its runs so far; "" when it isn't. One or two queries."""
    if run.depth > DEEPEST:
        return LOOP
    done = RobotRun.objects.filter(robot=run.robot, state=RobotRun.State.DONE)
    day, hour = now - dt.timedelta(days=1), now - dt.timedelta(hours=1)
    if done.filter(deal=run.deal, ended_at__gt=day).count() >= PER_DEAL_A_DAY:
        return AGAIN
    if run.depth and done.filter(depth__gt=0, ended_at__gt=hour).count() >= CHAINED_AN_HOUR:
        return STORM
    return ""


def stop(robot: Robot, *, why: str, now: dt.datetime) -> None:
    """Stop a robot until a person switches it on again, and tell its maker and the administrators, once."""
    if not Robot.objects.filter(pk=robot.pk, stopped_at=None).update(stopped_at=now, stopped_why=why):
        return
    robot.stopped_at, robot.stopped_why = now, why
    tell_keepers(robot, code="robot_stopped", why=why, now=now)


def tell_keepers(robot: Robot, *, code: str, now: dt.datetime, **params: str) -> None:
    """Tell a robot's maker and the administrators about it."""
    url = reverse("automation:robot", args=[robot.pk])
    about = {"robot": str(robot), "stage": robot.stage.name} | params
    notify(members=_keepers(robot), code=code, params=about, url=url, now=now)


def _keepers(robot: Robot) -> Iterable[Membership]:
    return Membership.objects.active().filter(Q(pk=robot.maker_id) | Q(role__is_admin=True))[:TOLD]
