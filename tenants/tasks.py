"""Background steps of people, lists and jobs."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.tasks import TenantTask
from core.tenancy import tenant_scope
from tenants import exports, mail
from tenants.models import Job, Tenant

logger = logging.getLogger(__name__)
KEEP_FILES = dt.timedelta(days=1)


class ScopelessTask(TenantTask):
    """Opens its own short scopes: between them it writes files or talks to the network."""

    abstract = True
    opens_scope = False


@shared_task(base=ScopelessTask, name="tenants.tasks.run_export")
def run_export(*, tenant_id: int, job_id: str) -> None:
    """Write an export's file."""
    try:
        exports.run(tenant_id=tenant_id, job_id=job_id)
    except Exception as error:
        exports.fail(tenant_id=tenant_id, job_id=job_id, error=type(error).__name__)
        raise


@shared_task(name="tenants.tasks.clean_jobs")
def clean_jobs(**_kwargs: Any) -> int:
    """Delete files of exports older than a day, in every tenant; return how many."""
    deleted = 0
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            old = Job.objects.filter(created_at__lt=timezone.now() - KEEP_FILES).exclude(file_key="")
            for job in old:
                Path(settings.MEDIA_ROOT, job.file_key).unlink(missing_ok=True)
                deleted += 1
            old.update(file_key="")
    return deleted


@shared_task(name=mail.TASK)
def send_letters(*, letter_id: int | None = None) -> int:
    """Send one letter of the platform's own mail, or (as the sweeper) all whose time has come."""
    return mail.send_due(now=timezone.now(), only=letter_id)
