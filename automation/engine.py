"""Robots at work: one run a transaction, safe from kill -9; what goes outside leaves after the transaction.

A run is taken with FOR UPDATE SKIP LOCKED and ends in the transaction that did its work, so nothing is done twice
and nothing is lost. A webhook is the exception, as any call over a network: the run is pushed into the future
before the call, and comes back when its worker dies. Its receiver may hear of it twice, never never.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from activities.acting import Robot as AtWork
from activities.acting import acting_as
from automation import errands, idle, limits
from automation.actions import ACTIONS, Done, Errand, Work
from automation.compiled import RELATED, REST, conditions_of
from automation.conditions import Moment, are_met
from automation.errors import Impossible
from automation.models import Robot, RobotRun
from automation.rights import reaches
from core.errors import Refusal
from core.tenancy import tenant_scope
from deals.models import Deal
from tenants.field_rights import seen_by
from tenants.hours import HoursBook, current_book

logger = logging.getLogger(__name__)
State, Trigger = RobotRun.State, Robot.Trigger
LEASE = dt.timedelta(minutes=2)  # longer than a call outside may take
TRIES = 5  # of what broke, or of a call outside
PAUSES_S = (60, 300, 1800, 7200)
DEAL_RELATED = ("pipeline", "stage", "contact", "company", "owner", "source")


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; state WAITING: it is to be looked at again at `again_at`."""

    state: str
    outcome: str = ""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    again_at: dt.datetime | None = None


def work_off(tenant_id: int, *, limit: int = 500) -> int:
    """Do what is due in a tenant, in the order of its moments; return how many runs were looked at."""
    done = 0
    while done < limit and _do_next(tenant_id):
        done += 1
    return done


def _do_next(tenant_id: int) -> bool:
    """Do one run. A fault in it is written down and keeps no other waiting."""
    now = timezone.now()
    run_id: uuid.UUID | None = None
    try:
        with tenant_scope(tenant_id):
            run = _take(now)
            if run is None:
                return False
            run_id = run.pk
            errand = _do(run, now)
    except Exception:
        logger.exception("a robot's run of tenant %s broke", tenant_id)
        return run_id is not None and _put_off(tenant_id, run_id, now)
    if errand is not None:
        _go(tenant_id, run_id, errand)
    return True


def _take(now: dt.datetime) -> RobotRun | None:
    due = RobotRun.objects.waiting().filter(due_at__lte=now).order_by("due_at", "id")
    run: RobotRun | None = due.select_for_update(skip_locked=True).first()
    return run


def _do(run: RobotRun, now: dt.datetime) -> Errand | None:
    """Judge a run and act; write down how it ended, or return what is to be done outside."""
    run.robot = Robot.objects.select_related(*RELATED, *REST).filter(pk=run.robot_id).first()
    deal = Deal.objects.present().select_related(*DEAL_RELATED).filter(pk=run.deal_id).first()
    if run.robot is None or deal is None:
        _end(run, Ended(State.PASSED, "robot_gone" if run.robot is None else "deal_gone"), now)
        return None
    with translation.override(deal.tenant.language), seen_by(run.robot.maker):
        result = judge(run, run.robot, deal, book=current_book(now=now), now=now)
    if isinstance(result, Errand):
        run.try_count += 1
        run.due_at = now + LEASE
        run.save(update_fields=["try_count", "due_at"])
        return result
    _end(run, result, now)
    if run.trigger == Trigger.IDLE and (result.state == State.DONE or result.outcome == "unmet"):
        idle.watch_on(run, now=now)
    return None


def judge(run: RobotRun, robot: Robot, deal: Deal, *, book: HoursBook, now: dt.datetime) -> Ended | Errand:
    """Say whether the robot is to act now, and let it. Changes rows of the deal, not of the run."""
    if hindrance := _hindrance(run, robot, deal):
        return Ended(State.PASSED, hindrance)
    if robot.trigger == Trigger.IDLE and (again := idle.still_until(run, robot, deal, book, now=now)) > now:
        return Ended(State.WAITING, again_at=again)
    if unmet := are_met(conditions_of([robot]).of(robot), Moment(deal, now, book)):
        return Ended(State.PASSED, "unmet", {"condition": unmet})
    if robot.maker is None or not robot.maker.is_active:
        return Ended(State.FAILED, "maker_gone")
    if why := limits.excess_of(run, now=now):
        limits.stop(robot, why=why, now=now)
        return Ended(State.FAILED, f"stopped_{why}")
    return act(robot, deal, depth=run.depth, book=book, now=now)


