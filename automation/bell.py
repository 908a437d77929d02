"""Rings for the worker. What is to be done stands in PostgreSQL: a bell that is lost is made up for by the sweeper."""

from __future__ import annotations

from typing import Any

from celery import current_app


def _task(name: str) -> Any:
    """Find a task by name, because tasks call the engine and the engine queues tasks."""
    return current_app.tasks[f"automation.tasks.{name}"]


def after_commit() -> None:
    """Let the active tenant's robots work, once the surrounding transaction is durable."""
    _task("work_off").after_commit()


def send(tenant_id: int) -> None:
    """The same for a tenant that has work waiting, now."""
    _task("work_off").apply_async(kwargs={"tenant_id": tenant_id}, retry=False)
