"""Snoozed leads whose time has come."""

from __future__ import annotations

import datetime as dt

from leads.models import Lead
from leads.services.arrival import notify_about
from leads.services.common import tell

BATCH = 200


def wake_leads(*, now: dt.datetime) -> int:
    """Bring back the snoozed leads of the active tenant that are due; return how many.

    The queue shows them by the clock in any case: this tells open pages and whoever put them off.
    """
    due = Lead.objects.open().filter(snoozed_until__lte=now).order_by("snoozed_until")
    leads = list(due.select_related("contact").select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for lead in leads:
        lead.snoozed_until = None
        lead.save(update_fields=["snoozed_until"])
        tell(lead, topic="lead.new")
        person = lead.taken_by or lead.responsible
        if person is not None:
            notify_about(lead, members=[person], code="lead_awake", now=now)
    return len(leads)
