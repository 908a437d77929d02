"""The ledger: everything received ended in exactly one way, or waits (K7)."""

from __future__ import annotations

import dataclasses
import datetime as dt

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
        return self.leads + self.joined + self.duplicates + self.ignored + self.failed + self.pending

    def as_dict(self) -> dict[str, int]:
        """Return the figures under the names of `manage ledger --json`."""
        return {"received": self.received, **dataclasses.asdict(self)}


_COLUMNS = {
    EventItem.Outcome.LEAD: "leads",
    EventItem.Outcome.JOINED: "joined",
    EventItem.Outcome.DUPLICATE: "duplicates",
    EventItem.Outcome.IGNORED: "ignored",
    EventItem.Outcome.FAILED: "failed",
    EventItem.Outcome.PENDING: "pending",
}


def ledger(*, channel: Channel | None = None, since: dt.datetime | None = None) -> Ledger:
    """Count what became of everything the tenant (or one channel) received, all time or since a moment."""
    items, waiting = EventItem.objects.all(), Event.objects.filter(state=Event.State.RECEIVED)
    if channel is not None:
        items, waiting = items.filter(channel=channel), waiting.filter(channel=channel)
    if since is not None:
        items, waiting = items.filter(at__gte=since), waiting.filter(received_at__gte=since)
    counts = dict(items.order_by().values_list("outcome").annotate(Count("id")))
    figures = {name: counts.get(outcome, 0) for outcome, name in _COLUMNS.items()}
    unsplit = waiting.exclude(Exists(EventItem.objects.filter(event=OuterRef("pk")))).count()
    figures["pending"] += unsplit
    return Ledger(**figures)
