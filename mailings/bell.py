"""Rings for the worker. What is to be done stands in PostgreSQL: a bell that is lost is made up for by the sweeper."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def _task() -> Any:
    """Find the task by name, because it calls services and services queue it."""
    return current_app.tasks["mailings.tasks.send_due"]


def after_commit() -> None:
    """Let the active tenant's mailings leave, once the surrounding transaction is durable."""
    _task().after_commit()


def send(tenant_id: int, *, after_s: float = 0) -> None:
    """The same for a tenant that has some due, now or in so many seconds; a broker that is away is no error."""
    when: dict[str, Any] = {"countdown": after_s} if after_s else {}
    try:
        _task().apply_async(kwargs={"tenant_id": tenant_id}, retry=False, **when)
    except (OperationalError, OSError) as error:
        logger.warning("broker is away, mailings of tenant %s wait for the sweeper: %s", tenant_id, error)
