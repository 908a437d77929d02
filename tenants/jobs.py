"""Starting background jobs, and keeping their progress."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from celery import Task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import exporting
from core.errors import Forbidden, Refusal
from core.listing import listing_for
from core.live import publish
from core.tenancy import tenant_scope
from tenants import exports, tasks
from tenants.access import may_export
from tenants.models import Job, Membership

Progress = Callable[[int, int], None]
Work = Callable[[Progress], dict[str, Any]]
RepeatableWork = Callable[[Progress], dict[str, Any] | None]
# Where the result of a kind of job is shown; exports have the job's own page.
_pages: dict[str, Callable[[Job], str]] = {}


def register_page(kind: str, address: Callable[[Job], str]) -> None:
    """Say where the progress and the result of a kind of job are shown; for apps above."""
    _pages[kind] = address


def page_of(job: Job) -> str:
    """Return the address of the job's own page, or nothing where it is an export."""
    address = _pages.get(job.kind)
    return address(job) if address else ""


def start(
    *, member: Membership, kind: str, title: str, task: Task, params: dict[str, Any] | None = None
) -> Job:
    """Queue a job of this kind, or return the one that is waiting already: it will do the same."""
    waiting: Job | None = Job.objects.filter(kind=kind, state=Job.State.QUEUED, params=params or {}).first()
    if waiting is not None:
        return waiting
    job: Job = Job.objects.create(member=member, kind=kind, title=title, params=params or {})
    task.after_commit(job_id=str(job.pk))  # type: ignore[attr-defined]
    return job


def running(kind: str) -> Job | None:
    """Return the job of this kind that waits or runs, if there is one."""
    states = (Job.State.QUEUED, Job.State.RUNNING)
    found: Job | None = Job.objects.filter(kind=kind, state__in=states).order_by("created_at").first()
    return found


def carry_out(*, tenant_id: int, job_id: str, work: Work) -> None:
    """Do a job's work with its progress kept: `work(progress)` opens scopes of its own and returns the report.

    A second delivery of the same job finds it taken and does nothing.
    """
    with tenant_scope(tenant_id):
        mine = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
        if not mine.update(state=Job.State.RUNNING):
            return
    _work(tenant_id, job_id, work)


def carry_on(*, tenant_id: int, job_id: str, work: RepeatableWork) -> None:
    """Do the work of a job that may have been begun before: by a worker that was killed, or one still at it.

    Only for work that knows by itself how far it is and who does it; where another does, it returns None
    and the job stays as it is.
    """
    with tenant_scope(tenant_id):
        unfinished = Job.objects.filter(pk=job_id, state__in=(Job.State.QUEUED, Job.State.RUNNING))
        if not unfinished.update(state=Job.State.RUNNING):
            return
    _work(tenant_id, job_id, work)


def _work(tenant_id: int, job_id: str, work: RepeatableWork) -> None:
    try:
        report = work(lambda done, total: _note(tenant_id, job_id, done_count=done, total_count=total))
    except Exception as error:
        exports.fail(tenant_id=tenant_id, job_id=job_id, error=type(error).__name__)
        raise
    if report is None:
        return
    _note(tenant_id, job_id, state=Job.State.DONE, report=report, finished_at=timezone.now())
    with tenant_scope(tenant_id):
        job = Job.objects.get(pk=job_id)
        payload = {"id": str(job.pk)}
        publish(tenant_id=tenant_id, topic="job.changed", payload=payload, member_ids=[job.member_id])


def drop(*, job_id: uuid.UUID | None) -> None:
    """End a job that was called off before it came to anything."""
    unfinished = Job.objects.filter(pk=job_id, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    unfinished.update(state=Job.State.DONE, finished_at=timezone.now())


def _note(tenant_id: int, job_id: str, **values: Any) -> None:
    with tenant_scope(tenant_id):
        Job.objects.filter(pk=job_id).update(**values)


class ExportForbidden(Forbidden):
    def default_message(self) -> Any:
        return _("You may not export this list.")


class UnknownFormat(Refusal):
    def default_message(self) -> Any:
        return _("Choose CSV or XLSX.")


def start_export(*, member: Membership, page: str, query: str, file_format: str) -> Job:
    """Queue an export of a filtered list; raise ExportForbidden or UnknownFormat."""
    listing = listing_for(page)
    if not may_export(member, listing.section):
        raise ExportForbidden
    if file_format not in exporting.FORMATS and listing.file_format(file_format) is None:
        raise UnknownFormat
    extension = exports.extension_of(listing, file_format)
    job = Job.objects.create(
        member=member,
        kind="export",
        title=str(listing.title),
        params={"page": page, "query": query, "format": file_format},
        file_name=f"{listing.file_name}-{timezone.localdate():%Y-%m-%d}.{extension}",
    )
    tasks.run_export.after_commit(job_id=str(job.pk))
    return job
