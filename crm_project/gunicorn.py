"""Settings of gunicorn that are code."""

from __future__ import annotations

import os
from typing import Any

from core import collecting


def when_ready(server: Any) -> None:
    """Keep what was imported out of the collector, so that worker processes go on sharing its memory."""
    collecting.settle()


def child_exit(server: Any, worker: Any) -> None:
    """Let a dead worker's gauges no longer count."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
