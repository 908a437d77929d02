"""Background steps of activities."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from activities.services.reminding import remind
from core.tenancy import tenant_scope
from tenants.models import Tenant


@shared_task(ignore_result=True)
def remind_due() -> int:
    """Remind the people of every active tenant of what is due now; return how many were."""
    now = timezone.now()
    return sum(_remind(pk, now) for pk in Tenant.objects.filter(is_active=True).values_list("pk", flat=True))


def _remind(tenant_id: int, now: dt.datetime) -> int:
    with tenant_scope(tenant_id):
        return remind(now=now)
