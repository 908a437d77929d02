"""Rows in an order people choose: a column `position`, moved by a page that sends the whole order or one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Max, Model, QuerySet
from django.http import QueryDict

M = TypeVar("M", bound=Model)


def end_of(rows: QuerySet[Any]) -> int:
    """Return the position behind all of these."""
    last: int | None = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def move(rows: QuerySet[Any], row: Any, step: int) -> None:
    """Move a row one place up (-1) or down (1) among these; one that is no longer among them stays where it is.

    Call it in a transaction: of two who move at once one waits.
    """
    found = list(rows.select_for_update())
    place = next((place for place, one in enumerate(found) if one.pk == row.pk), None)
    if place is None:
        return
    found.insert(max(0, min(len(found) - 1, place + step)), found.pop(place))
    for position, one in enumerate(found):
        one.position = position
    rows.model._default_manager.bulk_update(found, ["position"])


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
