"""Background steps of mailings."""

from __future__ import annotations

from celery import shared_task
from django.db import connection
from django.utils import timezone

from core.tasks import TenantTask
from mailings import bell
from mailings.services import running

SWEEP_S = 20  # how often the sweeper looks; what is due sooner rings by itself


@shared_task(base=TenantTask, name="mailings.tasks.send_due", opens_scope=False)
def send_due(*, tenant_id: int) -> None:
    """Write the letters of a tenant's mailings that are due, and come again where the next ones are due soon."""
    waits = [
        wait
        for mailing_id in running.due(tenant_id, now=timezone.now())
        if (wait := running.step(tenant_id, mailing_id, now=timezone.now())) is not None
    ]
    if waits and min(waits) < SWEEP_S:
        bell.send(tenant_id, after_s=max(1.0, min(waits)))


@shared_task(name="mailings.tasks.sweep_mailings", expires=15)
def sweep_mailings() -> None:
    """Find mailings whose moment has come, in all tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM search.tenants_with_due_mailings()")
        tenant_ids = [row[0] for row in cursor.fetchall()]
    for tenant_id in tenant_ids:
        bell.send(tenant_id)
