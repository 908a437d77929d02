"""Answers while one types: hints about duplicates, and clients to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.identity import Match, likely_matches
from contacts.models import Company, Contact
from contacts.palette import company_hits, contact_hits
from tenants.access import Action, may, open_to_members
from tenants.models import Membership
from tenants.requests import MemberRequest

MAX_OPTIONS = 20


@require_GET
@open_to_members
def hint(request: MemberRequest) -> HttpResponse:
    """Show whom a new contact, or with ?for=company a new company, would repeat.

    Those the member may edit can take what was typed instead of a new card being made.
    """
    names = ("name", "phone", "email", "company", "inn", "kpp", "site")
    sent = {name: request.GET.get(name, "")[:200] for name in names}
    if request.GET.get("for") == "legal":
        return _legal_hint(request, sent["inn"], sent["kpp"])
    is_company = request.GET.get("for") == "company"
    matches = likely_matches(
        name="" if is_company else sent["name"],
        phone=sent["phone"],
        email=sent["email"],
        company_name=sent["name"] if is_company else sent["company"],
        inn=_plain(sent["inn"]),
        kpp=_plain(sent["kpp"]),
        site=sent["site"],
        member=request.member,
    )
    kind = "company" if is_company else "contact"
    context = {"matches": matches, "kind": kind, "usable": _usable(matches, kind, request.member)}
    return render(request, "contacts/hint.html", context)


def _plain(number: str) -> str:
    """Write an INN or a KPP as it is stored."""
    return "".join(letter for letter in number if letter.isalnum()).upper()


def _legal_hint(request: MemberRequest, inn: str, kpp: str) -> HttpResponse:
    """Show who else has the INN that is typed into the details of ?company=."""
    own = request.GET.get("company", "")
    found = likely_matches(inn=_plain(inn), kpp=_plain(kpp), member=request.member)
    matches = [match for match in found if str(match.id) != own]
    return render(request, "contacts/hint.html", {"matches": matches, "kind": "", "usable": set()})


def _usable(matches: Sequence[Match], kind: str, member: Membership) -> set[uuid.UUID]:
    """Which of the matches can be used instead of a new card of this kind."""
    model: Any = Contact if kind == "contact" else Company
    ids = [match.id for match in matches if match.kind == kind]
    rows = model.objects.visible_to(member, Action.EDIT).filter(pk__in=ids)
    return set(rows.values_list("pk", flat=True)) if ids else set()


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
