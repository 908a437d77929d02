"""Going over to the simple mode: the inquiries that wait become deals as well, in the background (L11)."""

from __future__ import annotations

import uuid

from django.utils import timezone

from core.errors import Refusal
from core.tenancy import tenant_scope
from leads.services.landing import land_waiting, waiting
from tenants.jobs import Progress

KIND = "leads.land"
STEP = 20  # leads between two words about the progress


def run(*, tenant_id: int, progress: Progress) -> dict[str, int]:
    """Land every lead that waits, each in a transaction of its own; return how many did and how many stayed."""
    with tenant_scope(tenant_id):
        ids = list(waiting().order_by("received_at", "pk").values_list("pk", flat=True))
    landed = 0
    for done, lead_id in enumerate(ids, 1):
        landed += _land(tenant_id, lead_id)
        if done % STEP == 0 or done == len(ids):
            progress(done, len(ids))
    return {"landed": landed, "stayed": len(ids) - landed}


def _land(tenant_id: int, lead_id: uuid.UUID) -> bool:
    try:
        with tenant_scope(tenant_id):
            return land_waiting(lead_id=lead_id, now=timezone.now())
    except Refusal:
        return False  # deleted meanwhile
