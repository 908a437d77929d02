"""Our side answers: the clock of a lead stops."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from leads import quality
from leads.clock import minutes_to_answer
from leads.models import Lead
from leads.services.common import lock_contact, tell


@transaction.atomic
def note_answer(*, lead: Lead, at: dt.datetime) -> None:
    """Write down that the client was answered at this moment, by reply, call or the provider's own program.

    An answer older than the client's last unanswered word leaves the waiting as it is; whoever is called
    before the time they asked for has been called.
    """
    lead.contact_id = lock_contact(lead.contact_id)  # another one where it was merged meanwhile
    rows = Lead.objects.filter(pk=lead.pk)
    current = rows.select_related("taken_by", "responsible").first()
    was_first = current is not None and current.first_response_at is None
    if current is not None and (current.first_response_at is None or at < current.first_response_at):
        current.first_response_at = at
        rows.update(first_response_at=at, response_min=minutes_to_answer(current))
    rows.filter(Q(waiting_since__lte=at) | Q(waiting_since__gt=Now())).update(
        waiting_since=None, unread_count=0
    )
    if was_first:
        quality.reclassify(lead)
    tell(lead)


def measure_answers(limit: int) -> int:
    """Count the working minutes of answers that were given before they were kept; return how many it were.

    The newest first, no more than `limit` at once: what is left is left for the next time.
    """
    rows = Lead.objects.unmeasured().select_related("taken_by", "responsible")
    leads = list(rows.order_by("-first_response_at")[:limit])
    for lead in leads:
        lead.response_min = minutes_to_answer(lead)
        Lead.objects.unmeasured().filter(pk=lead.pk, first_response_at=lead.first_response_at).update(
            response_min=lead.response_min
        )
    return len(leads)


@transaction.atomic
def stop_waiting(*, lead: Lead) -> None:
    """Note that nobody has to answer: somebody closed the talk without a word more. No answer is written down."""
    lock_contact(lead.contact_id)
    Lead.objects.filter(pk=lead.pk).update(waiting_since=None, unread_count=0, escalate_at=None)
    tell(lead)
