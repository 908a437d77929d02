"""What a person does about a run: calls it off, lets it be done now, or once more."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from automation import bell
from automation.errors import BeyondRights, RobotMoved
from automation.models import RobotRun
from tenants.access import Action, Section, may
from tenants.models import Membership

State = RobotRun.State


@transaction.atomic
def call_off(*, run: RobotRun, by: Membership, now: dt.datetime) -> RobotRun:
    """Call off what a robot was about to do with a deal. Raises RobotMoved, BeyondRights."""
    current = _held(run, by, State.WAITING)
    current.state, current.outcome, current.params = State.PASSED, "called_off", {"by": by.name}
    current.ended_at = now
    current.save(update_fields=["state", "outcome", "params", "ended_at"])
    return current


@transaction.atomic
def do_now(*, run: RobotRun, by: Membership, now: dt.datetime) -> RobotRun:
    """Let a run be done without waiting for its moment. Raises RobotMoved, BeyondRights."""
    current = _held(run, by, State.WAITING)
    current.due_at = now
    current.save(update_fields=["due_at"])
    bell.after_commit()
    return current


@transaction.atomic
def do_again(*, run: RobotRun, by: Membership, now: dt.datetime) -> RobotRun:
    """Let a run that failed be tried once more. Raises RobotMoved, BeyondRights."""
    current = _held(run, by, State.FAILED)
    current.state, current.outcome, current.params, current.ended_at = State.WAITING, "", {}, None
    current.due_at, current.try_count = now, 0
    current.save(update_fields=["state", "outcome", "params", "ended_at", "due_at", "try_count"])
    bell.after_commit()
    return current


def _held(run: RobotRun, by: Membership, state: str) -> RobotRun:
    if not may(by, Section.DEALS, Action.EDIT) or not RobotRun.objects.visible_to(by, Action.EDIT).filter(
        pk=run.pk
    ):
        raise BeyondRights
    current: RobotRun = RobotRun.objects.select_for_update().get(pk=run.pk)
    if current.state != state or current.robot_id is None:
        raise RobotMoved
    return current
