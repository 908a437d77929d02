"""Reminders of what is due."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from activities.addresses import page_of
from activities.models import Activity
from activities.services.notices import notify

BATCH = 500


@transaction.atomic
def remind(*, now: dt.datetime) -> int:
    """Tell each owner once about what should be begun now; return how many were told.

    Rows another worker is at are left to it, so nobody hears twice.
    """
    due = Activity.objects.to_remind(now=now).select_related("owner", "contact", "company")
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("remind_at")[:BATCH])
    for row in rows:
        about = row.contact or row.company
        params = {
            "subject": row.subject,
            "kind": row.kind,
            "due_at": row.due_at.isoformat() if row.due_at else "",
            "about": str(about) if about else "",
        }
        notify(members=[row.owner], code="activity_due", params=params, url=page_of(row), now=now)
    Activity.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    return len(rows)
