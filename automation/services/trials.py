"""A test run on one deal: every robot of a stage really acts, and all of it is undone."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.db import transaction

from automation import engine
from automation.actions import Errand
from automation.compiled import conditions_of, robots
from automation.conditions import Moment, are_met
from automation.models import Robot, RobotRun
from automation.waiting import moment_after
from deals.models import Deal, Stage
from tenants.field_rights import seen_by
from tenants.hours import HoursBook, current_book
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What one robot would do with the deal, and when after its trigger."""

    robot: Robot
    at: dt.datetime
    ended: engine.Ended


class _Undo(Exception):
    """Leaves the transaction of a trial, with what it found."""


def try_stage(*, stage: Stage, deal: Deal, by: Membership, now: dt.datetime) -> list[Trial]:
    """Try the robots of a stage on a deal as if it stood there and each trigger came now; nothing stays.

    Each acts by itself in a transaction that is rolled back: refusals are the real ones, nothing leaves, nobody
    is told. Nothing is called outside. `by` must see the deal.
    """
    rows = list(robots().filter(stage=stage))
    asked, book = conditions_of(rows), current_book(now=now)
    standing = Deal.objects.visible_to(by).present().select_related(*engine.DEAL_RELATED).get(pk=deal.pk)
    standing.stage, standing.stage_id = stage, stage.pk
    found = []
    for robot in rows:
        at = moment_after(now, robot.wait, robot.wait_unit, is_working=robot.is_working_time, book=book)
        with seen_by(robot.maker):
            unmet = are_met(asked.of(robot), Moment(standing, at, book))
        ended = (
            engine.Ended(RobotRun.State.PASSED, "unmet", {"condition": unmet})
            if unmet
            else _try(robot, standing, book, now)
        )
        found.append(Trial(robot, at, ended))
    return found


def _try(robot: Robot, deal: Deal, book: HoursBook, now: dt.datetime) -> engine.Ended:
    if robot.maker is None or not robot.maker.is_active:
        return engine.Ended(RobotRun.State.FAILED, "maker_gone")
    result: engine.Ended | Errand
    try:
        with transaction.atomic():
            result = engine.act(robot, deal, depth=0, book=book, now=now)
            raise _Undo
    except _Undo:
        pass
    if isinstance(result, Errand):
        return engine.Ended(RobotRun.State.DONE, "would_call", {"text": result.body.decode()})
    return result
