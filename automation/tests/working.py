"""Letting robots work within a test's transaction."""

from __future__ import annotations

from django.utils import timezone

from automation import engine, errands


def work() -> None:
    """Do everything that is due, as a worker would: each run in a savepoint instead of a transaction."""
    now = timezone.now()
    for _turn in range(200):
        run = engine._take(now)
        if run is None:
            return
        errand = engine._do(run, now)
        if errand is not None:
            engine._end(run, engine._after_call(run, errands.go(errand), now), now)
    raise AssertionError("robots go on without end")
