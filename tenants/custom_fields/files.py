"""Files that are values of fields: stored under keys nobody can guess, handed out by the record's own page."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404

from core.filenames import safe_name
from core.tenancy import current_tenant_id
from tenants.custom_fields.definitions import file_of
from tenants.custom_fields.errors import FileNotStored, FileTooLarge
from tenants.models import CustomValued, FieldFile, Membership


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


def file_response(record: CustomValued, key: str) -> FileResponse:
    """Send the file a record's field holds, always to be saved; the caller has checked who may see the record."""
    value = record.custom_values.get(key)
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
