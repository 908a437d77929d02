"""Background steps of contacts: comparing cards."""

from __future__ import annotations

from celery import shared_task

from contacts.duplicates import finding, waiting
from core.tasks import TenantTask
from tenants import jobs


@shared_task(name="contacts.tasks.sweep_changed", expires=15)
def sweep_changed() -> None:
    """Have the tenants compare the cards that changed since the last time."""
    for tenant_id in waiting.tenants_waiting():
        compare_changed.apply_async(kwargs={"tenant_id": tenant_id}, retry=False)


@shared_task(base=TenantTask, name="contacts.tasks.compare_changed", opens_scope=False)
def compare_changed(*, tenant_id: int) -> int:
    """Compare a tenant's waiting cards; return how many there were."""
    return waiting.work_off(tenant_id)


@shared_task(base=TenantTask, name="contacts.tasks.find_duplicates", opens_scope=False)
def find_duplicates(*, tenant_id: int, job_id: str) -> None:
    """Compare all cards of a tenant: the job somebody started."""
    jobs.carry_out(
        tenant_id=tenant_id,
        job_id=job_id,
        work=lambda progress: finding.look_everywhere_for_both(tenant_id=tenant_id, progress=progress),
    )
