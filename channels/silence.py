"""What has fallen silent: calls whose end never came, ended by what is known (K3); talks on sites nobody goes on with."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.utils import translation

from activities.models import Call
from channels.missed import follow_call
from channels.models import Channel
from channels.widget import talks
from core.tenancy import tenant_scope
from leads import services as leads
from leads.services.call_facts import AFTER_HANGING_UP

logger = logging.getLogger(__name__)
BATCH = 200
FORGOTTEN = dt.timedelta(days=7)  # what is older was there before anybody looked


def end_silent_calls(tenant_id: int, *, now: dt.datetime) -> int:
    """End the silent calls of a tenant; return how many."""
    return _end_each(tenant_id, silent_calls, end_call, now=now)


def end_silent_talks(tenant_id: int, *, now: dt.datetime) -> int:
    """End the silent talks of a tenant; return how many."""
    return _end_each(tenant_id, talks.silent_talks, talks.end_silent_talk, now=now)


def silent_calls(*, now: dt.datetime) -> list[uuid.UUID]:
    """List calls of the active tenant that have gone on for a while, the oldest first."""
    going = Call.objects.filter(state__in=(Call.State.RINGING, Call.State.ANSWERED))
    going = going.filter(started_at__range=(now - FORGOTTEN, now - AFTER_HANGING_UP)).exclude(channel=None)
    return list(going.order_by("started_at").values_list("pk", flat=True)[:BATCH])


def end_call(call_id: uuid.UUID, *, now: dt.datetime) -> bool:
    """End a call nothing more is heard of; say whether it was. What comes later is believed instead."""
    call = Call.objects.select_related("activity").get(pk=call_id)
    kept = [leads.unpack(one) for one in call.activity.data.get("updates", [])]
    end = leads.end_of_silence(kept, now=now) if kept else None
    if end is None or call.channel_id is None:
        return False
    channel = Channel.objects.select_related("tenant").get(pk=call.channel_id)
    update = dataclasses.replace(end, call_id=call.external_id)
    with translation.override(channel.tenant.language):
        receipt = leads.receive_call(update=update, channel=channel, now=now)
        follow_call(receipt=receipt, channel=channel, now=now)
    return True


def _end_each(
    tenant_id: int, find: Callable[..., list[uuid.UUID]], end: Callable[..., bool], *, now: dt.datetime
) -> int:
    """End what is found, each in a transaction of its own: clients write meanwhile. Trouble keeps no other waiting."""
    try:
        with tenant_scope(tenant_id):
            found = find(now=now)
    except Exception:
        logger.exception("%s of tenant %s failed", find.__name__, tenant_id)
        return 0
    return sum(_is_ended(tenant_id, pk, end, now) for pk in found)


def _is_ended(tenant_id: int, pk: uuid.UUID, end: Callable[..., bool], now: dt.datetime) -> bool:
    try:
        with tenant_scope(tenant_id):
            return end(pk, now=now)
    except Exception:
        logger.exception("%s of %s in tenant %s failed", end.__name__, pk, tenant_id)
        return False
