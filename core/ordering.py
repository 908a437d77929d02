"""Directories whose rows stand in an order people choose: a column `position`."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, QuerySet


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
