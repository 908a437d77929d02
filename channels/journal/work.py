"""Working off the journal: a channel in order of arrival, one transaction an event, safe from kill -9."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import time
import uuid
from collections import deque

from django.db.models import F, Min
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels.adapters import adapter_for
from channels.journal import looking
from channels.journal.settle import bury, settle
from channels.journal.waves import Wave, foresee, settle_wave
from channels.models import Channel, Event
from core.ids import uuid7
from core.remembering import remembered_for_a_while, remembering
from core.tenancy import tenant_scope
from tenants.current import current_tenant

LEASE = dt.timedelta(seconds=10)  # longer than any gap between two transactions that asks nobody
RENEWED_BEFORE = LEASE / 2
MAX_TRIES = 5
AHEAD = 20  # events claimed at once
SETTINGS_STAY_S = 1.0  # how long rules, hours and people may be out of date while a queue is worked off


def drain(tenant_id: int, *, limit: int = 1000, until: float = math.inf) -> int:
    """Work off what is due in a tenant's journal, at most `limit` events; return how many were.

    After `until`, a moment of time.monotonic(), no more are begun but those that are claimed.
    """
    done = 0
    while done < limit and time.monotonic() < until:
        before = done
        for channel_id in _due_channels(tenant_id):
            done += drain_channel(tenant_id, channel_id, limit=limit - done, until=until)
        if done == before:
            # Looked again after the last lease was given back: whoever found it taken need not wait.
            break
    return done


def drain_channel(
    tenant_id: int, channel_id: uuid.UUID, *, limit: int = 1000, until: float = math.inf
) -> int:
    """Work off one channel in order of arrival, unless somebody does so already; limits as those of drain().

    Each transaction settles one event or one wave (channels.journal.waves); those that have none left claim the
    next few. Between two transactions the provider is asked, where the delivery tells too little.
    """
    turn = _Turn(channel_id)
    with remembering(stays_s=SETTINGS_STAY_S):
        while True:
            found = looking.ask(turn.question) if turn.question else looking.NOTHING_ASKED
            left = limit - turn.done if time.monotonic() < until else 0
            with tenant_scope(tenant_id):
                is_over = not turn.go_on(found, timezone.now(), left=left)
            if is_over:
                return turn.done


def _due_channels(tenant_id: int) -> list[uuid.UUID]:
    with tenant_scope(tenant_id):
        due = Event.objects.due(timezone.now()).values("channel_id").annotate(first=Min("received_at"))
        return [row["channel_id"] for row in due.order_by("first")]


def _remind(channel: Channel) -> None:
    """Give the channel what every lead of it asks for, as it was read a moment ago."""
    channel.tenant = current_tenant()
    if channel.source_id is not None:
        channel.source = remembered_for_a_while(("source", channel.source_id), lambda: channel.source)
    if channel.pipeline_id is not None:
        channel.pipeline = remembered_for_a_while(("pipeline", channel.pipeline_id), lambda: channel.pipeline)


class _Turn:
    """One worker's turn at a channel: the events it has claimed, and what it has done."""

    def __init__(self, channel_id: uuid.UUID) -> None:
        self.channel_id = channel_id
        self.worker = uuid7()
        self.claimed: deque[uuid.UUID] = deque()
        # Those of the claimed that are settled together; None until they were looked for
        self.waves: deque[Wave] | None = None
        self.question: looking.Question | None = None  # for the provider, about the first of the claimed
        self.done = 0
        self.last_event_at: dt.datetime | None = None

    def go_on(self, found: looking.Finding, now: dt.datetime, *, left: int) -> bool:
        """Settle the next event and see to it that another one is claimed; say whether one is."""
        channel = self._hold(now)
        if channel is None:
            return False
        told = (channel.last_error, channel.last_error_at)
        with translation.override(channel.tenant.language):
            if self.claimed:
                self.question = None
                left -= self._settle_wave(channel, now) or self._settle(found, channel, now)
            if not self.claimed and left > 0:
                self._claim(channel, now, min(left, AHEAD))
        self._let_go_or_keep(channel, now, is_changed=told != (channel.last_error, channel.last_error_at))
        return bool(self.claimed)

    def _hold(self, now: dt.datetime) -> Channel | None:
        """Lock the channel's row; None when another worker works on the channel.

        Who holds the lease waits for the lock, because others take it for a moment to look. NO KEY: hooks that
        journal into this channel check their reference to it and must not wait.
        """
        rows = Channel.objects.select_for_update(skip_locked=not self.claimed, no_key=True)
        channel: Channel | None = rows.filter(pk=self.channel_id).first()
        if channel is None:
            return None
        _remind(channel)
        is_leased = channel.drained_until is not None and channel.drained_until > now
        return None if is_leased and channel.drained_by != self.worker else channel

    def _settle_wave(self, channel: Channel, now: dt.datetime) -> int:
        """Settle the events that come next together, if they are a wave; return how many were."""
        if self.waves is None:  # not before the claim is durable: a delivery may kill whoever reads it
            foresight = foresee(list(self.claimed), channel)
            self.claimed, self.waves = deque(foresight.order), foresight.waves
        if not self.waves or self.claimed[0] not in self.waves[0]:
            return 0
        events = settle_wave(self.waves.popleft(), channel, now=now)
        for event in events:
            self.claimed.popleft()
            self._note(event)
        return len(events)

    def _settle(self, found: looking.Finding, channel: Channel, now: dt.datetime) -> int:
        event = Event.objects.select_for_update().get(pk=self.claimed.popleft())
        if event.state != Event.State.RECEIVED:
            return 0
        settle(event, channel=channel, now=now, found=found)
        self._note(event)
        return 1

    def _note(self, event: Event) -> None:
        self.last_event_at = max(self.last_event_at or event.received_at, event.received_at)
        self.done += 1

    def _claim(self, channel: Channel, now: dt.datetime, count: int) -> None:
        """Count a try of the first due events, and bury those that have none left.

        Whatever kills us in one of them costs all of them this try. So those that were claimed before are
        claimed alone from then on: an event that kills its worker runs out of tries, and the others don't.
        """
        count = 1 if adapter_for(channel.kind).looks_up else count
        while due := Event.objects.next_due(channel, now, count):
            alive = [event for event in due if event.attempt_count < MAX_TRIES]
            fresh = list(itertools.takewhile(lambda event: not event.attempt_count, alive))
            chosen = fresh or alive[:1]
            for event in due:
                if event.attempt_count >= MAX_TRIES:
                    bury(event, reason=event.error or _("The program died while working on it."), now=now)
            if chosen:
                self._take(chosen, channel)
                return

    def _take(self, events: list[Event], channel: Channel) -> None:
        ids = [event.pk for event in events]
        Event.objects.filter(pk__in=ids).update(attempt_count=F("attempt_count") + 1)
        self.claimed.extend(ids)
        self.waves = None
        self.question = looking.question_of(events[0], channel)

    def _let_go_or_keep(self, channel: Channel, now: dt.datetime, *, is_changed: bool) -> None:
        """Give the channel back when nothing is left to do, else prolong the lease in good time."""
        needed = looking.LEASE if self.question else RENEWED_BEFORE
        ours_until = channel.drained_until if channel.drained_by == self.worker else None
        if self.claimed and ours_until and ours_until - now >= needed and not is_changed:
            return
        until = now + (looking.LEASE if self.question else LEASE)
        channel.drained_by, channel.drained_until = (self.worker, until) if self.claimed else (None, None)
        channel.last_event_at = max(filter(None, (channel.last_event_at, self.last_event_at)), default=None)
        channel.save(
            update_fields=["drained_by", "drained_until", "last_event_at", "last_error", "last_error_at"]
        )
