"""A client who was spoken to: what is no longer missed, in whatever channel it was (K4)."""

from __future__ import annotations

import datetime as dt

from activities.models import Call
from leads.models import Lead
from leads.services.arrival import settle
from leads.services.call_leads import refresh_from_calls
from leads.services.callbacks import close_callbacks
from leads.services.common import record


def client_spoken_to(*, call: Call, lead_of_call: Lead | None, now: dt.datetime) -> None:
    """Let nobody wait for a talk that took place: close tasks to call back, stop the clock of other missed calls.

    The calls stay as they were: reports count what was missed. Done again it changes nothing.
    """
    if not call.phone or call.started_at is None:
        return
    close_callbacks(call=call, now=now)
    missed = Call.objects.filter(phone=call.phone, direction="in", started_at__lte=call.started_at)
    waiting = Lead.objects.open().filter(
        pk__in=missed.exclude(activity__lead=None).values("activity__lead"),
        kind=Lead.Kind.MISSED_CALL,
        waiting_since__isnull=False,
    )
    for lead in waiting.exclude(pk=lead_of_call.pk if lead_of_call else None):
        refresh_from_calls(lead, now=now)
        fresh = settle(lead, now=now, is_new=False, is_quiet=True)
        if fresh.waiting_since is None:
            who = call.answered_by.name if call.answered_by else ""
            record(fresh, by=None, now=now, code="lead_spoken", who=who)
