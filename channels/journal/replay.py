"""Running events again, after an adapter was mended or a refusal's cause is gone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction

from channels import bell
from channels.models import Event, EventItem

_DONE = (EventItem.Outcome.LEAD, EventItem.Outcome.JOINED)


@transaction.atomic
def replay(*, event_ids: Iterable[uuid.UUID] | None = None, now: dt.datetime) -> int:
    """Queue events anew, all dead ones when none are named; return how many.

    What they already led to stays as it is and happens once; the rest is decided afresh.
    """
    events = Event.objects.dead() if event_ids is None else Event.objects.filter(pk__in=list(event_ids))
    found = list(events.exclude(state=Event.State.RECEIVED).select_for_update().values_list("pk", flat=True))
    EventItem.objects.filter(event_id__in=found).exclude(outcome__in=_DONE).delete()
    Event.objects.filter(pk__in=found).update(
        state=Event.State.RECEIVED, attempt_count=0, next_try_at=now, processed_at=None, error=""
    )
    if found:
        bell.after_commit("process_inbox")
    return len(found)
