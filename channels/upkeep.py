"""What providers let lapse is renewed, and what they know better is learned; no transaction waits for them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone, translation

from channels.adapters import adapter_for, kinds_to_keep_alive
from channels.adapters.base import SendError, Settings
from channels.models import Channel, HookRoute
from channels.services import keep_learned, prepare_check
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class _Work:
    """What is needed to speak for a channel without the database."""

    kind: str
    settings: Settings
    hook_url: str
    language: str
    as_of: dt.datetime  # when its settings were as read here


def channels_to_keep() -> list[tuple[int, uuid.UUID]]:
    """List the channels with something to renew, of all tenants; those switched off are sorted out later."""
    routes = HookRoute.objects.filter(kind__in=kinds_to_keep_alive(), tenant__is_active=True)
    return list(routes.values_list("tenant_id", "channel_id"))


def keep_alive(tenant_id: int, channel_id: uuid.UUID) -> bool:
    """Renew what one channel's provider lets lapse; the settings page shows what went wrong.

    Says whether it was tried: a channel that is switched off rests.
    """
    work = _read(tenant_id, channel_id)
    if work is None:
        return False
    with translation.override(work.language):
        error, learned = "", dict[str, str]()
        try:
            learned = dict(adapter_for(work.kind).keep_alive(work.settings, work.hook_url))
        except SendError as refusal:
            error = str(refusal)
        except Exception as fault:  # an adapter's fault is shown like a refusal
            logger.error("channel %s: %s", channel_id, type(fault).__name__)
            error = type(fault).__name__
    _note(tenant_id, channel_id, work, error=error, learned=learned)
    return True


def learn(*, kind: str, settings: Settings, hook_url: str) -> Mapping[str, str]:
    """Ask the provider what it knows better than we. Whatever goes wrong, the check tells it in its words."""
    try:
        return adapter_for(kind).learn(settings)
    except SendError:
        return {}
    except Exception as fault:
        logger.error("channel kind %s: learning failed: %s", kind, type(fault).__name__)
        return {}


def _read(tenant_id: int, channel_id: uuid.UUID) -> _Work | None:
    with tenant_scope(tenant_id):
        channel = Channel.objects.active().select_related("tenant").filter(pk=channel_id).first()
        if channel is None:
            return None
        facts: dict[str, Any] = prepare_check(channel)
        return _Work(**facts, language=channel.tenant.language, as_of=channel.updated_at)


def _note(
    tenant_id: int, channel_id: uuid.UUID, work: _Work, *, error: str, learned: Mapping[str, str]
) -> None:
    """Write down how it went, unless somebody changed the settings meanwhile: then it says nothing of them."""
    now = timezone.now()
    with tenant_scope(tenant_id):
        channel = Channel.objects.select_for_update(no_key=True).filter(pk=channel_id).first()
        if channel is None or channel.updated_at != work.as_of:
            return
        if learned:
            keep_learned(channel=channel, values=learned)
        if error or channel.last_error:
            channel.last_error = error.replace("\x00", "")[:500]
            channel.last_error_at = (channel.last_error_at or now) if error else None
            channel.save(update_fields=["last_error", "last_error_at"])
