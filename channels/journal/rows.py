"""The rows of one delivery's items: each key is taken once in a channel, whoever brings it and however often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from channels.models import Event, EventItem

Outcome = EventItem.Outcome
KEY = 300


def drop_duplicates(event: Event) -> None:
    """Forget the repetitions that an earlier try of the event found; the next try finds them again."""
    event.items.filter(outcome=Outcome.DUPLICATE).delete()


class Rows:
    """What the journal holds of an event's items and of their keys, read in one query and kept true after."""

    def __init__(self, event: Event, keys: Iterable[str]) -> None:
        self._event = event
        same = ~Q(outcome=Outcome.DUPLICATE) & Q(channel=event.channel_id, key__in={k[:KEY] for k in keys})
        found = list(EventItem.objects.filter(Q(event=event) | same).order_by("id"))
        if any(row.outcome == Outcome.DUPLICATE for row in found):
            drop_duplicates(event)
        self._known = {row.key: row for row in found if row.outcome != Outcome.DUPLICATE}
        for row in self.own:
            row.event = event
        self._taken: set[str] = set()

    @property
    def own(self) -> list[EventItem]:
        """The event's own rows that repeat nothing."""
        return [row for row in self._known.values() if row.event_id == self._event.pk]

    def take(self, key: str, *, now: dt.datetime) -> EventItem | None:
        """Return the row to settle an item in, not stored yet where it is new; None when nothing is left to do."""
        key = key[:KEY]
        is_repeated = key in self._taken
        self._taken.add(key)
        first = self._known.get(key)
        if first is None:
            row = self._known[key] = self._row(key, Outcome.PENDING, now)
            return row
        if first.event_id == self._event.pk and not is_repeated:
            return first if first.outcome == Outcome.PENDING else None
        self._repeat(self._row(key, Outcome.DUPLICATE, now), first)
        return None

    def is_taken_elsewhere(self, row: EventItem, *, now: dt.datetime) -> bool:
        """Say whether another delivery has brought this key meanwhile; the row is then its repetition."""
        others = EventItem.objects.filter(channel=row.channel_id, key=row.key).exclude(pk=row.pk)
        first = others.exclude(outcome=Outcome.DUPLICATE).first()
        if first is None:
            return False
        self._known[row.key] = first
        row.at = now
        self._repeat(row, first)
        return True

    def were_woken(self) -> bool:
        """Say whether a later item of the delivery brought what an earlier one waited for."""
        early = [row.pk for row in self.own if row.outcome == Outcome.IGNORED and row.waits_for]
        return bool(early) and EventItem.objects.filter(pk__in=early, outcome=Outcome.PENDING).exists()

    def _repeat(self, row: EventItem, first: EventItem) -> None:
        row.outcome, row.lead_id = Outcome.DUPLICATE, first.lead_id
        row.save(force_insert=True)

    def _row(self, key: str, outcome: Outcome, now: dt.datetime) -> EventItem:
        return EventItem(
            event=self._event, channel_id=self._event.channel_id, key=key, outcome=outcome, at=now
        )
