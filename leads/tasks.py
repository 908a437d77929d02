"""Background steps of leads."""

from __future__ import annotations

import logging
import uuid

from celery import shared_task
from django.utils import timezone

from core.tasks import TenantTask
from core.tenancy import tenant_scope
from leads import recomputation
from leads.quality import reclassify_calls, reclassify_source
from leads.services import wake_leads
from tenants import jobs
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


@shared_task(base=TenantTask, name="leads.tasks.follow_source")
def follow_source(*, tenant_id: int, source_id: str) -> int:
    """Recompute what a source's place in advertising statistics decides; return how many leads changed."""
    return reclassify_source(uuid.UUID(source_id))


@shared_task(base=TenantTask, name="leads.tasks.follow_call_limit")
def follow_call_limit(*, tenant_id: int) -> int:
    """Recompute what the shortest call that counts decides; return how many leads changed."""
    return reclassify_calls()


@shared_task(base=TenantTask, name="leads.tasks.recompute", opens_scope=False)
def recompute(*, tenant_id: int, job_id: str) -> None:
    """Decide the quality of all leads of a tenant anew: the job somebody started."""
    jobs.carry_out(
        tenant_id=tenant_id,
        job_id=job_id,
        work=lambda progress: recomputation.run(tenant_id=tenant_id, job_id=job_id, progress=progress),
    )
