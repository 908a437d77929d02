"""Background steps of reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import connection
from django.utils import timezone

from core.tasks import TenantTask
from core.tenancy import tenant_scope
from reports import schedules
from reports.rollups.refreshing import DAYS_AT_ONCE, SETTLED, refresh
from tenants.models import Tenant


@shared_task(name="reports.tasks.sweep_rollups", expires=60)
def sweep_rollups() -> int:
    """Ring for every tenant with days to be counted; return how many there are."""
    now = timezone.now()
    return _ring(refresh_rollups, "search.tenants_with_uncounted_days(%s, %s)", now, now - SETTLED)


@shared_task(name="reports.tasks.send_scheduled", expires=60)
def send_scheduled() -> int:
    """Ring for every tenant with a scheduled report whose time has come; return how many there are."""
    return _ring(send_reports, "search.tenants_with_due_reports(%s)", timezone.now())


def _ring(task: Any, who: str, *moments: dt.datetime) -> int:
    """Queue a task for each tenant that a function of ours names."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tenant_id FROM {who}", moments)  # noqa: S608  (a constant of ours)
        found = [row[0] for row in cursor.fetchall()]
    for tenant_id in found:
        with tenant_scope(tenant_id):
            task.after_commit()
    return len(found)


@shared_task(base=TenantTask, name="reports.tasks.refresh_rollups", expires=300)
def refresh_rollups(*, tenant_id: int) -> int:
    """Count the changed days of a tenant; return how many. Where many have changed, it rings for the rest."""
    counted = refresh(Tenant.objects.get(pk=tenant_id), now=timezone.now())
    if counted >= DAYS_AT_ONCE:
        refresh_rollups.after_commit()
    return counted


@shared_task(base=TenantTask, name="reports.tasks.send_reports", expires=600)
def send_reports(*, tenant_id: int) -> int:
    """Write the letters of a tenant's scheduled reports; return how many."""
    return schedules.send_due(Tenant.objects.get(pk=tenant_id), now=timezone.now())
