"""What a piece of background work, or the parts of a page, ask for again and again: read once, and anew before it grows old.

Only what the work itself doesn't change belongs here: what people set (rules, hours, who works where), how far reports are
counted beforehand.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from core.tenancy import current_tenant_id

T = TypeVar("T")


class _Memory:
    """What was read, until all of it is forgotten together: parts of it speak of each other."""

    def __init__(self, stays_s: float) -> None:
        self._stays_s = stays_s
        self.forget()

    def forget(self) -> None:
        self._values: dict[Hashable, Any] = {}
        self._until = time.monotonic() + self._stays_s

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        if time.monotonic() > self._until:
            self.forget()
        if key not in self._values:
            self._values[key] = read()
        found: T = self._values[key]
        return found


_active: ContextVar[_Memory | None] = ContextVar("remembered_settings", default=None)


@contextlib.contextmanager
def remembering(*, stays_s: float) -> Iterator[None]:
    """Let remembered_for_a_while() keep what it reads, for so many seconds and no longer than the block."""
    token = _active.set(_Memory(stays_s))
    try:
        yield
    finally:
        _active.reset(token)


def remembered_for_a_while(key: Hashable, read: Callable[[], T]) -> T:
    """Return what was read for this key of the active tenant; outside of remembering() read it each time."""
    memory = _active.get()
    return read() if memory is None else memory.recall((current_tenant_id(), key), read)


def forget() -> None:
    """Read everything anew from now on: something turned out to be out of date."""
    if (memory := _active.get()) is not None:
        memory.forget()
