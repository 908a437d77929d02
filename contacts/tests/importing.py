"""Bringing a table in, in one call: upload, check, load."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.importing import running, services
from contacts.importing.options import Options
from contacts.models import Contact, Import
from core.tenancy import tenant_scope
from tenants.models import Membership


def table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Write rows as a CSV file."""
    heads = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, heads)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def uploaded(data: bytes, by: Membership, *, what: str = "contacts", name: str = "clients.csv") -> Import:
    with tenant_scope(by.tenant):
        return services.upload(what=what, file=SimpleUploadedFile(name, data), by=by)


def work(imported: Import) -> Import:
    """Do what a worker would, and read the import as it stands then."""
    running.work(tenant_id=imported.tenant_id, import_id=str(imported.pk), progress=lambda done, total: None)
    with tenant_scope(imported.tenant_id):
        return Import.objects.select_related("by__tenant").get(pk=imported.pk)


def checked(imported: Import, by: Membership, mapping: Sequence[str] | None = None, **options: Any) -> Import:
    """Check a file with the proposed mapping, or another."""
    chosen = Options.of(imported.options | options).as_json()
    with tenant_scope(by.tenant):
        services.start_check(
            imported=imported, by=by, mapping=mapping or imported.mapping, options=chosen, now=timezone.now()
        )
    return work(imported)


def loaded(imported: Import, by: Membership) -> Import:
    with tenant_scope(by.tenant):
        services.start_run(imported=imported, by=by, now=timezone.now())
    return work(imported)


def undone(imported: Import, by: Membership) -> Import:
    with tenant_scope(by.tenant):
        services.start_undo(imported=imported, by=by, now=timezone.now())
    return work(imported)


def brought(
    rows: Sequence[Mapping[str, Any]] | bytes, by: Membership, *, what: str = "contacts", **options: Any
) -> Import:
    """Bring a table in, and see to it that the run did what the check had said."""
    data = rows if isinstance(rows, bytes) else table(rows)
    ready = checked(uploaded(data, by, what=what), by, **options)
    assert ready.state == Import.State.CHECKED, ready.error
    done = loaded(ready, by)
    assert done.state == Import.State.DONE, done.error
    assert done.report["run"] == done.report["check"]
    return done


def tally(imported: Import) -> tuple[int, ...]:
    """New, changed, skipped, mistakes."""
    return tuple(imported.report["run"][state] for state in ("created", "updated", "skipped", "failed"))


def names(tenant: Any) -> list[str]:
    with tenant_scope(tenant):
        return list(Contact.objects.present().order_by("name").values_list("name", flat=True))
