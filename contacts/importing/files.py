"""The uploaded files: kept for a month, so that a mapping can be mended and a report downloaded."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings

from contacts.models import Import
from core.tenancy import tenant_scope
from tenants.models import Tenant

KEEP_DAYS = 30


def drop_old_files(*, now: dt.datetime) -> int:
    """Delete what is older, in every tenant; a platform's step that enters one after the other."""
    deleted = 0
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            old = Import.objects.filter(created_at__lt=now - dt.timedelta(days=KEEP_DAYS)).exclude(
                file_key=""
            )
            for imported in old.exclude(state__in=Import.WORKING):
                Path(settings.MEDIA_ROOT, imported.file_key).unlink(missing_ok=True)
                imported.file_key = ""
                imported.save(update_fields=["file_key"])
                deleted += 1
    return deleted
