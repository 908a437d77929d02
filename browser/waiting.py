"""Waiting for what the running product does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


def until(condition: Callable[[], object], complaint: str, *, timeout_s: float = 90) -> None:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(complaint)
        time.sleep(0.2)
