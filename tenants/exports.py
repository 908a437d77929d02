"""Exports of lists: the page's button and the operator's command run this same code."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils import timezone, translation

from core import exporting
from core.listing import Column, Listing, keyset, listing_for
from core.listing.files import FileFormat
from core.live import publish
from core.tenancy import tenant_scope
from core.zones import zones
from tenants.access import may_export
from tenants.field_rights import seen_by
from tenants.models import Job, ListPreference, Membership

BATCH = 5000
# The id as text: a UUID made of each of 100,000 rows takes as long as all their moments.
_PLACE = {"place": Cast("pk", TextField())}


def run(*, tenant_id: int, job_id: str) -> None:
    """Write the file of a queued export batch by batch, so that no transaction and no list grows long."""
    with tenant_scope(tenant_id):
        job = Job.objects.select_related("member__role", "member__tenant", "member__user").get(pk=job_id)
        member = job.member
        if job.state != Job.State.QUEUED or not may_export(member, listing_for(job.params["page"]).section):
            return
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    key = f"exports/{tenant_id}/{secrets.token_hex(16)}.{extension_of(listing_for(job.params['page']), job.params['format'])}"
    path = Path(settings.MEDIA_ROOT) / key
    language = member.user.language or member.tenant.language
    with (
        translation.override(language),
        zones(reader=member.user.time_zone, company=member.tenant.time_zone),
    ):
        count = write_list(
            tenant_id=tenant_id,
            member=member,
            listing=listing_for(job.params["page"]),
            query=job.params["query"],
            file_format=job.params["format"],
            path=path,
            progress=lambda done, total: _progress(tenant_id, job, done, total),
        )
    with tenant_scope(tenant_id):
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.DONE,
            done_count=count,
            total_count=count,
            file_key=key,
            finished_at=timezone.now(),
        )
        _announce(tenant_id, job)


def write_list(
    *,
    tenant_id: int,
    member: Membership,
    listing: Listing,
    query: str,
    file_format: str,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write every row of a filtered list that the member may export; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with seen_by(member):
        return _write(tenant_id, member, listing, query, file_format, path, progress)


def _write(
    tenant_id: int,
    member: Membership,
    listing: Listing,
    query: str,
    file_format: str,
    path: Path,
    progress: Callable[[int, int], None],
) -> int:
    with tenant_scope(tenant_id):
        own = listing.file_format(file_format)
        columns = list(own.columns) if own is not None else export_columns(listing, member)
        total = listing.filtered(member, QueryDict(query), "export").qs.count()
    done, writers = 0, [c.writer() for c in columns]
    opened = own.open if own is not None else exporting.FORMATS[file_format]
    with opened(path, [str(c.label) for c in columns]) as write:
        for batch in _batches(tenant_id, member, listing, QueryDict(query), columns, own):
            for row in batch:
                write([writer(row) for writer in writers])
            done += len(batch)
            progress(done, total)
    return done


def extension_of(listing: Listing, file_format: str) -> str:
    """Say how the name of such a file ends."""
    own = listing.file_format(file_format)
    return own.extension if own is not None else file_format


def export_columns(listing: Listing, member: Membership) -> list[Column]:
    """The member's own columns in their order, else the list's usual ones."""
    chosen = ListPreference.objects.filter(member=member, page=listing.page).values_list("columns", flat=True)
    wished = [listing.column(str(w.get("name"))) for w in next(iter(chosen), [])]
    return [c for c in wished if c] or [c for c in listing.all_columns() if c.is_default or c.is_fixed]


def _batches(
    tenant_id: int,
    member: Membership,
    listing: Listing,
    params: QueryDict,
    columns: Sequence[Column],
    own: FileFormat | None,
) -> Iterator[list[dict[str, Any]]]:
    with tenant_scope(tenant_id):
        sort = listing.sort(params.get("sort", ""))
    reads = sorted({sort.field}.union(*(c.plain_reads or c.reads for c in columns)))
    cursor: keyset.Cursor | None = None
    while True:
        with tenant_scope(tenant_id):
            rows = keyset.part(listing.filtered(member, params, "export"), sort, cursor, BATCH)
            if own is not None:
                rows = own.prepare(rows)
            batch = list(rows.values(*reads, **_PLACE))
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        cursor = keyset.Cursor(batch[-1][sort.field], batch[-1]["place"])


def _progress(tenant_id: int, job: Job, done: int, total: int) -> None:
    with tenant_scope(tenant_id):
        Job.objects.filter(pk=job.pk).update(done_count=done, total_count=total)


def _announce(tenant_id: int, job: Job) -> None:
    publish(tenant_id=tenant_id, topic="job.changed", payload={"id": str(job.pk)}, member_ids=[job.member_id])


def fail(*, tenant_id: int, job_id: str, error: str) -> None:
    """Record that a job broke; its page says so."""
    with tenant_scope(tenant_id):
        Job.objects.filter(pk=job_id).update(
            state=Job.State.FAILED, error=error[:500], finished_at=timezone.now()
        )
