"""Entries of a lead, carried over to what it became."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from activities.models import Activity
from activities.services.targets import bump_last_activity, refresh_next_step


@transaction.atomic
def adopt_activities(*, lead: Any, contact: Any = None, company: Any = None, deal: Any = None) -> int:
    """Show the lead's entries also on the contact, company and deal it became; return how many there are.

    Entries that are already tied to another contact, company or deal stay there.
    """
    entries = Activity.objects.filter(lead=lead)
    for name, target in (("contact", contact), ("company", company), ("deal", deal)):
        if target is not None:
            entries.filter(**{f"{name}__isnull": True}).update(**{name: target})
    latest = entries.exclude(kind=Activity.Kind.CHANGE).done().order_by("-occurred_at").first()
    if latest is not None:
        bump_last_activity(latest, latest.occurred_at)
    planned = entries.planned().first()
    if planned is not None:
        refresh_next_step(planned)
    return entries.count()
