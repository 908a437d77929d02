"""The lists of contacts and companies."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from contacts.lists import CompanyListing, ContactListing
from tenants.access import may, require
from tenants.list_views import list_response
from tenants.requests import MemberRequest


@require_GET
@require("contacts")
def contact_list(request: MemberRequest) -> HttpResponse:
    """Show the contacts the member may see, filtered and arranged as the address says."""
    context = {"may_add": may(request.member, "contacts", "add"), "create_name": "contacts:create"}
    return list_response(request, ContactListing(), template="contacts/list.html", **context)


@require_GET
@require("companies")
def company_list(request: MemberRequest) -> HttpResponse:
    """Show the companies the member may see."""
    context = {"may_add": may(request.member, "companies", "add"), "create_name": "contacts:company_create"}
    return list_response(request, CompanyListing(), template="contacts/list.html", **context)
