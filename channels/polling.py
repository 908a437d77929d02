"""Asking providers that don't tell by themselves: what is new is journaled like a delivery of theirs."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone, translation

from channels import bell
from channels.adapter_settings import settings_of
from channels.adapters import ADAPTERS, Adapter, adapter_for
from channels.adapters.base import RawDelivery, SendError, Settings, Unparseable
from channels.connections import Account, active_accounts, note_failure, note_success
from channels.journal.intake import record
from channels.journal.settle import raw_key
from channels.models import Channel, EventItem
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)
METHOD = "POLL"
_POLLED_AT = "polled_at"


def polled() -> list[Account]:
    """List the switched-on channels that have to be asked, of all tenants."""
    kinds = [kind for kind, adapter in ADAPTERS.items() if adapter.polls]
    return [account for kind in kinds for account in active_accounts(kind)]


def poll(account: Account) -> int:
    """Ask one provider outside any transaction, and journal what is new; return how much was."""
    now = timezone.now()
    with tenant_scope(account.tenant_id):
        channel = Channel.objects.select_related("tenant").active().filter(pk=account.channel_id).first()
        if channel is None:
            return 0
        adapter, channel_settings = adapter_for(channel.kind), settings_of(channel)
        since = _since(channel)
    with translation.override(channel.tenant.language):
        try:
            deliveries = adapter.poll(channel_settings, since)
        except SendError as error:
            note_failure(account, str(error))
            return 0
        except Exception as error:  # an adapter's fault is shown like a provider's
            logger.error("polling %s: %s", account.channel_id, type(error).__name__)
            note_failure(account, type(error).__name__)
            return 0
    count = _journal(account, adapter, channel_settings, deliveries, now)
    note_success(account)
    return count


def _since(channel: Channel) -> dt.datetime:
    """Where asking goes on: at the last time it worked, at first where the channel began."""
    told = channel.cursor.get(_POLLED_AT)
    return dt.datetime.fromisoformat(told) if isinstance(told, str) else channel.created_at


def _journal(
    account: Account,
    adapter: Adapter,
    channel_settings: Settings,
    deliveries: list[RawDelivery],
    now: dt.datetime,
) -> int:
    """Write what is new and the place to go on in one transaction: neither is ever without the other."""
    keys = [_keys(adapter, delivery, channel_settings) for delivery in deliveries]
    with tenant_scope(account.tenant_id):
        channel = Channel.objects.select_for_update(no_key=True).get(pk=account.channel_id)
        wanted = {key[:300] for some in keys for key in some}
        known = set(
            EventItem.objects.filter(channel=channel, key__in=wanted)
            .exclude(outcome=EventItem.Outcome.DUPLICATE)
            .values_list("key", flat=True)
        )
        new = [
            one for one, some in zip(deliveries, keys, strict=True) if not {k[:300] for k in some} <= known
        ]
        for delivery in new:
            record(channel=channel, delivery=delivery, now=timezone.now())
        channel.cursor = {**channel.cursor, _POLLED_AT: now.isoformat()}
        channel.save(update_fields=["cursor"])
    if new:
        bell.ring(account.tenant_id)
    return len(new)


def _keys(adapter: Adapter, delivery: RawDelivery, channel_settings: Settings) -> set[str]:
    """Name what a delivery holds, as the journal will; one that can't be read is known by what it says."""
    try:
        items = adapter.parse(delivery, channel_settings)
    except Unparseable:
        items = []
    return {item.key for item in items} or {raw_key(delivery.url, delivery.body)}
