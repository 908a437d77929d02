"""Who acts when no person does: what a robot does names the robot in the timeline, and knows what set it off."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from contextvars import ContextVar


@dataclasses.dataclass(frozen=True, slots=True)
class Robot:
    """The robot at work: its name, and how many robots set one another off before it."""

    name: str
    depth: int = 0


_at_work: ContextVar[Robot | None] = ContextVar("robot_at_work", default=None)


def robot_at_work() -> Robot | None:
    """Return the robot whose action is going on, if one is."""
    return _at_work.get()


@contextlib.contextmanager
def acting_as(robot: Robot) -> Iterator[None]:
    """Let everything within be the robot's doing."""
    token = _at_work.set(robot)
    try:
        yield
    finally:
        _at_work.reset(token)
