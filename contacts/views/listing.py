"""The lists of contacts and companies."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from contacts.lists import CompanyListing, ContactListing
from core.listing.neighbours import way_back
from tenants.access import may, may_import, require
from tenants.list_views import list_response
from tenants.requests import MemberRequest

# Addresses of what is done to ticked rows; planning belongs to the app above.
CONTACT_BULK = {
    "assign": "contacts:bulk_assign",
    "tag": "contacts:bulk_tag",
    "merge": "contacts:merge_ticked",
}
COMPANY_BULK = {
    "assign": "contacts:company_bulk_assign",
    "tag": "contacts:company_bulk_tag",
    "merge": "contacts:company_merge_ticked",
}


@require_GET
@require("contacts")
def contact_list(request: MemberRequest) -> HttpResponse:
    """Show the contacts the member may see, filtered and arranged as the address says."""
    context = {"create_name": "contacts:create", "bulk": CONTACT_BULK} | _rights(request, "contacts")
    return list_response(
        request, ContactListing(way_back(request.GET)), template="contacts/list.html", **context
    )


@require_GET
@require("companies")
def company_list(request: MemberRequest) -> HttpResponse:
    """Show the companies the member may see."""
    context: dict[str, Any] = {"create_name": "contacts:company_create", "bulk": COMPANY_BULK}
    context |= _rights(request, "companies")
    return list_response(
        request, CompanyListing(way_back(request.GET)), template="contacts/list.html", **context
    )


def _rights(request: MemberRequest, section: str) -> dict[str, Any]:
    """Say which buttons are there."""
    return {
        "may_add": may(request.member, section, "add"),
        "may_edit": may(request.member, section, "edit"),
        "may_import": may_import(request.member, section),
        "import_kind": section,
    }
