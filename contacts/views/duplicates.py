"""Likely duplicates: the list over the whole base, the panel of a card, and 'not the same'."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts import tasks
from contacts.duplicates import decisions, finding
from contacts.duplicates.reading import LEVELS, page_of_pairs, pairs_for, pairs_of
from contacts.merging.history import merges_of, recent_merges
from contacts.models import Company, Contact, Pair
from contacts.views.common import pk_of
from core import responses
from core.errors import Refusal
from core.responses import is_htmx
from tenants import jobs
from tenants.access import Action, Section, may, require
from tenants.models import Membership
from tenants.requests import MemberRequest

STATES = (Pair.State.LIKELY, Pair.State.DISTINCT)
MERGED = "merged"
Model = type[Contact] | type[Company]


@require_GET
@require(Section.CONTACTS)
def contact_pairs(request: MemberRequest) -> HttpResponse:
    """Show pairs of contacts that are probably one person."""
    return _pairs(request, Contact)


@require_GET
@require(Section.COMPANIES)
def company_pairs(request: MemberRequest) -> HttpResponse:
    """Show pairs of companies that are probably one."""
    return _pairs(request, Company)


def _pairs(request: MemberRequest, model: Model) -> HttpResponse:
    """?state= likely, distinct or merged; ?level= the least sure pairs shown."""
    member, query = request.member, request.GET
    state = query.get("state", "")
    level = query.get("level", "") if query.get("level") in LEVELS else "maybe"
    job = jobs.running(finding.JOB)
    context: dict[str, Any] = {
        "kind": "contact" if model is Contact else "company",
        "state": state if state in (Pair.State.DISTINCT, MERGED) else Pair.State.LIKELY,
        "level": level,
        "levels": _levels(query, level),
        "may_look": _may_look(member),
        "may_edit": may(member, _section(model), Action.EDIT),
        "may_see_contacts": may(member, Section.CONTACTS),
        "may_see_companies": may(member, Section.COMPANIES),
        "job": job,
        "percent": round(100 * job.done_count / job.total_count) if job and job.total_count else 0,
        "refresh_url": request.get_full_path(),
    }
    if state == MERGED:
        context["merges"] = recent_merges(member, model)
    else:
        page = page_of_pairs(
            member, model, state=context["state"], level=level, cursor=query.get("cursor", "")
        )
        context |= {
            "page": page,
            "next_url": _address(query, cursor=page.next_cursor) if page.next_cursor else "",
        }
    part = "contacts/duplicates.html#look" if is_htmx(request) and query.get("part") == "look" else ""
    return render(request, part or "contacts/duplicates.html", context)


def _section(model: Model) -> Section:
    return Section.CONTACTS if model is Contact else Section.COMPANIES


def _levels(query: QueryDict, chosen: str) -> list[dict[str, Any]]:
    words = {"maybe": _("All"), "likely": _("Probable and surer"), "sure": _("Almost certain only")}
    return [
        {"label": label, "url": _address(query, level=name, cursor=None), "is_on": name == chosen}
        for name, label in words.items()
    ]


def _address(query: QueryDict, **changes: str | None) -> str:
    params = query.copy()
    params.pop("part", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
    return f"?{params.urlencode()}"


def _may_look(member: Membership) -> bool:
    return may(member, Section.CONTACTS, Action.EDIT) or may(member, Section.COMPANIES, Action.EDIT)


@require_POST
@require(Section.CONTACTS, Action.EDIT)
def look(request: MemberRequest) -> HttpResponse:
    """Compare all cards of the company with each other, in the background."""
    return _look(request, "contacts:duplicate_list")


@require_POST
@require(Section.COMPANIES, Action.EDIT)
def company_look(request: MemberRequest) -> HttpResponse:
    """The same from the list of companies."""
    return _look(request, "contacts:company_duplicate_list")


def _look(request: MemberRequest, back: str) -> HttpResponse:
    jobs.start(
        member=request.member, kind=finding.JOB, title=_("Search for duplicates"), task=tasks.find_duplicates
    )
    return responses.redirect(request, reverse(back))


@require_GET
@require(Section.CONTACTS)
def panel(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the likely duplicates of a contact and what was merged into it, for the side of its card."""
    return _panel(request, Contact, pk)


@require_GET
@require(Section.COMPANIES)
def company_panel(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """The same of a company."""
    return _panel(request, Company, pk)


def _panel(request: MemberRequest, model: Model, pk: uuid.UUID) -> HttpResponse:
    client: Any = get_object_or_404(model.objects.visible_to(request.member), pk=pk)
    pairs, count = pairs_of(client, request.member)
    context = {
        "client": client,
        "kind": "contact" if model is Contact else "company",
        "pairs": [(pair, pair.other_than(client)) for pair in pairs],
        "count": count,
        "merges": merges_of(client),
        "may_edit": model.objects.visible_to(request.member, Action.EDIT).filter(pk=client.pk).exists(),
    }
    return render(request, "contacts/duplicates_panel.html", context)


# --- Decisions ---------------------------------------------------------------------------------------
@require_POST
@require(Section.CONTACTS, Action.EDIT)
def distinct(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Remember that two contacts are not the same; ?revoke=1 offers them again."""
    return _decide(request, Contact, pk)


@require_POST
@require(Section.COMPANIES, Action.EDIT)
def company_distinct(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """The same of two companies."""
    return _decide(request, Company, pk)


def _decide(request: MemberRequest, model: Model, pk: uuid.UUID) -> HttpResponse:
    editable = model.objects.visible_to(request.member, Action.EDIT)
    rows = pairs_for(request.member, model).filter(first__in=editable, second__in=editable)
    pair = get_object_or_404(rows, pk=pk)
    is_revoked = bool(request.GET.get("revoke"))
    try:
        if is_revoked:
            decisions.revoke_decision(pair=pair)
        else:
            decisions.mark_distinct(pair=pair, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return responses.refused(request, refusal)
    if not is_htmx(request):
        return responses.redirect(request, _back(request, model))
    text = _("They may be the same again") if is_revoked else _("Remembered: not the same")
    path = request.path if is_revoked else f"{request.path}?revoke=1"
    return responses.toast(HttpResponse(""), text, undo_url=path, level="ok")


def _back(request: MemberRequest, model: Model) -> str:
    """Without scripts: to the card the form was on, else to the list."""
    if client := request.POST.get("card"):
        name = "contacts:detail" if model is Contact else "contacts:company_detail"
        return reverse(name, args=[pk_of(client)])
    return reverse("contacts:duplicate_list" if model is Contact else "contacts:company_duplicate_list")
