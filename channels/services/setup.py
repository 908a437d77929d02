"""Connecting channels and changing how they work."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import httpx
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels import hooks, secrets
from channels.adapter_settings import read_settings, settings_of
from channels.adapters import adapter_for
from channels.adapters.base import Adapter, Check, Settings
from channels.models import Channel
from core.errors import Refusal
from core.tenancy import current_tenant_id
from tenants.models import Membership


class ChannelNameTaken(Refusal):
    """Another channel has this name."""

    code = "channel_name_taken"

    def default_message(self) -> str | Promise:
        return _("Another channel has this name already.")


@dataclasses.dataclass(frozen=True, slots=True)
class CreatedChannel:
    """A new channel with what its provider has to be told."""

    channel: Channel
    hook_url: str  # empty where we connect to the provider, not the other way round
    secret: str  # what deliveries are signed with; empty where nothing is


def create_channel(
    *,
    kind: str,
    name: str,
    now: dt.datetime,
    by: Membership | None = None,
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> CreatedChannel:
    """Connect an account; `fields` are Channel's own. Raises InvalidSettings and ChannelNameTaken."""
    adapter = adapter_for(kind)
    plain, secret = read_settings(adapter, settings or {}, plain={}, secret={})
    channel = Channel(
        kind=kind,
        channel_kind=adapter.channel_kind,
        name=name.strip()[:100],
        settings=plain,
        created_at=now,
        updated_at=now,
        **fields,
    )
    token = hooks.new_token() if adapter.is_posted_to(plain) else ""
    secrets.write(channel, secret | {secrets.HOOK_TOKEN: token})
    _save(channel, force_insert=True)
    if token:
        hooks.connect(channel, token, tenant_id=current_tenant_id())
    return CreatedChannel(
        channel, hooks.hook_url(kind, token) if token else "", _signing_secret(adapter, secret)
    )


def _signing_secret(adapter: Adapter, secret: Mapping[str, str]) -> str:
    """Choose the secret that deliveries are signed with: one made by us, else the last that is needed."""
    if not adapter.has_hook or type(adapter).sign is Adapter.sign:
        return ""
    made = [secret[field.name] for field in adapter.fields if field.is_generated and field.name in secret]
    needed = [secret[field.name] for field in adapter.fields if field.is_required and field.name in secret]
    return made[0] if made else needed[-1] if needed else ""


def update_channel(
    *,
    channel: Channel,
    now: dt.datetime,
    by: Membership | None = None,
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Channel:
    """Change a channel. Secrets left empty stay as they are. Raises InvalidSettings, ChannelNameTaken."""
    adapter, known = adapter_for(channel.kind), secrets.read(channel)
    token = known.pop(secrets.HOOK_TOKEN, "")
    plain, secret = read_settings(adapter, settings or {}, plain=channel.settings, secret=known)
    is_first_address = not token and adapter.is_posted_to(plain)
    token = hooks.new_token() if is_first_address else token
    for field, value in fields.items():
        setattr(channel, field, value)
    channel.settings, channel.updated_at, channel.name = plain, now, channel.name.strip()[:100]
    secrets.write(channel, secret | {secrets.HOOK_TOKEN: token})
    if settings:
        channel.last_error, channel.last_error_at = "", None  # told of the old settings
    _save(channel, update_fields=[*_OWN_FIELDS, *fields])
    if is_first_address:
        hooks.connect(channel, token, tenant_id=current_tenant_id())
    return channel


def switch_channel(
    *, channel: Channel, is_active: bool, now: dt.datetime, by: Membership | None = None
) -> Channel:
    """Switch a channel on or off. What arrives meanwhile is journaled and ignored."""
    channel.is_active, channel.updated_at = is_active, now
    channel.save(update_fields=["is_active", "updated_at"])
    return channel


def set_lead_source(*, channel: Channel, is_lead_source: bool, by: Membership | None = None) -> Channel:
    """Say whether inquiries of this channel enter the queue (L2)."""
    channel.is_lead_source = is_lead_source
    channel.save(update_fields=["is_lead_source"])
    return channel


@transaction.atomic
def rotate_hook_token(*, channel: Channel, now: dt.datetime, by: Membership | None = None) -> str:
    """Give the channel a new address and return it; the old one is unknown from now on."""
    token = hooks.new_token()
    secrets.write(channel, secrets.read(channel) | {secrets.HOOK_TOKEN: token})
    channel.updated_at = now
    channel.save(update_fields=["encrypted_secrets", "updated_at"])
    hooks.connect(channel, token, tenant_id=current_tenant_id())
    return hooks.hook_url(channel.kind, token)


def hook_url_of(channel: Channel) -> str:
    """Return the channel's present address, or nothing where it has none."""
    token = secrets.read(channel).get(secrets.HOOK_TOKEN, "")
    is_used = token and adapter_for(channel.kind).is_posted_to(channel.settings)
    return hooks.hook_url(channel.kind, token) if is_used else ""


def check_channel(*, kind: str, settings: Settings, hook_url: str) -> list[Check]:
    """Really try the connection, both ways. Talks to the network: never call it inside a transaction."""
    checks = [_check_address(hook_url)] if hook_url else []
    return [*checks, *adapter_for(kind).check(settings, hook_url)]


def prepare_check(channel: Channel) -> dict[str, Any]:
    """Read what check_channel needs, so that it needs no database."""
    return {"kind": channel.kind, "settings": settings_of(channel), "hook_url": hook_url_of(channel)}


@transaction.atomic
def keep_learned(*, channel: Channel, values: Mapping[str, str]) -> Channel:
    """Keep settings that the provider told (Adapter.learn) and return the channel as it is then."""
    fresh = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    known = secrets.read(fresh)
    token = known.pop(secrets.HOOK_TOKEN, "")
    plain, secret = read_settings(adapter_for(fresh.kind), values, plain=fresh.settings, secret=known)
    if plain != fresh.settings or secret != known:
        fresh.settings = plain
        secrets.write(fresh, secret | {secrets.HOOK_TOKEN: token})
        fresh.save(update_fields=["settings", "encrypted_secrets"])
    return fresh


def note_check(*, channel: Channel, checks: list[Check], now: dt.datetime) -> None:
    """Forget the last error once everything works."""
    if channel.last_error and all(check.is_ok for check in checks):
        channel.last_error, channel.last_error_at = "", None
        channel.save(update_fields=["last_error", "last_error_at"])


def _check_address(hook_url: str) -> Check:
    started = time.monotonic()
    try:
        response = httpx.options(hook_url, timeout=4, trust_env=False)
    except httpx.HTTPError:
        return Check(False, _("Our address %(url)s can't be reached from here.") % {"url": hook_url})
    if response.status_code >= 400:
        return Check(False, _("Our address answers with HTTP %(status)s.") % {"status": response.status_code})
    elapsed = round((time.monotonic() - started) * 1000)
    return Check(True, _("Our address answers in %(ms)s ms.") % {"ms": elapsed})


_OWN_FIELDS = ("name", "settings", "encrypted_secrets", "updated_at", "last_error", "last_error_at")


def _save(channel: Channel, **options: Any) -> None:
    try:
        with transaction.atomic():
            channel.save(**options)
    except IntegrityError as error:
        if "channels_channel_name" in str(error):
            raise ChannelNameTaken from None
        raise
