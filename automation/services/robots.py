"""Making robots and changing them. Whoever saves a robot is its maker: it acts with their rights."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from automation import idle
from automation.actions import ACTIONS
from automation.actions.webhook import PURPOSE
from automation.conditions import CONDITIONS, all_conditions
from automation.errors import BeyondRights
from automation.models import Robot, RobotCondition, RobotRun
from automation.rights import may_make
from core import sealing
from core.conditions import Value
from deals.models import Stage
from tenants.access import Action, Section, may
from tenants.custom_fields.definitions import all_fields_of
from tenants.models import CustomField, Membership


@dataclasses.dataclass(frozen=True, slots=True)
class RobotValues:
    """Everything a person sets. `action_values` are the columns that the action asks for."""

    trigger: str
    action: str
    action_values: Mapping[str, Any]
    conditions: Mapping[str, Sequence[Value]] = dataclasses.field(default_factory=dict)
    name: str = ""
    wait: int = 0
    wait_unit: str = Robot.Unit.MINUTES
    is_working_time: bool = True
    is_active: bool = True


@transaction.atomic
def save_robot(
    *, values: RobotValues, by: Membership, now: dt.datetime, stage: Stage, robot: Robot | None = None
) -> Robot:
    """Make a robot behind the others of its stage, or change one; a robot that was stopped goes on.

    Raises BeyondRights for what `by` may not do, NothingToDo, UnknownField.
    """
    action = ACTIONS[values.action]
    _check_right(by)
    if not may_make(by, action):
        raise BeyondRights
    action.check({**values.action_values, "stage": stage})
    if robot is not None:
        _check_conditions_seen(robot)
    saved = robot or Robot(stage=stage, position=_behind(stage), created_at=now)
    saved.stage = stage
    saved.name, saved.trigger, saved.action = values.name.strip(), values.trigger, values.action
    saved.wait, saved.wait_unit = values.wait, values.wait_unit
    saved.is_working_time, saved.is_active = values.is_working_time, values.is_active
    for column in action.columns:
        if column in values.action_values:
            setattr(saved, column, values.action_values[column])
    if values.action == Robot.Action.WEBHOOK and not saved.sealed_secret:
        saved.sealed_secret = sealing.seal(secrets.token_urlsafe(32), purpose=PURPOSE)
    saved.maker, saved.changed_at = by, now
    saved.stopped_at, saved.stopped_why = None, ""
    saved.save()
    _set_conditions(saved, values.conditions)
    _watch(saved, now=now)
    return saved


@transaction.atomic
def copy_robot(*, robot: Robot, stage: Stage, by: Membership, now: dt.datetime) -> Robot:
    """Make the same robot in another stage, switched off until somebody has looked at it."""
    action = ACTIONS[robot.action]
    rows = RobotCondition.objects.filter(robot=robot).order_by("id")
    conditions: dict[str, list[Value]] = {}
    for row in rows:
        ref_field = CONDITIONS[row.kind].ref_field if row.kind in CONDITIONS else ""
        ref = getattr(row, f"{ref_field}_id") if ref_field else None
        conditions.setdefault(row.kind, []).append(Value(row.value, ref))
    values = RobotValues(
        trigger=robot.trigger,
        action=robot.action,
        action_values={column: getattr(robot, column) for column in action.columns},
        conditions=conditions,
        name=robot.name,
        wait=robot.wait,
        wait_unit=robot.wait_unit,
        is_working_time=robot.is_working_time,
        is_active=False,
    )
    return save_robot(values=values, by=by, now=now, stage=stage)


@transaction.atomic
def order_robots(*, order: Sequence[Robot], by: Membership) -> None:
    """Put the robots of a stage in an order: what is due at the same moment is done in it."""
    _check_right(by)
    for position, robot in enumerate(order):
        if robot.position != position:
            Robot.objects.filter(pk=robot.pk).update(position=position)


@transaction.atomic
def switch_robot(*, robot: Robot, is_active: bool, by: Membership, now: dt.datetime) -> Robot:
    """Switch a robot on or off; switching on also lets one go on that was stopped. Its maker stays."""
    _check_right(by)
    robot.is_active, robot.changed_at = is_active, now
    if is_active:
        robot.stopped_at, robot.stopped_why = None, ""
    robot.save(update_fields=["is_active", "changed_at", "stopped_at", "stopped_why"])
    _watch(robot, now=now)
    return robot


@transaction.atomic
def delete_robot(*, robot: Robot, by: Membership, now: dt.datetime) -> None:
    """Delete a robot; what it was about to do is called off, what it did stays in the log."""
    if not may(by, Section.SETTINGS, Action.DELETE):
        raise BeyondRights
    RobotRun.objects.waiting().filter(robot=robot).update(
        state=RobotRun.State.PASSED, outcome="robot_gone", ended_at=now
    )
    robot.delete()


def read_secret(robot: Robot) -> str:
    """Open the secret that signs what a webhook is sent; "" where there is none."""
    return sealing.unseal(robot.sealed_secret, purpose=PURPOSE) if robot.sealed_secret else ""


def _check_right(by: Membership) -> None:
    if not may(by, Section.SETTINGS, Action.EDIT):
        raise BeyondRights


def _check_conditions_seen(robot: Robot) -> None:
    """Raise BeyondRights for conditions on fields whoever saves the robot does not see: they would fall out of it."""
    kinds = (
        set(RobotCondition.objects.filter(robot=robot).values_list("kind", flat=True))
        - all_conditions().keys()
    )
    if kinds & {field.key for field in all_fields_of(CustomField.Entity.DEAL)}:
        raise BeyondRights


def _behind(stage: Stage) -> int:
    last = Robot.objects.filter(stage=stage).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _set_conditions(robot: Robot, conditions: Mapping[str, Sequence[Value]]) -> None:
    RobotCondition.objects.filter(robot=robot).delete()
    rows = []
    for kind, values in conditions.items():
        ref_field = CONDITIONS[kind].ref_field if kind in CONDITIONS else ""
        for value in values:
            ref = {f"{ref_field}_id": value.ref} if ref_field else {}
            rows.append(RobotCondition(robot=robot, kind=kind, value=value.value, **ref))
    RobotCondition.objects.bulk_create(rows)


def _watch(robot: Robot, *, now: dt.datetime) -> None:
    """Runs that wait follow the robot as it is now; one of stillness watches what stands there already."""
    waiting = RobotRun.objects.waiting().filter(robot=robot)
    waiting.exclude(trigger=robot.trigger, stage=robot.stage_id).update(
        state=RobotRun.State.PASSED, outcome="switched_off", ended_at=now
    )
    if robot.trigger == Robot.Trigger.IDLE and robot.is_active:
        idle.begin(robot, now=now)
