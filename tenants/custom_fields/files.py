"""Files that are values of fields: stored under keys nobody can guess, handed out by the record's own page."""

from __future__ import annotations

import datetime as dt
import secrets
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils import timezone

from core.filenames import safe_name
from core.tenancy import current_tenant_id
from tenants.custom_fields.definitions import file_of
from tenants.custom_fields.errors import FileNotStored, FileTooLarge
from tenants.custom_fields.records import is_file_held
from tenants.field_rights import sees
from tenants.models import CustomValued, FieldFile, Membership

GRACE = dt.timedelta(days=1)
BATCH = 500


def store_file(*, upload: UploadedFile, by: Membership | None) -> FieldFile:
    """Keep an uploaded file; raise FileTooLarge or FileNotStored, and then nothing is left behind."""
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        raise FileTooLarge(limit_mb=settings.ATTACHMENT_MAX_BYTES // 2**20)
    token = secrets.token_hex(16)
    key = f"{current_tenant_id()}/{token[:2]}/{token}"
    try:
        key = default_storage.save(key, ContentFile(upload.read()))
    except OSError as error:
        raise FileNotStored from error
    try:
        file: FieldFile = FieldFile.objects.create(
            key=key, name=safe_name(upload.name or ""), size_bytes=upload.size or 0, created_by=by
        )
    except BaseException:
        default_storage.delete(key)
        raise
    return file


def note_held(*, dropped: Any, taken: Any) -> None:
    """Remember that a record holds a file now, and that it holds another one no more; both as records keep them."""
    if dropped:
        FieldFile.objects.filter(pk=dropped["id"]).update(unheld_since=timezone.now())
    if taken:
        FieldFile.objects.filter(pk=taken["id"]).update(unheld_since=None)


def delete_unheld(*, now: dt.datetime) -> int:
    """Delete the files no record has held for a day, a batch of them; return how many.

    A day, so that a form that is being sent and an import that is taken back find theirs. Each is looked for once
    more: several records may have held it.
    """
    deleted = 0
    for file in FieldFile.objects.filter(unheld_since__lt=now - GRACE).order_by("unheld_since")[:BATCH]:
        if is_file_held(file):
            note_held(dropped=None, taken={"id": file.pk})
            continue
        file.delete()
        transaction.on_commit(partial(default_storage.delete, file.key))
        deleted += 1
    return deleted


def file_response(record: CustomValued, key: str) -> FileResponse:
    """Send the file a record's field holds to who sees the field, always to be saved; raise Http404 otherwise.

    The caller has checked who may see the record.
    """
    value = record.custom_values.get(key) if sees(key) else None
    file = file_of(value) if isinstance(value, dict) else None
    if file is None:
        raise Http404
    try:
        data = default_storage.open(file.key)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        data, as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
