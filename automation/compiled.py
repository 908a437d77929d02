"""Robots with their conditions, read in two queries however many there are."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence

from automation.conditions import CONDITIONS
from automation.models import Robot, RobotCondition
from automation.models.robots import RobotQuerySet
from core.conditions import Value

RELATED = ("stage", "stage__pipeline", "maker", "maker__role", "maker__tenant", "member", "role", "to_stage")
REST = ("to_stage__pipeline", "reason", "channel", "process_template")


def robots() -> RobotQuerySet:
    """Read robots with everything their words and actions need."""
    return Robot.objects.select_related(*RELATED, *REST).in_order()


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What robots ask of a deal, by robot and kind of condition."""

    by_robot: Mapping[uuid.UUID, Mapping[str, Sequence[Value]]]

    def of(self, robot: Robot) -> Mapping[str, Sequence[Value]]:
        return self.by_robot.get(robot.pk, {})


def conditions_of(rows: Iterable[Robot]) -> Asked:
    """Read the conditions of robots. One query."""
    found: dict[uuid.UUID, dict[str, list[Value]]] = {}
    for row in RobotCondition.objects.filter(robot__in=[robot.pk for robot in rows]).order_by("id"):
        condition = CONDITIONS.get(row.kind)
        ref = getattr(row, f"{condition.ref_field}_id") if condition and condition.ref_field else None
        found.setdefault(row.robot_id, {}).setdefault(row.kind, []).append(Value(row.value, ref))
    return Asked(found)
