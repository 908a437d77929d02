"""Background steps of contacts: comparing cards, loading files."""

from __future__ import annotations

from celery import shared_task
from django.db import connection
from django.utils import timezone

from contacts.duplicates import finding, waiting
from contacts.importing import running
from contacts.importing.files import drop_old_files
from contacts.models import Import
from core.tasks import TenantTask
from core.tenancy import tenant_scope
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


@shared_task(base=TenantTask, name="contacts.tasks.work_on_import", opens_scope=False)
def work_on_import(*, tenant_id: int, job_id: str) -> None:
    """Check, load or undo a file: the job somebody started, or one whose worker is gone."""
    with tenant_scope(tenant_id):
        import_id = Import.objects.filter(job=job_id).values_list("pk", flat=True).first()
    if import_id is None:
        return  # started anew meanwhile, by a job of its own
    jobs.carry_on(
        tenant_id=tenant_id,
        job_id=job_id,
        work=lambda progress: running.work(tenant_id=tenant_id, import_id=str(import_id), progress=progress),
    )


@shared_task(name="contacts.tasks.sweep_imports", expires=25)
def sweep_imports() -> int:
    """Find imports nobody works on any more and have them gone on with; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id FROM search.tenants_with_silent_imports(%s)", [timezone.now() - running.SILENCE]
        )
        tenant_ids = [row[0] for row in cursor.fetchall()]
    count = 0
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            silent = Import.objects.filter(
                state__in=Import.WORKING, beat_at__lt=timezone.now() - running.SILENCE, job__isnull=False
            )
            for job_id in silent.values_list("job_id", flat=True):
                work_on_import.after_commit(job_id=str(job_id))
                count += 1
    return count


@shared_task(name="contacts.tasks.clean_imports", expires=3600)
def clean_imports() -> int:
    """Delete files of imports that have been kept long enough, in every tenant; return how many."""
    return drop_old_files(now=timezone.now())
