"""The ticked rows of a list of clients, or all of its filter."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from core.listing import listing_for
from tenants.models import Membership

LIMIT = 200  # clients one request works on; each is changed and recorded by itself


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """What a bulk action works on, and the list it came from."""

    page: str
    clients: list[Any]
    out_of_reach: int
    is_cut: bool
    query: str

    @property
    def limit(self) -> int:
        return LIMIT

    @property
    def list_url(self) -> str:
        """The list as it stood."""
        return f"{reverse(self.page)}?{QueryDict(self.query).urlencode()}"


def chosen_clients(request: HttpRequest, page: str, action: str) -> Chosen:
    """Load the ticked rows of a list as far as the member may do `action` to them; the rest is counted."""
    member: Membership = request.member  # type: ignore[attr-defined]
    query, listing = request.POST.get("query", ""), listing_for(page)
    ids = {pk for text in request.POST.getlist("ids") if (pk := _uuid(text))}
    if request.POST.get("all"):
        rows = listing.filtered(member, QueryDict(query), action).qs
    else:
        rows = listing.rows(member, action).filter(pk__in=ids)
    found = list(rows.select_related("owner").order_by("id")[: LIMIT + 1])
    missing = 0 if request.POST.get("all") else len(ids) - len(found)
    return Chosen(page, found[:LIMIT], missing, len(found) > LIMIT, query)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
