"""Fetching files from providers: never inside a transaction, tried again with growing pauses."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import NamedTuple

from django.utils import timezone, translation

from activities import services as activities
from activities.models import Attachment
from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import SendError, Settings
from channels.adapters.client import download_public
from channels.journal.files import BY_URL
from channels.models import FileFetch
from channels.telling import tell_activity
from core.errors import Refusal
from core.tenancy import tenant_scope
from leads.inquiry import File

logger = logging.getLogger(__name__)
PAUSES_S = (20, 60, 300, 1800, 7200)  # a recording is often ready only minutes after its call
LEASE = dt.timedelta(minutes=3)  # longer than any download may take


class _Claim(NamedTuple):
    fetch_id: uuid.UUID
    kind: str
    settings: Settings
    ref: str
    language: str


def fetch(tenant_id: int, fetch_id: uuid.UUID) -> bool:
    """Fetch one file, unless it isn't due or somebody does; say whether it was tried."""
    claim = _claim(tenant_id, fetch_id)
    if claim is None:
        return False
    with translation.override(claim.language):
        try:
            file = _download(claim)
        except SendError as error:
            _failed(tenant_id, claim, str(error), error)
        except Exception as error:  # an adapter's fault must not leave the file waiting for ever
            logger.error("file %s: %s", fetch_id, type(error).__name__)
            _failed(tenant_id, claim, type(error).__name__, None)
        else:
            _store(tenant_id, claim, file)
    return True


def due(tenant_id: int) -> list[uuid.UUID]:
    """List the files to fetch now."""
    with tenant_scope(tenant_id):
        waiting = FileFetch.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")
        return list(waiting.values_list("pk", flat=True)[:200])


def _claim(tenant_id: int, fetch_id: uuid.UUID) -> _Claim | None:
    now = timezone.now()
    with tenant_scope(tenant_id):
        rows = FileFetch.objects.select_for_update(of=("self",), skip_locked=True)
        row = rows.select_related("channel__tenant").filter(pk=fetch_id, next_try_at__lte=now).first()
        if row is None:
            return None
        row.attempt_count += 1
        row.next_try_at = now + LEASE
        row.save(update_fields=["attempt_count", "next_try_at"])
        channel = row.channel
        return _Claim(row.pk, channel.kind, settings_of(channel), row.ref, channel.tenant.language)


def _download(claim: _Claim) -> File:
    if claim.ref.startswith(BY_URL):
        return download_public(claim.ref.removeprefix(BY_URL))
    return adapter_for(claim.kind).fetch_file(claim.ref.partition(":")[2], claim.settings)


def _store(tenant_id: int, claim: _Claim, file: File) -> None:
    with tenant_scope(tenant_id):
        row = FileFetch.objects.select_for_update().filter(pk=claim.fetch_id).first()
        if row is None:
            return
        attachment = row.attachment
        if attachment.content_type == "application/octet-stream":
            attachment.content_type = file.content_type
            attachment.save(update_fields=["content_type"])
        try:
            activities.fill_attachment(attachment=attachment, data=file.data or b"")
        except activities.StorageFull:
            row.next_try_at = timezone.now() + dt.timedelta(seconds=_pause_s(row))
            row.save(update_fields=["next_try_at"])
            return
        except Refusal as refusal:
            activities.fail_attachment(attachment=attachment, error=str(refusal.message))
        row.delete()
        tell_activity(attachment.activity)


def _failed(tenant_id: int, claim: _Claim, reason: str, error: SendError | None) -> None:
    with tenant_scope(tenant_id):
        row = FileFetch.objects.select_for_update().filter(pk=claim.fetch_id).first()
        if row is None:
            return
        attachment: Attachment = row.attachment
        if row.attempt_count > len(PAUSES_S) or (error is not None and error.is_permanent):
            activities.fail_attachment(attachment=attachment, error=reason)
            row.delete()
            tell_activity(attachment.activity)
            return
        wait = max(_pause_s(row), (error.retry_after_s or 0) if error is not None else 0)
        row.next_try_at = timezone.now() + dt.timedelta(seconds=wait)
        row.save(update_fields=["next_try_at"])


def _pause_s(row: FileFetch) -> int:
    return PAUSES_S[min(row.attempt_count, len(PAUSES_S)) - 1]
