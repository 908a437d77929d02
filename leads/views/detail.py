"""The lead's own page, and the panel other cards show about their inquiries."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import Company, Contact
from contacts.services import ContactKeyTaken
from core import formats
from core.among import first
from core.errors import Refusal
from core.listing.neighbours import place_in_list
from core.responses import is_htmx, redirect, refused, toast, trigger
from deals.models import Deal
from leads import services
from leads.card import card_of, matches_of
from leads.facts import custom_of, facts_of
from leads.forms import LeadForm
from leads.models import Lead
from leads.neighbours import address, place_of
from leads.queue import QueueState, make_rows
from leads.queue.reading import with_cards
from leads.views.common import lead_or_404, now, sent
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

PANEL = 10


@require_GET
@require(Section.LEADS)
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a lead: what came, what was decided, who the client is."""
    moment = now()
    try:
        lead = lead_or_404(request, pk)
        if lead.is_open and may(request.member, Section.LEADS, Action.EDIT):
            lead = _opened(request, lead)
    except Refusal as refusal:
        return refused(request, refusal)
    context = {
        "card": card_of(lead, request.member, now=moment),
        "lead": lead,
        "matches": matches_of(lead, request.member) if lead.is_open else [],
        "facts": facts_of(lead),
        "custom_groups": custom_of(lead),
    }
    context |= _addresses(request) | _neighbours(request, lead)
    is_head = request.GET.get("part") == "head"
    return render(request, f"leads/detail.html{'#head' if is_head else ''}", context)


def _neighbours(request: MemberRequest, lead: Lead) -> dict[str, Any]:
    """The lead's place in the list or the queue it was opened from, and the ones beside it."""
    came_from = request.GET.get("from", "")[:2000]
    if came_from.startswith("list"):
        found = place_in_list(lead, "leads:list", came_from, request.member, detail="leads:detail")
        return {"place": found, "previous_url": found.previous_url, "next_url": found.next_url}
    state = QueueState.read(request.GET)
    place = place_of(lead, state, request.member, now=now())
    return {
        "place": place,
        "previous_url": address("leads:detail", place.previous_id, state),
        "next_url": address("leads:detail", place.next_id, state) if place.text else "",
    }


def _addresses(request: MemberRequest) -> dict[str, str]:
    """The page's own address, for forms to come back to, and that of its head."""
    params = request.GET.copy()
    params.pop("part", None)
    page = f"{request.path}?{params.urlencode()}" if params else request.path
    params["part"] = "head"
    return {"next": page, "head_url": f"{request.path}?{params.urlencode()}"}


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Type an inquiry in by hand."""
    form = LeadForm(sent(request), request.FILES or None, member=request.member)
    if request.method == "POST" and form.is_valid():
        known = _known(request)
        try:
            lead = _make(request, form, known)
        except ContactKeyTaken as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return _created(request, lead)
    return render(request, "leads/create.html", {"form": form}, status=422 if form.is_bound else 200)


@transaction.atomic
def _make(request: MemberRequest, form: LeadForm, known: Contact | None) -> Lead:
    return services.create_manual_lead(by=request.member, now=now(), contact=known, **form.values())


def _known(request: MemberRequest) -> Contact | None:
    """The card that was chosen among the hints while the inquiry was typed."""
    chosen = request.POST.get("use")
    rows = Contact.objects.present().visible_to(request.member, Action.EDIT)
    return get_object_or_404(rows, pk=_id_of(chosen)) if chosen else None


def _created(request: MemberRequest, lead: Lead) -> HttpResponse:
    """Lead on to the inquiry, or to the deal it has become at once (L11)."""
    deal = lead.deal
    url = reverse("deals:detail", args=[deal.pk]) if deal is not None else lead.get_absolute_url()
    if not is_htmx(request):
        return redirect(request, url)
    response = trigger(HttpResponse(status=204), **{"dialog:close": {}})
    if deal is not None:
        text = _("Inquiry No. %(n)s is now the deal “%(deal)s”") % {
            "n": lead.number,
            "deal": formats.inner(deal.title),
        }
    else:
        text = _("Inquiry No. %(n)s is in the queue") % {"n": lead.number}
    return toast(response, text, level="ok", href=url)


@require_GET
@require(Section.LEADS)
def panel(request: MemberRequest) -> HttpResponse:
    """List the inquiries of ?deal=, ?contact= or ?company= for that card's side."""
    rows = Lead.objects.present().visible_to(request.member).filter(**_owner(request))
    leads = list(with_cards(first(rows.order_by("-received_at", "-id"), PANEL + 1)))
    context = {
        "rows": list(zip(make_rows(leads[:PANEL], request.member, now=now()), leads, strict=False)),
        "has_more": len(leads) > PANEL,
        "first": leads[-1] if leads else None,
    }
    return render(request, "leads/panel.html", context)


def _owner(request: MemberRequest) -> dict[str, object]:
    """Load whose inquiries are asked for; 404 for what the member may not see."""
    for name, model in (("deal", Deal), ("contact", Contact), ("company", Company)):
        if text := request.GET.get(name):
            rows = model.objects.present().visible_to(request.member)
            return {name: get_object_or_404(rows, pk=_id_of(text))}
    raise Http404


def _id_of(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _opened(request: MemberRequest, lead: Lead) -> Lead:
    if lead.opened_at is not None and not lead.unread_count:
        return lead
    if not Lead.objects.visible_to(request.member, Action.EDIT).filter(pk=lead.pk).exists():
        return lead
    return services.open_lead(lead=lead, by=request.member, now=now())
