"""Subscriptions that a provider ends: asked for again at once, besides the beat that keeps them alive."""

from __future__ import annotations

import logging
import uuid

from django.utils import timezone, translation

from channels.adapters import adapter_for
from channels.adapters.base import SendError
from channels.connections import Account, note_failure, note_success
from channels.journal.intake import settings_of
from channels.models import Channel
from channels.services.setup import hook_url_of
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)


def renew(tenant_id: int, channel_id: uuid.UUID) -> bool:
    """Ask the provider for events again, outside any transaction; say whether it agreed."""
    with tenant_scope(tenant_id):
        channel = Channel.objects.select_related("tenant").active().filter(pk=channel_id).first()
        if channel is None:
            return False
        channel_settings, hook_url = settings_of(channel), hook_url_of(channel)
    account = Account(tenant_id, channel_id, timezone.now())
    keep_alive = getattr(adapter_for(channel.kind), "keep_alive", None)
    if keep_alive is None:
        return False
    with translation.override(channel.tenant.language):
        try:
            keep_alive(channel_settings, hook_url)
        except SendError as error:
            note_failure(account, str(error))
            return False
    note_success(account)
    return True
