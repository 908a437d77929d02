"""Starting background jobs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import exporting
from core.errors import Forbidden, Refusal
from core.listing import listing_for
from tenants import tasks
from tenants.access import may_export
from tenants.models import Job, Membership


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
    if file_format not in exporting.FORMATS:
        raise UnknownFormat
    job = Job.objects.create(
        member=member,
        kind="export",
        title=str(listing.title),
        params={"page": page, "query": query, "format": file_format},
        file_name=f"{listing.file_name}-{timezone.localdate():%Y-%m-%d}.{file_format}",
    )
    tasks.run_export.after_commit(job_id=str(job.pk))
    return job
