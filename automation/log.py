"""The log of robots, and what is about to happen to a deal, ready to print."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from automation.models import RobotRun
from automation.words import outcome_words

State = RobotRun.State
TONES = {State.DONE: "ok", State.FAILED: "danger", State.WAITING: "", State.PASSED: ""}


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One run."""

    run: RobotRun
    state: str
    tone: str
    at: dt.datetime
    why: str  # what set it off
    told: str
    may_call_off: bool
    may_do_again: bool


def lines_of(runs: Iterable[RobotRun], *, may_act: bool) -> list[Line]:
    """Say runs in the reader's language; read them with robot, deal and stage."""
    return [_line(run, may_act=may_act) for run in runs]


def _line(run: RobotRun, *, may_act: bool) -> Line:
    return Line(
        run=run,
        state=str(State(run.state).label),
        tone=TONES[State(run.state)],
        at=run.ended_at or run.due_at,
        why=str(run.get_trigger_display()),
        told=outcome_words(run.outcome, run.params) if run.outcome else "",
        may_call_off=may_act and run.state == State.WAITING and run.robot_id is not None,
        may_do_again=may_act and run.state == State.FAILED and run.robot_id is not None,
    )
