"""Robots that wait for stillness: nothing has happened with a deal for so long.

A deal that stands in the stage has one waiting run of each such robot. It is put off whenever something has happened
meanwhile; when the robot has acted, another one waits for the next time of stillness.
"""

from __future__ import annotations

import datetime as dt

from automation.models import Robot, RobotRun
from automation.waiting import moment_after
from deals.models import Deal
from tenants.hours import HoursBook, current_book

LOOK_AGAIN = dt.timedelta(hours=1)  # at the earliest, after a robot has acted
BATCH = 1000


def still_until(run: RobotRun, robot: Robot, deal: Deal, book: HoursBook, *, now: dt.datetime) -> dt.datetime:
    """Return when the deal will have been still for long enough; a moment that has passed: it has.

    Counted from what happened last. One time of stillness is acted upon once: a run that comes after the robot
    has acted (params["acted_at"]) waits for something to happen first.
    """
    happened = [deal.stage_entered_at, deal.changed_at, deal.last_activity_at]
    last = max(moment for moment in happened if moment is not None)
    acted_at = run.params.get("acted_at")
    if acted_at is not None and last <= dt.datetime.fromisoformat(acted_at):
        return now + LOOK_AGAIN
    return moment_after(last, robot.wait, robot.wait_unit, is_working=robot.is_working_time, book=book)


def watch_on(run: RobotRun, *, now: dt.datetime) -> None:
    """Wait for the next time of stillness, after the robot has acted or found its conditions unmet."""
    RobotRun.objects.create(
        robot_id=run.robot_id,
        name=run.name,
        deal_id=run.deal_id,
        stage_id=run.stage_id,
        trigger=run.trigger,
        occasion=f"still after {now.isoformat()}",
        due_at=now + LOOK_AGAIN,
        params={"acted_at": now.isoformat()},
    )


def begin(robot: Robot, *, now: dt.datetime) -> int:
    """Let a new robot of stillness watch the deals that stand in its stage already; return how many."""
    book, watched = current_book(now=now), 0
    known = RobotRun.objects.waiting().filter(robot=robot).values("deal")
    deals = Deal.objects.present().filter(stage=robot.stage_id).exclude(pk__in=known).order_by("pk")
    rows = deals.values_list("pk", "stage_entered_at", "changed_at", "last_activity_at")
    runs: list[RobotRun] = []
    for pk, *happened in rows.iterator(chunk_size=BATCH):
        last = max(moment for moment in happened if moment is not None)
        due_at = moment_after(last, robot.wait, robot.wait_unit, is_working=robot.is_working_time, book=book)
        runs.append(
            RobotRun(
                robot=robot, name=str(robot)[:120], deal_id=pk, stage_id=robot.stage_id, trigger=robot.trigger,
                occasion=f"standing since {now.isoformat()}", due_at=max(due_at, now),
            )
        )  # fmt: skip
        if len(runs) == BATCH:
            watched += len(RobotRun.objects.bulk_create(runs))
            runs = []
    return watched + len(RobotRun.objects.bulk_create(runs))
