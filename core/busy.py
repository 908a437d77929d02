"""What is asked for again and again in a wave: kept for a moment while it is, read each time while it is quiet."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
STAYS_S = 1.0  # how old an answer may be
BUSY = 10  # questions within that time: from then on answers are kept
_MOST = 1000  # names known at once


@dataclasses.dataclass(slots=True)
class _Asked(Generic[T]):
    since: float
    count: int = 0
    answers: list[T] = dataclasses.field(default_factory=list)  # at most one


class Busy(Generic[T]):
    """Answers of one process by name. What changes meanwhile is seen a second later at the latest, and only in a wave.

    Threads may ask at once: at worst some of them read what another has just read.
    """

    def __init__(self) -> None:
        self._asked: dict[Hashable, _Asked[T]] = {}

    def ask(self, name: Hashable, read: Callable[[], T]) -> T:
        """Return the kept answer, else read it; what raises is not kept."""
        now, asked = time.monotonic(), self._asked.get(name)
        if asked is None or now - asked.since > STAYS_S:
            if len(self._asked) >= _MOST:
                self._asked.clear()
            asked = self._asked[name] = _Asked(now)
        if asked.answers:
            return asked.answers[0]
        asked.count += 1
        answer = read()
        if asked.count > BUSY:
            asked.answers = [answer]
        return answer
