"""Attaching a lead to a deal that is there already."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import formats
from core.errors import Refusal
from core.responses import refused
from deals.models import Deal
from leads import services
from leads.card import open_deals_of
from leads.models import Lead, LeadAction
from leads.queue.rows import title_of
from leads.views.common import decide, lead_or_404, now, safe_next
from tenants.access import Action, Section, require
from tenants.models import Membership
from tenants.requests import MemberRequest

SHOWN = 20


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def attach(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Offer the client's open deals and a search, and attach to the chosen one."""
    if request.method == "POST":
        deal = get_object_or_404(Deal.objects.present().visible_to(request.member), pk=_uuid(request))
        text = _("Attached to “%(deal)s”") % {"deal": formats.inner(deal.title)}

        def decision(lead: Lead) -> LeadAction:
            return services.attach_lead(lead=lead, deal=deal, by=request.member, now=now())

        return decide(request, pk, decision, text)
    try:
        lead = lead_or_404(request, pk, Action.EDIT)
    except Refusal as refusal:
        return refused(request, refusal)
    query = " ".join(request.GET.get("q", "").split())[:100]
    context = {
        "lead": lead,
        "title": title_of(lead),
        "query": query,
        "own_deals": open_deals_of(lead.contact, request.member),
        "found": _found(query, request.member),
        "next": safe_next(request),
    }
    is_part = request.GET.get("part") == "found"
    return render(request, "leads/attach.html#found" if is_part else "leads/attach.html", context)


def _found(query: str, member: Membership) -> list[Deal]:
    """Find open deals by title, number or client; the latest ones where nothing was typed."""
    rows = Deal.objects.open().visible_to(member).select_related("stage", "contact", "company", "owner")
    if query:
        rows = rows.search(query)
    return list(rows.order_by("-created_at", "-id")[:SHOWN])


def _uuid(request: MemberRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("deal", ""))
    except ValueError:
        return uuid.UUID(int=0)
