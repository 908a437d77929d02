"""The list of deals."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.listing.neighbours import way_back
from deals.grouping import list_groupings
from deals.list_groups import groupings, read_groups
from deals.lists import DealListing
from deals.models import Pipeline
from deals.views.common import found, member_of, query_without
from tenants.access import Action, Section, may, may_import, require
from tenants.list_views import list_page, list_response


@require_GET
@require(Section.DEALS)
def deal_list(request: HttpRequest) -> HttpResponse:
    """Show the filtered deals as rows; the switch to the board keeps the filters."""
    member = member_of(request)
    offered = list_groupings()
    grouping = offered.get(request.GET.get("by", ""))
    listing = DealListing(way_back(request.GET))
    page, sections = list_page(request, listing), {}
    if grouping is not None and request.headers.get("HX-Target") != "filter-form":
        sections["sections"] = read_groups(page, grouping, member.tenant, now=timezone.now())
    return list_response(
        request,
        listing,
        page=page,
        template="deals/list_groups.html" if sections else "deals/list.html",
        groupings=groupings(page, list(offered.values()), grouping, _("Not at all")),
        may_see_rates=may(member, Section.SETTINGS),
        **sections,
        board_url=f"{reverse('deals:board')}?{_for_board(request)}",
        may_add=may(member, Section.DEALS, Action.ADD),
        may_import=may_import(member, Section.DEALS),
        may_edit=may(member, Section.DEALS, Action.EDIT),
    )


def _for_board(request: HttpRequest) -> str:
    """Keep what the board knows; a pipeline that is archived has no board."""
    query = query_without(request.GET, "sort", "cursor", "view", "filters", "stage", "state")
    pipeline = found(Pipeline.objects.active(), request.GET.get("pipeline"))
    return (
        query
        if pipeline or "pipeline" not in request.GET
        else query_without(request.GET, "pipeline", "sort", "cursor")
    )
