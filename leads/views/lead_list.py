"""The lead list for heads (L14-L17)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from core.listing.neighbours import way_back
from leads.lists import LeadListing
from tenants.access import Section, may_import, require
from tenants.list_views import list_response
from tenants.requests import MemberRequest


@require_GET
@require(Section.LEADS)
def lead_list(request: MemberRequest) -> HttpResponse:
    """Show the leads the member may see, filtered and arranged as the address says."""
    return list_response(
        request,
        LeadListing(way_back(request.GET)),
        template="leads/list.html",
        may_import=may_import(request.member, Section.LEADS),
    )
