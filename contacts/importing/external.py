"""Numbers records have in the programs they were brought from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from contacts.models import ExternalId


def targets(what: str, numbers: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return whose these numbers are, of those known in this tenant."""
    wanted = list(numbers)
    if not wanted:
        return {}
    return dict(ExternalId.objects.filter(what=what, value__in=wanted).values_list("value", "target_id"))


def remember(what: str, pairs: Sequence[tuple[str, uuid.UUID]]) -> None:
    """Keep whose the numbers are; a number that was a deleted record's goes over."""
    if not pairs:
        return
    rows = [ExternalId(what=what, value=value, target_id=pk) for value, pk in dict(pairs).items()]
    ExternalId.objects.bulk_create(
        sorted(rows, key=lambda row: row.value),
        update_conflicts=True,
        unique_fields=["tenant", "what", "value"],
        update_fields=["target_id"],
        batch_size=1000,
    )


def forget(target_ids: Iterable[uuid.UUID]) -> None:
    """Forget the numbers of records an undo takes back."""
    ExternalId.objects.filter(target_id__in=list(target_ids)).delete()
