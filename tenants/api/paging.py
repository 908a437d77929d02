"""Pages of a list: by a place in it, so that rows which come meanwhile shift nothing."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from core.listing import keyset
from core.listing.keyset import Sort
from tenants.api.errors import NoSuchPlace

USUAL = 100


def page(rows: QuerySet[Any], sort: Sort, *, after: str, limit: int) -> dict[str, Any]:
    """Take the rows behind a place; `next` is the place of the last one, or nothing at the end. Raises NoSuchPlace."""
    cursor = keyset.decode(after, rows.model._meta.get_field(sort.field)) if after else None
    if after and cursor is None:
        raise NoSuchPlace
    found = list(keyset.after(rows, sort, cursor)[: limit + 1])
    is_end = len(found) <= limit
    last = None if is_end else found[limit - 1]
    place = "" if last is None else keyset.Cursor(sort.place_of(last), str(last.pk)).encode()
    return {"items": found[:limit], "next": place or None}
