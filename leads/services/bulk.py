"""One decision for many leads: the same services, each lead on its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from django.db import transaction

from core.errors import Refusal
from leads.models import Lead, LeadAction


@dataclasses.dataclass(frozen=True, slots=True)
class Bulk:
    """What was done, and what was refused and why; on a rehearsal what would be."""

    done: list[LeadAction]
    refused: list[tuple[Lead, str]]


def each(leads: Iterable[Lead], operation: Callable[[Lead], LeadAction]) -> Bulk:
    """Call the operation for every lead; a refusal of one leaves the others done."""
    result = Bulk([], [])
    for lead in leads:
        try:
            with transaction.atomic():
                result.done.append(operation(lead))
        except Refusal as refusal:
            result.refused.append((lead, str(refusal.message)))
    return result
