"""Calls whose end never came: the exchange has fallen silent about them, so they are ended by what is known (K3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid

from django.utils import translation

from activities.models import Call
from channels.missed import follow_call
from channels.models import Channel
from core.tenancy import tenant_scope
from leads import services as leads
from leads.services.call_facts import AFTER_HANGING_UP

logger = logging.getLogger(__name__)
BATCH = 200
FORGOTTEN = dt.timedelta(days=7)  # what is older was there before anybody looked


def silent_calls(*, now: dt.datetime) -> list[uuid.UUID]:
    """List calls of the active tenant that have gone on for a while, the oldest first."""
    going = Call.objects.filter(state__in=(Call.State.RINGING, Call.State.ANSWERED))
    going = going.filter(started_at__range=(now - FORGOTTEN, now - AFTER_HANGING_UP)).exclude(channel=None)
    return list(going.order_by("started_at").values_list("pk", flat=True)[:BATCH])


def end_call(*, call_id: uuid.UUID, now: dt.datetime) -> bool:
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


def end_silent_calls(tenant_id: int, *, now: dt.datetime) -> int:
    """End the silent calls of a tenant, each in a transaction of its own; return how many.

    Never raises: trouble in one tenant keeps no other waiting.
    """
    try:
        with tenant_scope(tenant_id):
            call_ids = silent_calls(now=now)
    except Exception:
        logger.exception("silent calls of tenant %s could not be read", tenant_id)
        return 0
    return sum(_end(tenant_id, call_id, now) for call_id in call_ids)


def _end(tenant_id: int, call_id: uuid.UUID, now: dt.datetime) -> bool:
    try:
        with tenant_scope(tenant_id):
            return end_call(call_id=call_id, now=now)
    except Exception:
        logger.exception("call %s of tenant %s could not be ended", call_id, tenant_id)
        return False
