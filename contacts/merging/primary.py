"""Which of several phones or addresses is used first: one of each kind, whoever it came from."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Collection, Iterable, Mapping

from contacts.models import Contact, IdentityKey


def settle_primary(
    contact: Contact, *, wanted: Collection[uuid.UUID] = (), own: Collection[uuid.UUID] = ()
) -> dict[str, bool]:
    """Leave one primary key of each kind: a wanted one, else the contact's own; return the flags that changed."""
    rows = contact.keys.order_by("kind", "created_at", "pk")
    changed = {}
    for _kind, group in itertools.groupby(rows, key=lambda key: key.kind):
        found = list(group)
        best = max(
            found, key=lambda key: (key.pk in wanted, key.is_primary and key.pk in own, key.is_primary)
        )
        for key in found:
            if key.is_primary != (key is best):
                changed[str(key.pk)] = key.is_primary
                IdentityKey.objects.filter(pk=key.pk).update(is_primary=key is best)
    return changed


def restore_primary(contacts: Iterable[Contact], before: Mapping[str, bool]) -> None:
    """Put the flags back; keys that came or went since are settled anew."""
    for pk, was_primary in before.items():
        IdentityKey.objects.filter(pk=pk).update(is_primary=was_primary)
    for contact in contacts:
        settle_primary(contact)
