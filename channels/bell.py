"""Rings for the workers. Never fails and, from a hook, never waits: the sweepers are the safety net."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from celery import current_app

logger = logging.getLogger(__name__)
PAUSE_S = 0.05  # between two rounds of rings


def _task(name: str) -> Any:
    """Find a task by name, because tasks call services and services queue tasks."""
    return current_app.tasks[f"channels.tasks.{name}"]


def after_commit(task: str, **kwargs: Any) -> None:
    """Queue one of channels.tasks for the active tenant, once the surrounding transaction is durable."""
    _task(task).after_commit(**kwargs)


def later(task: str, *, after_s: float, **kwargs: Any) -> None:
    """The same, to be done so many seconds after the commit."""
    _task(task).later(after_s=after_s, **kwargs)


def send(task: str, *, tenant_id: int, **kwargs: Any) -> None:
    """Queue one of channels.tasks for a tenant now; a broker that is away is no error."""
    try:
        _task(task).apply_async(kwargs={"tenant_id": tenant_id, **kwargs}, retry=False)
    except Exception as error:  # whatever the broker does, the work is safe in PostgreSQL
        logger.warning(
            "broker is away, %s of tenant %s waits for its next turn: %s",
            task,
            tenant_id,
            type(error).__name__,
        )


class _Bell:
    """A thread that tells the broker, so that a hook's answer never waits for one that is slow or away.

    In a wave it rings for all that came meanwhile at once: telling the broker takes as much of the processor as
    writing a delivery down, and one worker works off the whole queue of a channel anyway.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: set[int] = set()
        self._thread: threading.Thread | None = None

    def ring(self, tenant_id: int) -> None:
        with self._condition:
            self._waiting.add(tenant_id)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="inbox-bell", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting:
                    self._condition.wait()
                tenant_ids, self._waiting = self._waiting, set()
            for tenant_id in tenant_ids:
                send("process_inbox", tenant_id=tenant_id)
            time.sleep(PAUSE_S)


_bell = _Bell()


def ring(tenant_id: int) -> None:
    """Say that the tenant's journal has news; returns at once."""
    _bell.ring(tenant_id)


def _forget() -> None:
    """A forked process has the lock's state but not the thread."""
    global _bell
    _bell = _Bell()


os.register_at_fork(after_in_child=_forget)
