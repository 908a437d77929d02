"""Files of timeline entries, kept under random keys of our own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, Attachment
from core.errors import Refusal
from core.filenames import safe_content_type, safe_name
from core.tenancy import current_tenant_id


class FileTooLarge(Refusal):
    """The file exceeds ATTACHMENT_MAX_BYTES."""

    code = "file_too_large"
    status = 413

    def default_message(self) -> str | Promise:
        return _("The file is larger than %(size)s MB.") % {"size": settings.ATTACHMENT_MAX_BYTES // 2**20}


class StorageFull(Refusal):
    """The file could not be written: the disk is full or read-only."""

    code = "storage_full"
    status = 507

    def default_message(self) -> str | Promise:
        return _(
            "The file could not be stored: there is no room on the server's disk. Tell your administrator."
        )


def store_attachment(
    *, activity: Activity, name: str, content_type: str, data: bytes, content_id: str = ""
) -> Attachment:
    """Keep a file of an entry; raise FileTooLarge or StorageFull, and then nothing is left behind."""
    key = _write(data)
    try:
        attachment: Attachment = Attachment.objects.create(
            activity=activity,
            key=key,
            name=safe_name(name),
            content_type=safe_content_type(content_type),
            size_bytes=len(data),
            content_id=content_id[:200],
        )
    except BaseException:
        default_storage.delete(key)
        raise
    return attachment


class KeptFile(Protocol):
    """A file that is stored already, under a key of ours."""

    key: str
    name: str
    content_type: str
    size_bytes: int


def share_files(*, activity: Activity, files: Sequence[KeptFile]) -> None:
    """Let an entry show files that others show too, each kept once: nothing deletes a file with its entry."""
    Attachment.objects.bulk_create(
        Attachment(
            activity=activity,
            key=file.key,
            name=file.name,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
        )
        for file in files
    )


def keep_file(data: bytes) -> str:
    """Keep a file that entries will share, and return its key; raise FileTooLarge or StorageFull."""
    return _write(data)


def expect_attachment(
    *, activity: Activity, name: str, content_type: str, ref: str, content_id: str = ""
) -> Attachment:
    """Announce a file that will be fetched from the provider by its `ref`."""
    attachment: Attachment = Attachment.objects.create(
        activity=activity,
        name=safe_name(name),
        content_type=safe_content_type(content_type),
        content_id=content_id[:200],
        ref=ref[:500],
        state=Attachment.State.WAITING,
    )
    return attachment


def fill_attachment(*, attachment: Attachment, data: bytes) -> Attachment:
    """Keep the fetched bytes of an expected file."""
    attachment.key = _write(data)
    attachment.size_bytes = len(data)
    attachment.state, attachment.error = Attachment.State.STORED, ""
    attachment.save(update_fields=["key", "size_bytes", "state", "error"])
    return attachment


def fail_attachment(*, attachment: Attachment, error: str) -> Attachment:
    """Give up on an expected file; the timeline shows the reason."""
    attachment.state, attachment.error = Attachment.State.FAILED, error[:300]
    attachment.save(update_fields=["state", "error"])
    return attachment


def new_key() -> str:
    """Make a key nobody can guess, spread over folders: 7/3f/3f9c…"""
    token = secrets.token_hex(16)
    return f"{current_tenant_id()}/{token[:2]}/{token}"


def _write(data: bytes) -> str:
    if len(data) > settings.ATTACHMENT_MAX_BYTES:
        raise FileTooLarge
    key = new_key()
    try:
        return default_storage.save(key, ContentFile(data))
    except OSError as error:
        _discard(key)
        raise StorageFull from error


def _discard(key: str) -> None:
    """Remove a half-written file where that is still possible."""
    try:
        default_storage.delete(key)
    except OSError:
        return
