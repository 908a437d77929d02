"""The robots of a pipeline as its columns show them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from automation.actions import ACTIONS
from automation.compiled import conditions_of, robots
from automation.models import Robot, RobotRun
from automation.words import asks_words, names, stop_words, when_words
from deals.models import Pipeline, Stage

LATELY = dt.timedelta(days=30)
State = RobotRun.State


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What a robot did lately, and what waits."""

    done: int = 0
    failed: int = 0
    waiting: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """One robot, ready to print."""

    robot: Robot
    icon: str
    title: str
    what: str
    when: str
    asks: Sequence[tuple[str, str]]
    trouble: str
    counts: Counts


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A stage with its robots."""

    stage: Stage
    cards: Sequence[Card]


def columns_of(pipeline: Pipeline, *, now: dt.datetime) -> list[Column]:
    """Read the robots of a pipeline by stage. A constant number of queries."""
    stages = list(Stage.objects.filter(pipeline=pipeline).order_by("position", "id"))
    rows = list(robots().filter(stage__in=[stage.pk for stage in stages]))
    asked, known, counts = conditions_of(rows), names(), _counts(rows, now=now)
    cards: dict[uuid.UUID, list[Card]] = {}
    for robot in rows:
        action = ACTIONS[robot.action]
        card = Card(
            robot=robot,
            icon=action.icon,
            title=str(robot),
            what=action.words(robot),
            when=when_words(robot),
            asks=asks_words(asked.of(robot), known),
            trouble=trouble_of(robot),
            counts=counts.get(robot.pk, Counts()),
        )
        cards.setdefault(robot.stage_id, []).append(card)
    return [Column(stage, cards.get(stage.pk, ())) for stage in stages]


def trouble_of(robot: Robot) -> str:
    """Say why a robot that is switched on does nothing; "" for one that is fine."""
    if robot.stopped_at is not None:
        return stop_words().get(robot.stopped_why, "")
    if robot.maker is None or not robot.maker.is_active:
        return _("its maker does not work here any more: save the robot anew")
    return ""


def _counts(rows: Sequence[Robot], *, now: dt.datetime) -> Mapping[uuid.UUID, Counts]:
    runs = RobotRun.objects.filter(robot__in=[robot.pk for robot in rows])
    lately = Q(ended_at__gt=now - LATELY)
    grouped = (
        runs.order_by()
        .values_list("robot_id")
        .annotate(
            done=Count("pk", filter=Q(state=State.DONE) & lately),
            failed=Count("pk", filter=Q(state=State.FAILED) & lately),
            waiting=Count("pk", filter=Q(state=State.WAITING)),
        )
    )
    return {robot_id: Counts(*numbers) for robot_id, *numbers in grouped}
