"""Our side answers: the clock of a lead stops."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Least, Now

from leads import quality
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
    was_first = rows.filter(first_response_at=None).exists()
    rows.update(first_response_at=Least(Coalesce(F("first_response_at"), at), at))
    rows.filter(Q(waiting_since__lte=at) | Q(waiting_since__gt=Now())).update(
        waiting_since=None, unread_count=0
    )
    if was_first:
        quality.reclassify(lead)
    tell(lead)


@transaction.atomic
def stop_waiting(*, lead: Lead) -> None:
    """Note that nobody has to answer: somebody closed the talk without a word more. No answer is written down."""
    lock_contact(lead.contact_id)
    Lead.objects.filter(pk=lead.pk).update(waiting_since=None, unread_count=0, escalate_at=None)
    tell(lead)
