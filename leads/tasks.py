"""Background steps of leads."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from core.tenancy import tenant_scope
from leads.services import wake_leads
from tenants.models import Tenant

logger = logging.getLogger(__name__)


@shared_task(name="leads.tasks.wake_snoozed", expires=60)
def wake_snoozed() -> int:
    """Bring back the snoozed leads of every tenant; return how many.

    A platform's step: it enters one tenant after the other, and trouble in one keeps no other waiting.
    """
    woken = 0
    now = timezone.now()
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        try:
            with tenant_scope(tenant_id):
                woken += wake_leads(now=now)
        except Exception:
            logger.exception("leads of tenant %s could not be woken", tenant_id)
    return woken
