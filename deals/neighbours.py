"""The deal's place in the list it was opened from: '3 of 41', and the ones beside it."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import formats
from core.listing import keyset, listing_for
from deals.filters import DealFilterSet
from deals.grouping import ON_BOARD, Grouping
from deals.models import Deal
from tenants.models import Membership

LIST = "deals:list"


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the deal stands, and the ways from it; an address is empty where there is none."""

    back_url: str
    text: str = ""
    previous_url: str = ""
    next_url: str = ""


def place_of(deal: Deal, came_from: str, member: Membership) -> Place:
    """Find the deal in 'board?…' (its column) or 'list?…'; anything else only leads back to the board. Four queries."""
    page, _sep, query = came_from.partition("?")
    params = QueryDict(query)
    if page == "board":
        back_url = f"{reverse('deals:board')}?{params.urlencode()}"
        narrowing = params.copy()
        narrowing.pop("pipeline", None)
        rows: Any = DealFilterSet(narrowing, queryset=Deal.objects.visible_to(member)).qs
        if (grouping := ON_BOARD.get(params.get("by", ""))) is not None:
            column = _group(deal, rows.open().filter(pipeline=deal.pipeline), grouping)
            return _place(deal, column, keyset.Sort("id", "id", True), came_from, back_url)
        column = rows.present().filter(stage=deal.stage)
        return _place(deal, column, keyset.Sort("rank", "rank", False), came_from, back_url)
    if page == "list":
        listing = listing_for(LIST)
        back_url = f"{reverse(LIST)}?{params.urlencode()}"
        rows = listing.filtered(member, params).qs
        return _place(deal, rows, listing.sort(params.get("sort", "")), came_from, back_url)
    return Place(f"{reverse('deals:board')}?pipeline={deal.pipeline_id}")


def _group(deal: Deal, rows: Any, grouping: Grouping) -> Any:
    """Find the column a deal stands in where the board's columns are no stages. One query."""
    here = Deal.objects.filter(pk=deal.pk).annotate(lane=grouping.expression)
    key = grouping.key_of(here.values_list("lane", flat=True).first())
    return rows.annotate(lane=grouping.expression).filter(grouping.condition(key))


def _place(deal: Deal, rows: Any, sort: keyset.Sort, came_from: str, back_url: str) -> Place:
    here = getattr(deal, sort.field)
    before = keyset.after(rows, sort, keyset.Cursor(here, str(deal.pk), is_back=True))
    behind = keyset.after(rows, sort, keyset.Cursor(here, str(deal.pk)))
    total, position = keyset.capped_count(rows), keyset.capped_count(before) + 1
    if position > total:  # it has left the list since
        return Place(back_url)
    return Place(
        back_url=back_url,
        text=_("%(position)s of %(count)s") % {"position": _number(position), "count": _number(total)},
        previous_url=_address(before, came_from),
        next_url=_address(behind, came_from),
    )


def _number(count: int) -> str:
    if count > keyset.COUNT_CAP:
        return f"{formats.number(keyset.COUNT_CAP)}+"
    return formats.number(count)


def _address(rows: Any, came_from: str) -> str:
    pk = rows.values_list("pk", flat=True).first()
    return f"{reverse('deals:detail', args=[pk])}?{urlencode({'from': came_from})}" if pk else ""
