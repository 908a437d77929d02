"""Background steps of deals."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from celery import shared_task
from django.utils import timezone

from core.tenancy import tenant_scope
from deals.documents.answers import expire_due
from deals.documents.money import remind_of_due
from tenants.models import Tenant


@shared_task(ignore_result=True)
def watch_documents() -> int:
    """Close the proposals whose day has passed and remind of invoices, in every active tenant; return how many."""
    now = timezone.now()
    tenants = Tenant.objects.filter(is_active=True).values_list("pk", "time_zone")
    return sum(_watch(pk, zone, now) for pk, zone in tenants)


def _watch(tenant_id: int, zone: str, now: dt.datetime) -> int:
    today = now.astimezone(zoneinfo.ZoneInfo(zone)).date()  # a day ends where the tenant lives
    with tenant_scope(tenant_id):
        return expire_due(today=today, now=now) + remind_of_due(today=today, now=now)
