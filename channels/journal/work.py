"""Working off the journal: a channel in order of arrival, one transaction an event, safe from kill -9."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from django.db.models import Min
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels.journal import looking
from channels.journal.settle import bury, settle
from channels.models import Channel, Event
from core.ids import uuid7
from core.tenancy import tenant_scope

LEASE = dt.timedelta(seconds=10)  # longer than any gap between two transactions that asks nobody
MAX_TRIES = 5


class _Claimed(NamedTuple):
    event_id: uuid.UUID
    question: looking.Question | None  # for the provider, before the event can be settled


def drain(tenant_id: int, *, limit: int = 1000) -> int:
    """Work off what is due in a tenant's journal, at most `limit` events; return how many were."""
    done = 0
    while done < limit:
        before = done
        for channel_id in _due_channels(tenant_id):
            done += drain_channel(tenant_id, channel_id, limit=limit - done)
        if done == before:
            # Looked again after the last lease was given back: whoever found it taken need not wait.
            break
    return done


def drain_channel(tenant_id: int, channel_id: uuid.UUID, *, limit: int = 1000) -> int:
    """Work off one channel in order of arrival, unless somebody does so already.

    Each transaction settles one event and claims the next; between them the provider is asked, where the
    delivery tells too little. The claim counts the try, so an event that kills its worker runs out of tries
    like any other.
    """
    worker, done = uuid7(), 0
    claimed: _Claimed | None = None
    while True:
        found = looking.ask(claimed.question) if claimed and claimed.question else looking.NOTHING_ASKED
        now = timezone.now()
        with tenant_scope(tenant_id):
            channel = _hold(channel_id, worker, now, is_ours=claimed is not None)
            if channel is None:
                return done
            with translation.override(channel.tenant.language):
                if claimed is not None:
                    done += _settle_claimed(claimed.event_id, found, channel, now)
                claimed = _claim_next(channel, now) if done < limit else None
            _let_go_or_keep(channel, worker, claimed, now)
        if claimed is None:
            return done


def _due_channels(tenant_id: int) -> list[uuid.UUID]:
    with tenant_scope(tenant_id):
        due = Event.objects.due(timezone.now()).values("channel_id").annotate(first=Min("received_at"))
        return [row["channel_id"] for row in due.order_by("first")]


def _hold(channel_id: uuid.UUID, worker: uuid.UUID, now: dt.datetime, *, is_ours: bool) -> Channel | None:
    """Lock the channel's row; None when another worker works on the channel.

    Who holds the lease waits for the lock, because others take it for a moment to look. NO KEY: hooks that
    journal into this channel check their reference to it and must not wait.
    """
    rows = Channel.objects.select_for_update(of=("self",), skip_locked=not is_ours, no_key=True)
    channel = rows.select_related("tenant").filter(pk=channel_id).first()
    if channel is None:
        return None
    is_leased = channel.drained_until is not None and channel.drained_until > now
    return None if is_leased and channel.drained_by != worker else channel


def _let_go_or_keep(channel: Channel, worker: uuid.UUID, claimed: _Claimed | None, now: dt.datetime) -> None:
    lease = looking.LEASE if claimed and claimed.question else LEASE
    channel.drained_by, channel.drained_until = (worker, now + lease) if claimed else (None, None)
    channel.save(
        update_fields=["drained_by", "drained_until", "last_event_at", "last_error", "last_error_at"]
    )


def _claim_next(channel: Channel, now: dt.datetime) -> _Claimed | None:
    """Count a try of the first due event, and bury those that have none left."""
    while event := Event.objects.next_due(channel, now):
        if event.attempt_count < MAX_TRIES:
            event.attempt_count += 1
            event.save(update_fields=["attempt_count"])
            return _Claimed(event.pk, looking.question_of(event, channel))
        bury(event, reason=event.error or _("The program died while working on it."), now=now)
    return None


def _settle_claimed(event_id: uuid.UUID, found: looking.Finding, channel: Channel, now: dt.datetime) -> int:
    event = Event.objects.select_for_update().get(pk=event_id)
    if event.state != Event.State.RECEIVED:
        return 0
    settle(event, channel=channel, now=now, found=found)
    channel.last_event_at = max(channel.last_event_at or event.received_at, event.received_at)
    return 1
