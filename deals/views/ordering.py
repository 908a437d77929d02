"""Orders sent by a page: the whole order after a drag, or one step up or down by a plain button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model
from django.http import QueryDict

M = TypeVar("M", bound=Model)


def wished(rows: Sequence[M], sent: QueryDict) -> list[M]:
    """Sort rows by `order` (ids with commas between); unknown ids count for nothing, missing ones keep their place behind."""
    place = {pk: index for index, pk in enumerate(sent.get("order", "").split(","))}
    return sorted(rows, key=lambda row: place.get(str(row.pk), len(place)))


def shifted(rows: Sequence[M], sent: QueryDict) -> list[M]:
    """Shift the row named by `up` or `down` by one; an empty list when neither is sent."""
    for name, step in (("up", -1), ("down", 1)):
        here = next((i for i, row in enumerate(rows) if str(row.pk) == sent.get(name)), None)
        if here is not None:
            order, there = list(rows), max(0, min(len(rows) - 1, here + step))
            order.insert(there, order.pop(here))
            return order
    return []
