"""Who the client probably is, while a deal is being typed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.identity import Match, likely_matches
from deals.views.common import member_of
from tenants.access import Section, may, open_to_members
from tenants.models import Membership


@require_GET
@open_to_members
def hint(request: HttpRequest) -> HttpResponse:
    """Answer the likely contacts for ?contact_name= and ?contact_phone=, to choose one instead of making another.

    Whose role shows no contacts gets none: the question comes by itself while one types.
    """
    member = member_of(request)
    matches = _matches(request, member) if may(member, Section.CONTACTS) else []
    is_quick = "quick" in request.GET
    template = "deals/client_hint.html#quick" if is_quick else "deals/client_hint.html"
    return render(request, template, {"matches": [m for m in matches if not is_quick or m.is_exact]})


def _matches(request: HttpRequest, member: Membership) -> list[Match]:
    return likely_matches(
        name=request.GET.get("contact_name", "")[:200],
        phone=request.GET.get("contact_phone", "")[:64],
        company_name=request.GET.get("company_name", "")[:200],
        limit=4,
        member=member,
    )
