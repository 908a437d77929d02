"""The deal's place in the list it was opened from: a column of the board, or the list of deals."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from core.listing import keyset
from core.listing.neighbours import Place, place_among, place_in_list
from deals.filters import DealFilterSet
from deals.grouping import Grouping, board_groupings
from deals.models import Deal
from tenants.models import Membership

DETAIL = "deals:detail"


def place_of(deal: Deal, came_from: str, member: Membership) -> Place:
    """Find the deal in 'board?…' (its column) or 'list?…'; anything else only leads back to the board. Four queries."""
    page, _sep, query = came_from.partition("?")
    if page == "board":
        params = QueryDict(query)
        back_url = f"{reverse('deals:board')}?{params.urlencode()}"
        narrowing = params.copy()
        narrowing.pop("pipeline", None)
        rows: Any = DealFilterSet(narrowing, queryset=Deal.objects.visible_to(member)).qs
        if (grouping := board_groupings().get(params.get("by", ""))) is not None:
            column = _group(deal, rows.open().filter(pipeline=deal.pipeline), grouping)
            newest = keyset.Sort("id", "id", True)
            return place_among(deal, column, newest, came_from=came_from, back_url=back_url, detail=DETAIL)
        column = rows.present().filter(stage=deal.stage)
        rank = keyset.Sort("rank", "rank", False)
        return place_among(deal, column, rank, came_from=came_from, back_url=back_url, detail=DETAIL)
    if page == "list":
        return place_in_list(deal, "deals:list", came_from, member, detail=DETAIL)
    return Place(f"{reverse('deals:board')}?pipeline={deal.pipeline_id}")


def _group(deal: Deal, rows: Any, grouping: Grouping) -> Any:
    """Find the column a deal stands in where the board's columns are no stages. One query."""
    here = Deal.objects.filter(pk=deal.pk).annotate(lane=grouping.expression)
    key = grouping.key_of(here.values_list("lane", flat=True).first())
    return rows.annotate(lane=grouping.expression).filter(grouping.condition(key))
