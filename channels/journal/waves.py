"""A wave: deliveries of people nobody knows that wait one behind the other are settled in one transaction.

A queue is worked off for a fraction of what its events would cost one by one. Whatever is more than a new person's
inquiry is settled alone as ever, and so is every event of a wave that fails: a wave leaves all of its work or none.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from django.db import models, transaction
from django.db.models import F, Func, Q

from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import Settings
from channels.journal.clocks import believed
from channels.journal.correspondence import has_dialog
from channels.journal.intake import delivery_of
from channels.journal.rows import KEY
from channels.journal.settle import give_up_if_broken
from channels.models import Channel, Event, EventItem
from channels.models.journal import HEAVY
from channels.secrets import SecretsUnreadable
from core.remembering import forget
from leads import services as leads
from leads.inquiry import Inquiry, Item

logger = logging.getLogger(__name__)
LIGHT = 64 * 1024  # bytes of a body: what is heavier is read when its turn has come
Wave = Mapping[uuid.UUID, Inquiry]  # events to be settled together, in order of arrival, and what each brings


@dataclasses.dataclass(frozen=True, slots=True)
class Foresight:
    """In which order claimed events are to be settled, and which of them together."""

    order: Sequence[uuid.UUID]
    waves: deque[Wave] = dataclasses.field(default_factory=deque)


def foresee(event_ids: Sequence[uuid.UUID], channel: Channel) -> Foresight:
    """Find the waves among claimed events, given in order of arrival.

    Four queries; none for a single event, nor for a channel of correspondence or calls, which has no waves.

    Events keep their order; only repetitions come after the wave in which they arrived, for what they repeat has to
    be there first.
    """
    if len(event_ids) < 2 or not channel.is_active or channel.channel_kind != Channel.Kind.REQUEST:
        return Foresight(event_ids)
    light = Func(F("body"), function="octet_length", output_field=models.IntegerField())
    rows = Event.objects.annotate(size=light).filter(pk__in=event_ids, size__lte=LIGHT)
    try:
        settings = settings_of(channel)
    except SecretsUnreadable:
        return Foresight(event_ids)  # settle() says so
    read = {event.pk: _items_of(event, channel, settings) for event in rows}
    plain = {pk: one for pk in event_ids if (one := _plain(read.get(pk, ()), channel)) is not None}
    new = leads.newcomers_among(list(plain.values()), channel)
    newcomers = {pk: one for (pk, one), is_new in zip(plain.items(), new, strict=True) if is_new}
    tried, met = _in_journal(event_ids, (item.key for items in read.values() for item in items), channel)
    return _sorted(event_ids, read, {pk: one for pk, one in newcomers.items() if pk not in tried}, met)


def _items_of(event: Event, channel: Channel, settings: Settings) -> Sequence[Item]:
    """Read what a delivery says; what can't be read says nothing here, and why when it is settled alone."""
    try:
        items = adapter_for(channel.kind).parse(delivery_of(event), settings)
        return [believed(item, received_at=event.received_at) for item in items]
    except Exception:  # a stranger's bytes: settle() says what is wrong with them
        return ()


def _plain(items: Sequence[Item], channel: Channel) -> Inquiry | None:
    """Return the inquiry of a delivery that brings one, and nothing beside it."""
    if len(items) != 1 or not isinstance(inquiry := items[0], Inquiry):
        return None
    brings_more = inquiry.files or inquiry.undelivered_id or inquiry.complained_id
    return None if brings_more or has_dialog(inquiry, channel) else inquiry


def _in_journal(
    event_ids: Sequence[uuid.UUID], keys: Iterable[str], channel: Channel
) -> tuple[set[uuid.UUID], set[str]]:
    """Tell which of the events were tried before, and which of the keys are taken."""
    same = Q(channel=channel, key__in={key[:KEY] for key in keys})
    rows = EventItem.objects.filter(Q(event__in=event_ids) | same).values_list("event_id", "key")
    return {event_id for event_id, _key in rows} & set(event_ids), {key for _event_id, key in rows}


def _sorted(
    event_ids: Sequence[uuid.UUID],
    read: Mapping[uuid.UUID, Sequence[Item]],
    newcomers: Wave,
    met: set[str],
) -> Foresight:
    """Gather newcomers until something else comes; of `met` keys and those met here it is a repetition."""
    order: list[uuid.UUID] = []
    waves: deque[Wave] = deque()
    wave: dict[uuid.UUID, Inquiry] = {}
    repetitions: list[uuid.UUID] = []

    def close() -> None:
        nonlocal wave, repetitions
        order.extend((*wave, *repetitions))
        if len(wave) > 1:
            waves.append(wave)
        wave, repetitions = {}, []

    for pk in event_ids:
        keys = {item.key[:KEY] for item in read.get(pk, ())}
        if keys and keys <= met:
            repetitions.append(pk)
        elif pk in newcomers:
            wave[pk] = newcomers[pk]
        else:
            close()
            order.append(pk)
        met |= keys
    close()
    return Foresight(order, waves)


def settle_wave(wave: Wave, channel: Channel, *, now: dt.datetime) -> list[Event]:
    """Settle all events of a wave in the surrounding transaction and return them; none where that can't be done."""
    try:
        with transaction.atomic():
            return _settle(wave, channel, now)
    except Exception as error:
        give_up_if_broken(error)
        forget()
        logger.warning("a wave of %s breaks up: %s", len(wave), type(error).__name__)
        return []


def _settle(wave: Wave, channel: Channel, now: dt.datetime) -> list[Event]:
    waiting = Event.objects.filter(pk__in=list(wave), state=Event.State.RECEIVED).defer(*HEAVY)
    events = {event.pk: event for event in waiting.select_for_update().order_by("received_at", "id")}
    if len(events) < len(wave) or not channel.is_active:
        return []
    receipts = leads.receive_newcomers(inquiries=list(wave.values()), channel=channel, now=now)
    EventItem.objects.bulk_create(
        EventItem(
            event_id=event_id,
            channel=channel,
            key=inquiry.key[:KEY],
            outcome=EventItem.Outcome(receipt.outcome),
            suspicion=inquiry.suspicion,
            lead=receipt.lead,
            at=now,
        )
        for (event_id, inquiry), receipt in zip(wave.items(), receipts, strict=True)
    )
    Event.objects.filter(pk__in=list(wave)).update(state=Event.State.PROCESSED, processed_at=now, error="")
    return list(events.values())
