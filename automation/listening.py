"""What happens to deals sets robots off: each gets a run in the same transaction, to be done at its moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from activities.acting import robot_at_work
from automation import bell
from automation.models import Robot, RobotRun
from automation.waiting import moment_after
from deals.happenings import Happening, What
from deals.models import Deal, Proposal
from tenants.hours import current_book

Trigger = Robot.Trigger
# Runs that wait for their moment only as long as the deal stays in the stage
_OF_PROPOSALS = {
    What.VIEWED: Trigger.PROPOSAL_VIEWED,
    What.ACCEPTED: Trigger.PROPOSAL_ACCEPTED,
    What.DECLINED: Trigger.PROPOSAL_DECLINED,
}
_OF_INVOICES = {
    What.OVERDUE: Trigger.INVOICE_OVERDUE,
    What.PARTLY_PAID: Trigger.PAID_PARTLY,
    What.PAID: Trigger.PAID,
}
STAYING = [trigger for trigger in Trigger.values if trigger != Trigger.LEFT]


def on_happening(happening: Happening) -> None:
    """Set off the robots it concerns. One query, one more for a move out of a stage, one where there are robots."""
    if happening.what == What.MOVED and happening.left is not None:
        _call_off(happening)
    if robots := list(_concerned(happening)):
        set_off(robots, [happening.deal], occasion=happening.occasion, at=happening.at, depth=_depth())


def set_off(
    robots: list[Robot], deals: list[Deal], *, occasion: str, at: dt.datetime, depth: int = 0
) -> None:
    """Queue a run of each robot with each deal, once for the occasion."""
    book = current_book(now=at)
    runs = [
        RobotRun(
            robot=robot,
            name=str(robot)[:120],
            deal=deal,
            stage_id=robot.stage_id,
            trigger=robot.trigger,
            occasion=occasion,
            depth=depth,
            due_at=moment_after(at, robot.wait, robot.wait_unit, is_working=robot.is_working_time, book=book),
        )
        for deal in deals
        for robot in robots
    ]
    RobotRun.objects.bulk_create(runs, ignore_conflicts=True)
    if any(run.due_at <= timezone.now() for run in runs):
        bell.after_commit()


def _concerned(happening: Happening) -> Iterable[Robot]:
    stage_id = happening.deal.stage_id
    if happening.what == What.MOVED:
        begins = Q(stage=stage_id, trigger__in=[Trigger.ENTERED, Trigger.IDLE])
        ends = Q(stage=happening.left, trigger=Trigger.LEFT) if happening.left else Q(pk__in=[])
        return Robot.objects.active().filter(begins | ends).in_order()
    trigger = _trigger_of(happening)
    return Robot.objects.active().filter(stage=stage_id, trigger=trigger).in_order() if trigger else []


def _trigger_of(happening: Happening) -> Trigger | None:
    match happening.document:
        case None:
            return Trigger.CLIENT_WROTE if happening.what == What.CLIENT_WROTE else None
        case Proposal():
            return _OF_PROPOSALS.get(happening.what)
    return _OF_INVOICES.get(happening.what)


def _call_off(happening: Happening) -> None:
    """The deal has left: what waited for it to stay need not be done any more."""
    waiting = RobotRun.objects.waiting().filter(
        deal=happening.deal, stage=happening.left, trigger__in=STAYING
    )
    waiting.update(state=RobotRun.State.PASSED, outcome="left_stage", ended_at=happening.at)


def _depth() -> int:
    robot = robot_at_work()
    return robot.depth + 1 if robot else 0
