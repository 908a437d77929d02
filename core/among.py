"""Rows by ids that are found first, whatever else the query joins."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any])


class IsAmong(Func):
    """`id = ANY (ARRAY (SELECT …))`, for filter(): the array is made once, before the rows are looked for.

    With `IN (SELECT …)` the planner is free to walk all rows and ask of each whether it is among the found,
    and with many joins it does (540 ms instead of 3 for a search that finds nothing).
    """

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


def first(rows: Rows, count: int) -> Rows:
    """Take the first rows of a queryset in the order of its columns; what is selected with them is joined to these only."""
    found: Any = rows.model._default_manager.filter(among(rows[:count]))
    ordered: Rows = found.order_by(*rows.query.order_by)
    return ordered


def among(found: QuerySet[Any]) -> IsAmong:
    """Make the condition that a row's id is in a queryset of the same model."""
    return IsAmong("pk", ArraySubquery(found.values("pk")))
