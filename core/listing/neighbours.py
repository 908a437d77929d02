"""A record's place in the list it was opened from: '3 of 41', and the ones beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import formats
from core.listing import keyset
from core.listing.listing import listing_for


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the record stands, and the ways from it; an address is empty where there is none."""

    back_url: str
    text: str = ""
    previous_url: str = ""
    next_url: str = ""


def way_back(params: QueryDict) -> str:
    """Make the query of a row's address that leads back to this state of its list."""
    kept = params.copy()
    for name in ("cursor", "filters"):
        kept.pop(name, None)
    return "?" + urlencode({"from": f"list?{kept.urlencode()}"})


def place_in_list(record: Any, page: str, came_from: str, member: Any, *, detail: str) -> Place:
    """Find a record in 'list?…' of a registered list; anything else only leads back to it. Four queries."""
    name, _sep, query = came_from.partition("?")
    if name != "list":
        return Place(reverse(page))
    params, listing = QueryDict(query), listing_for(page)
    back_url = f"{reverse(page)}?{params.urlencode()}"
    sort = listing.sort(params.get("sort", ""))
    rows = listing.filtered(member, params).qs
    return place_among(record, rows, sort, came_from=came_from, back_url=back_url, detail=detail)


def place_among(
    record: Any, rows: Any, sort: keyset.Sort, *, came_from: str, back_url: str, detail: str
) -> Place:
    """Find a record among filtered rows in their order; `detail` is the URL name of a row's page."""
    here = sort.place_of(record)
    before = sort.beyond(rows, keyset.Cursor(here, str(record.pk), is_back=True))
    behind = sort.beyond(rows, keyset.Cursor(here, str(record.pk)))
    total, position = keyset.capped_count(rows), sum(map(keyset.capped_count, before)) + 1
    if position > total:  # it has left the list since
        return Place(back_url)

    def address(parts: Sequence[Any]) -> str:
        pk = next((pk for ids in parts for pk in ids[:1]), None)
        return f"{reverse(detail, args=[pk])}?{urlencode({'from': came_from})}" if pk else ""

    return Place(
        back_url=back_url,
        text=_("%(position)s of %(count)s") % {"position": _number(position), "count": _number(total)},
        previous_url=address(before),
        next_url=address(behind),
    )


def _number(count: int) -> str:
    if count > keyset.COUNT_CAP:
        return f"{formats.number(keyset.COUNT_CAP)}+"
    return formats.number(count)
