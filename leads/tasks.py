"""Background steps of leads."""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from celery import shared_task
from django.db import connection
from django.utils import timezone

from core.errors import Refusal
from core.tasks import TenantTask
from core.tenancy import tenant_scope
from leads import recomputation, switching
from leads.quality import reclassify_calls, reclassify_source
from leads.routing.watching import watch_all
from leads.services import (
    clear_old_cards,
    due_leads,
    escalate_lead,
    measure_answers,
    run_trial,
    wake_leads,
)
from tenants import exports, jobs
from tenants.models import Tenant

logger = logging.getLogger(__name__)
MEASURED_AT_ONCE = 1000  # answers of a tenant in one transaction
PATIENCE_S = 20  # somebody was at a lead: try it again after so long


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


@shared_task(name="leads.tasks.clear_call_cards", expires=3600)
def clear_call_cards() -> int:
    """Delete the cards of calls that are long over, in all tenants; return how many."""
    now, cleared = timezone.now(), 0
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        try:
            with tenant_scope(tenant_id):
                cleared += clear_old_cards(now=now)
        except Exception:
            logger.exception("cards of calls of tenant %s could not be deleted", tenant_id)
    return cleared


@shared_task(name="leads.tasks.escalate_waiting", expires=60)
def escalate_waiting() -> int:
    """Take the next step of every lead that waited too long, in all tenants; return how many steps were taken."""
    now, done = timezone.now(), 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM search.tenants_with_late_leads(%s)", [now])
        tenant_ids = [row[0] for row in cursor.fetchall()]
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            lead_ids = due_leads(now=now)
        done += sum(_escalate(tenant_id, lead_id, now) for lead_id in lead_ids)
    return done


@shared_task(name="leads.tasks.measure_answers", expires=600)
def measure_old_answers() -> int:
    """Count the minutes of answers given before they were kept, in bites, in all tenants; return how many."""
    done = 0
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        try:
            with tenant_scope(tenant_id):
                done += measure_answers(MEASURED_AT_ONCE)
        except Exception:
            logger.exception("answers of tenant %s could not be measured", tenant_id)
    return done


def _escalate(tenant_id: int, lead_id: uuid.UUID, now: dt.datetime) -> bool:
    """Take one step in a transaction of its own; trouble with one lead keeps no other waiting."""
    try:
        with tenant_scope(tenant_id):
            return escalate_lead(lead_id=lead_id, now=now)
    except Refusal:
        return False  # deleted meanwhile
    except Exception:
        logger.exception("lead %s of tenant %s could not be escalated", lead_id, tenant_id)
        return False


@shared_task(base=TenantTask, name="leads.tasks.escalate_soon", opens_scope=False, expires=600)
def escalate_soon(*, tenant_id: int, lead_id: str) -> bool:
    """Take the next step of one lead at its second; a bell that is lost is made up for by the sweeper."""
    return _escalate(tenant_id, uuid.UUID(lead_id), timezone.now())


@shared_task(base=TenantTask, name="leads.tasks.watch_again")
def watch_again(*, tenant_id: int) -> int:
    """Count anew when waiting leads are due: hours or steps have changed; return how many moved."""
    changed, missed = watch_all(now=timezone.now())
    if missed:
        watch_again.apply_async(kwargs={"tenant_id": tenant_id}, countdown=PATIENCE_S)
    return changed


@shared_task(base=TenantTask, name="leads.tasks.try_rules", opens_scope=False)
def try_rules(*, tenant_id: int, job_id: str) -> None:
    """Try rules on past inquiries."""
    try:
        run_trial(tenant_id=tenant_id, job_id=job_id)
    except Exception as error:
        exports.fail(tenant_id=tenant_id, job_id=job_id, error=type(error).__name__)
        raise


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


@shared_task(base=TenantTask, name="leads.tasks.land_all", opens_scope=False)
def land_all(*, tenant_id: int, job_id: str) -> None:
    """Turn what waits in Unsorted into deals: the job somebody started in the simple mode."""
    jobs.carry_out(
        tenant_id=tenant_id,
        job_id=job_id,
        work=lambda progress: switching.run(tenant_id=tenant_id, progress=progress),
    )
