"""Background steps of robots."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import connection
from kombu.exceptions import OperationalError

from automation import bell, engine
from core.tasks import TenantTask

logger = logging.getLogger(__name__)
LIMIT = 300  # runs one task works off before it lets other tenants have a turn


@shared_task(base=TenantTask, name="automation.tasks.work_off", opens_scope=False)
def work_off(*, tenant_id: int) -> None:
    """Do what a tenant's robots have to do now."""
    if engine.work_off(tenant_id, limit=LIMIT) >= LIMIT:
        _ring(tenant_id)


@shared_task(name="automation.tasks.sweep_robots", expires=25)
def sweep_robots() -> None:
    """Find runs whose moment has come, in all tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM search.tenants_with_due_robots()")
        tenant_ids = [row[0] for row in cursor.fetchall()]
    for tenant_id in tenant_ids:
        _ring(tenant_id)


def _ring(tenant_id: int) -> None:
    try:
        bell.send(tenant_id)
    except (OperationalError, OSError) as error:
        logger.warning("broker is away, robots of tenant %s wait for the sweeper: %s", tenant_id, error)
