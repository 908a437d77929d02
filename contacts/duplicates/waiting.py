"""Cards that have changed and wait to be compared: `compared_at` is null.

A new row waits by itself, also one that no service has made (imports by COPY). A sweeper takes waiting cards in
batches every few seconds, so an arriving inquiry pays nothing for it.
"""

from __future__ import annotations

import logging
import uuid

from django.db import connection
from django.utils import timezone

from contacts.duplicates.finding import FIRMS, PEOPLE, Kind, look_around
from contacts.models import Company, Contact
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)
BATCH = 300
LIMIT = 6000  # cards of one turn; the next tenant must not wait for a whole import


def compare_later(*clients: Contact | Company) -> None:
    """Have these cards compared with all others soon."""
    for client in clients:
        type(client).objects.filter(pk=client.pk).exclude(compared_at=None).update(compared_at=None)
        client.compared_at = None


def work_off(tenant_id: int) -> int:
    """Compare a tenant's waiting cards in short transactions; return how many were taken."""
    return sum(_work_off(kind, tenant_id) for kind in (PEOPLE, FIRMS))


def tenants_waiting() -> list[int]:
    """List the tenants that have waiting cards; asked outside any of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM search.tenants_with_uncompared_clients()")
        return [row[0] for row in cursor.fetchall()]


def _work_off(kind: Kind, tenant_id: int) -> int:
    taken = 0
    while taken < LIMIT and (ids := _take(kind, tenant_id)):
        taken += len(ids)
        try:
            with tenant_scope(tenant_id):
                look_around(kind, ids)
        except Exception:  # not taken again until they change: one odd name must not stop the others for ever
            logger.exception("%s clients of tenant %s could not be compared", len(ids), tenant_id)
    return taken


def _take(kind: Kind, tenant_id: int) -> list[uuid.UUID]:
    """Mark a batch as compared and return it; a change that comes from now on makes its card wait again."""
    with tenant_scope(tenant_id):
        waiting = kind.model.objects.filter(compared_at=None).order_by("pk")
        rows = waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        ids = list(rows[:BATCH])
        kind.model.objects.filter(pk__in=ids).update(compared_at=timezone.now())
        return ids
