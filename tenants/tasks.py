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
from tenants.custom_fields.files import delete_unheld
from tenants.models import Job, Tenant
from tenants.rates import bank
from tenants.services.rates import note_bank, take_bank_rates

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


@shared_task(name="tenants.tasks.clean_files")
def clean_files(**_kwargs: Any) -> int:
    """Delete the files of fields that no record holds any more, in every tenant; return how many."""
    deleted = 0
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            deleted += delete_unheld(now=timezone.now())
    return deleted


@shared_task(base=ScopelessTask, name="tenants.tasks.take_rates")
def take_rates(*, tenant_id: int) -> int:
    """Take the bank's newest rates for a company; return how many are new."""
    try:
        day = bank.parse(bank.fetch())
    except bank.BankError as error:
        return _keep_rates(tenant_id, None, str(error))
    return _keep_rates(tenant_id, day)


@shared_task(name="tenants.tasks.take_rates_of_all")
def take_rates_of_all() -> int:
    """Ask the bank once, for every company that follows it; return how many rates are new."""
    followers = Tenant.objects.filter(is_active=True, follows_bank_rates=True).values_list("pk", flat=True)
    if not followers:
        return 0
    try:
        day, error = bank.parse(bank.fetch()), ""
    except bank.BankError as failure:
        day, error = None, str(failure)
    return sum(_keep_rates(tenant_id, day, error) for tenant_id in followers)


def _keep_rates(tenant_id: int, day: bank.BankDay | None, error: str = "") -> int:
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        if day is not None:
            return take_bank_rates(tenant=tenant, day=day, now=timezone.now())
        logger.warning("no currency rates from the bank: %s", error)
        note_bank(tenant=tenant, now=timezone.now(), error=error)
        return 0


@shared_task(name=mail.TASK)
def send_letters(*, letter_id: int | None = None) -> int:
    """Send one letter of the platform's own mail, or (as the sweeper) all whose time has come."""
    return mail.send_due(now=timezone.now(), only=letter_id)