def act(robot: Robot, deal: Deal, *, depth: int, book: HoursBook, now: dt.datetime) -> Ended | Errand:
    """Let the robot do its one thing with its maker's rights; a refusal is how it ended, not an error."""
    action, maker = ACTIONS[robot.action], robot.maker
    assert maker is not None
    if not reaches(maker, action, deal):
        return Ended(State.FAILED, "beyond_rights", {"maker": maker.name})
    work = Work(robot, deal, maker, now, book, robot.trigger)
    try:
        with transaction.atomic(), acting_as(AtWork(str(robot), depth)), seen_by(maker):
            result = action.perform(work)
    except Impossible as refusal:
        return Ended(State.FAILED, refusal.why, refusal.params)
    except Refusal as refusal:
        return Ended(State.FAILED, "refused", {"text": str(refusal.message)})
    return Ended(State.DONE, result.outcome, result.params) if isinstance(result, Done) else result


def _hindrance(run: RobotRun, robot: Robot, deal: Deal) -> str:
    """Say why the robot need not act any more; "" where it has to."""
    if robot.stopped_at is not None:
        return "stopped"
    if not robot.is_active:
        return "switched_off"
    if robot.trigger != Trigger.LEFT and deal.stage_id != robot.stage_id:
        return "left_stage"
    return ""


def _end(run: RobotRun, ended: Ended, now: dt.datetime) -> None:
    if ended.state == State.WAITING:
        run.due_at = ended.again_at or now
        run.save(update_fields=["due_at"])
        return
    run.state, run.outcome, run.params, run.ended_at = ended.state, ended.outcome, dict(ended.params), now
    run.save(update_fields=["state", "outcome", "params", "ended_at"])
    if ended.state == State.FAILED and run.robot is not None and not ended.outcome.startswith("stopped_"):
        _tell_of_failure(run.robot, now=now)


def _tell_of_failure(robot: Robot, *, now: dt.datetime) -> None:
    """Tell the keepers of the first failure of a day: the rest stands in the log."""
    failed = RobotRun.objects.filter(robot=robot, state=State.FAILED, ended_at__gt=now - dt.timedelta(days=1))
    if failed.count() <= 1:
        limits.tell_keepers(robot, code="robot_failed", now=now)


def _put_off(tenant_id: int, run_id: uuid.UUID, now: dt.datetime) -> bool:
    """Try what broke again later; after some tries it has failed for good."""
    with tenant_scope(tenant_id):
        run = (
            RobotRun.objects.waiting()
            .select_for_update(of=("self",))
            .select_related("robot")
            .filter(pk=run_id)
            .first()
        )
        if run is None:
            return True
        run.try_count += 1
        run.due_at = now + _pause(run)
        run.save(update_fields=["try_count", "due_at"])
        if run.try_count >= TRIES:
            _end(run, Ended(State.FAILED, "broken"), now)
    return True


def _pause(run: RobotRun) -> dt.timedelta:
    return dt.timedelta(seconds=PAUSES_S[min(run.try_count, len(PAUSES_S)) - 1])


# --- Outside -----------------------------------------------------------------------------------------
def _go(tenant_id: int, run_id: uuid.UUID, errand: Errand) -> None:
    """Make the call, and write down how it went."""
    failure = errands.go(errand)
    now = timezone.now()
    with tenant_scope(tenant_id):
        run = (
            RobotRun.objects.waiting()
            .select_for_update(of=("self",))
            .select_related("robot")
            .filter(pk=run_id)
            .first()
        )
        if run is None:
            return
        with translation.override(run.tenant.language):
            _end(run, _after_call(run, failure, now), now)


def _after_call(run: RobotRun, failure: errands.Failure | None, now: dt.datetime) -> Ended:
    if failure is None:
        return Ended(State.DONE, "called")
    if failure.is_permanent or run.try_count >= TRIES:
        return Ended(State.FAILED, "call_failed", {"text": failure.text})
    return Ended(State.WAITING, again_at=now + _pause(run))
