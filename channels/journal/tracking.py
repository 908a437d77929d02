"""Marks of call tracking: they find the call an exchange tells of, wait for it, or stand for it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from activities.models import Activity
from channels import bell
from channels.adapters import ADAPTERS
from channels.journal.early import Early
from channels.models import Channel, Event, EventItem
from leads import services as leads
from leads.inquiry import CallMark
from leads.services import Receipt

PATIENCE = dt.timedelta(minutes=10)  # after the mark came: an exchange may tell of a call only at its end
LATEST = dt.timedelta(hours=2)  # after the call: what comes later finds the call, or nobody tells of it


def mark(mark: CallMark, channel: Channel, *, received_at: dt.datetime, now: dt.datetime) -> Receipt:
    """Enrich the call's lead. Raises Early while an exchange may still tell of the call."""
    until = min(received_at + PATIENCE, mark.occurred_at + LATEST)
    may_wait = now < until and _is_told_elsewhere(mark, channel)
    receipt = leads.mark_call(mark=mark, channel=channel, now=now, may_wait=may_wait)
    if receipt is None:
        phone = leads.phone_of(mark)
        raise Early(_("Waits for the call it speaks of."), waits_for=_waiting_key(phone), until=until)
    return receipt


def _is_told_elsewhere(mark: CallMark, channel: Channel) -> bool:
    """Say whether there is an exchange that tells of calls: this very channel, or another one."""
    trackers = [kind for kind, adapter in ADAPTERS.items() if adapter.tracks_calls]
    if mark.call_id or channel.kind not in trackers:
        return True
    lines = Channel.objects.active().filter(channel_kind=Channel.Kind.CALL)
    return lines.exclude(kind__in=trackers).exists()


def wake_marks(activity: Activity) -> None:
    """Give the marks that wait for a call of this phone another chance.

    One that is being handled at this moment is passed by, for its worker may wait for our contact; it
    looks again when its patience ends.
    """
    waiting = EventItem.objects.filter(
        waits_for=_waiting_key(activity.call.phone), outcome=EventItem.Outcome.PENDING
    )
    event_ids = list(waiting.values_list("event_id", flat=True)[:50])
    if not event_ids:
        return
    rows = Event.objects.filter(pk__in=event_ids, state=Event.State.RECEIVED)
    free = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Event.objects.filter(pk__in=free).update(next_try_at=activity.created_at)
    bell.after_commit("process_inbox")


def _waiting_key(phone: str) -> str:
    return f"call|{phone}"[:300]
