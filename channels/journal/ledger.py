"""The ledger: everything received ended in exactly one way, or waits (K7)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from django.db.models import Count, Exists, OuterRef

from channels.models import Channel, Event, EventItem


@dataclasses.dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of items; a delivery that isn't split (yet) is one."""

    leads: int = 0
    joined: int = 0
    duplicates: int = 0
    ignored: int = 0
    failed: int = 0
    pending: int = 0

    @property
    def received(self) -> int:
        return sum(self._counts())

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(*(mine + theirs for mine, theirs in zip(self._counts(), other._counts(), strict=True)))

    def _counts(self) -> tuple[int, ...]:
        return dataclasses.astuple(self)

    def as_dict(self) -> dict[str, int]:
        """Return the figures under the names of `manage ledger --json`."""
        return {"received": self.received, **dataclasses.asdict(self)}


_COLUMNS: dict[str, str] = {
    EventItem.Outcome.LEAD: "leads",
    EventItem.Outcome.JOINED: "joined",
    EventItem.Outcome.DUPLICATE: "duplicates",
    EventItem.Outcome.IGNORED: "ignored",
    EventItem.Outcome.FAILED: "failed",
    EventItem.Outcome.PENDING: "pending",
}


def ledger(*, channel: Channel | None = None, since: dt.datetime | None = None) -> Ledger:
    """Count what became of everything the tenant (or one channel) received, all time or since a moment."""
    return sum(ledgers(channel=channel, since=since).values(), start=Ledger())


def ledgers(*, channel: Channel | None = None, since: dt.datetime | None = None) -> dict[uuid.UUID, Ledger]:
    """Count the same for each channel that received anything."""
    items, waiting = EventItem.objects.all(), Event.objects.filter(state=Event.State.RECEIVED)
    if channel is not None:
        items, waiting = items.filter(channel=channel), waiting.filter(channel=channel)
    if since is not None:
        items, waiting = items.filter(at__gte=since), waiting.filter(received_at__gte=since)
    figures: dict[uuid.UUID, dict[str, int]] = {}
    for pk, outcome, count in items.order_by().values_list("channel_id", "outcome").annotate(Count("id")):
        figures.setdefault(pk, {})[_COLUMNS[outcome]] = count
    unsplit = waiting.exclude(Exists(EventItem.objects.filter(event=OuterRef("pk")))).order_by()
    for pk, count in unsplit.values_list("channel_id").annotate(Count("id")):
        mine = figures.setdefault(pk, {})
        mine["pending"] = mine.get("pending", 0) + count
    return {pk: Ledger(**counts) for pk, counts in figures.items()}
