"""Background steps of activities."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from activities.services import batches
from activities.services.digests import send_news
from activities.services.reminding import remind
from activities.services.watching import tell_followers
from core.tasks import TenantTask
from core.tenancy import tenant_scope
from tenants import jobs
from tenants.models import Tenant


@shared_task(ignore_result=True)
def remind_due() -> int:
    """Remind the people of every active tenant of what is due now; return how many were."""
    now = timezone.now()
    return sum(_remind(pk, now) for pk in Tenant.objects.filter(is_active=True).values_list("pk", flat=True))


def _remind(tenant_id: int, now: dt.datetime) -> int:
    with tenant_scope(tenant_id):
        return remind(now=now)


@shared_task(ignore_result=True)
def tell_news() -> None:
    """Tell followers what happened, and send the letters whose time has come, in every active tenant."""
    now = timezone.now()
    for pk in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        with tenant_scope(pk):
            tell_followers(now=now)
        with tenant_scope(pk):
            send_news(now=now)


@shared_task(base=TenantTask, name="activities.tasks.run_batch", opens_scope=False)
def run_batch(*, tenant_id: int, job_id: str) -> None:
    """Plan on all cards of a batch: the job somebody started from a list."""
    jobs.carry_out(
        tenant_id=tenant_id,
        job_id=job_id,
        work=lambda progress: batches.run_batch(tenant_id=tenant_id, job_id=job_id, progress=progress),
    )
