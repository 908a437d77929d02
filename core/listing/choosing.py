"""The ticked rows of any list, or all of its filter: what a bulk action of an app above works on."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from core.listing.listing import listing_for


@dataclasses.dataclass(frozen=True, slots=True)
class ChosenRows:
    """Ids of rows the member may reach, and the list they came from."""

    page: str
    ids: list[uuid.UUID]
    out_of_reach: int
    is_cut: bool
    limit: int
    query: str
    is_all: bool

    @property
    def list_url(self) -> str:
        """The list as it stood."""
        return f"{reverse(self.page)}?{QueryDict(self.query).urlencode()}"


def chosen_rows(page: str, member: Any, data: QueryDict, *, limit: int, action: str = "view") -> ChosenRows:
    """Read what was ticked, as far as the member may do `action` to it; the rest is counted."""
    listing, query = listing_for(page), data.get("query", "")
    is_all = bool(data.get("all"))
    wanted = {pk for text in data.getlist("ids") if (pk := _uuid(text))}
    reachable = (
        listing.filtered(member, QueryDict(query), action).qs if is_all else listing.rows(member, action)
    )
    rows = reachable if is_all else reachable.filter(pk__in=wanted)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[: limit + 1])
    missing = 0 if is_all else len(wanted) - len(found)
    return ChosenRows(page, found[:limit], missing, len(found) > limit, limit, query, is_all)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
