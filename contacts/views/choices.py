"""Answers while one types: hints about duplicates, and clients to choose from."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.identity import likely_matches
from contacts.palette import company_hits, contact_hits
from tenants.access import may, open_to_members, require
from tenants.requests import MemberRequest

MAX_OPTIONS = 20


@require_GET
@require("contacts")
def hint(request: MemberRequest) -> HttpResponse:
    """Show whom a new contact or company would repeat."""
    sent = {name: request.GET.get(name, "")[:200] for name in ("name", "phone", "email", "company")}
    is_company = request.GET.get("for") == "company"
    matches = likely_matches(
        name="" if is_company else sent["name"],
        phone=sent["phone"],
        email=sent["email"],
        company_name=sent["name"] if is_company else sent["company"],
        member=request.member,
    )
    return render(request, "contacts/hint.html", {"matches": matches})


@require_GET
@open_to_members
def options(request: MemberRequest) -> JsonResponse:
    """List clients for a searching select: ?kind=contact or company, ?q=."""
    query = request.GET.get("q", "")[:100]
    found: list[dict[str, Any]] = []
    if request.GET.get("kind") == "company":
        if may(request.member, "companies"):
            found = [_option(hit) for hit in company_hits(query, request.member, MAX_OPTIONS)]
    elif may(request.member, "contacts"):
        found = [_option(hit) for hit in contact_hits(query, request.member, MAX_OPTIONS)]
    return JsonResponse(found, safe=False)


def _option(found: tuple[Any, str]) -> dict[str, Any]:
    row, subtitle = found
    return {"value": str(row.pk), "text": str(row), "hint": subtitle}
