"""Merging cards: choosing which, side by side, and taking a merge apart."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.choosing import chosen_clients
from contacts.duplicates.finding import kind_of, ordered
from contacts.duplicates.reading import pairs_of
from contacts.merge_form import MergeForm, what_comes_together
from contacts.merging import MAX_CARDS, CardsAlreadyMerged, MergeNotAllowed, merge_cards, undo_merge
from contacts.merging.locking import already_merged
from contacts.merging.parts import Client
from contacts.models import Company, Contact, Merge
from contacts.palette import company_hits, contact_hits
from contacts.survivors import survivor_of
from contacts.views.common import pk_of, posted
from contacts.views.fields import page_of
from core import responses
from core.errors import Refusal
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest

Model = type[Contact] | type[Company]
FOUND = 10


@require_http_methods(["GET", "POST"])
@require(Section.CONTACTS, Action.EDIT)
def merge(request: MemberRequest) -> HttpResponse:
    """Show the contacts of ?ids= side by side, and merge them."""
    return _merge(request, Contact)


@require_http_methods(["GET", "POST"])
@require(Section.COMPANIES, Action.EDIT)
def company_merge(request: MemberRequest) -> HttpResponse:
    """The same for companies."""
    return _merge(request, Company)


def _merge(request: MemberRequest, model: Model) -> HttpResponse:
    try:
        cards = _cards(request, model)
    except CardsAlreadyMerged as refusal:
        return _too_late(request, model, refusal)
    form = MergeForm(posted(request), cards=cards, member=request.member)
    if request.method == "GET" or not form.is_valid():
        return _page(request, cards, form, status=422 if form.is_bound else 200)
    try:
        done = merge_cards(by=request.member, now=timezone.now(), **form.arguments())
    except CardsAlreadyMerged as refusal:
        return _too_late(request, model, refusal)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return _page(request, cards, form, status=refusal.status)
    messages.success(request, _("Merged. It can be undone on the card."))
    return responses.redirect(request, page_of(done.survivor))


def _cards(request: MemberRequest, model: Model) -> list[Client]:
    """Load the cards in the order they were named: 404 for unknown ones, 403 where one may only be looked at."""
    ids = list(dict.fromkeys(pk_of(text) for text in request.GET.getlist("ids")))[: MAX_CARDS + 1]
    rows: Any = model.objects.reachable_by(request.member).select_related("owner", "source").in_bulk(ids)
    if len(rows) < len(ids) or not 1 < len(ids) <= MAX_CARDS:
        raise Http404
    cards = [rows[pk] for pk in ids]
    for card in cards:
        if card.merged_into_id is not None:
            raise already_merged(card)
        if card.deleted_at is not None:
            raise Http404
    if model.objects.visible_to(request.member, Action.EDIT).filter(pk__in=ids).count() < len(ids):
        raise PermissionDenied(str(MergeNotAllowed().message))
    return cards


def _page(request: MemberRequest, cards: list[Client], form: MergeForm, *, status: int) -> HttpResponse:
    context = {
        "form": form,
        "cards": cards,
        "columns": len(cards),
        "kind": "contact" if isinstance(cards[0], Contact) else "company",
        "counts": what_comes_together(cards),
        "pair": _pair(cards),
        "back_url": page_of(cards[0]),
    }
    return render(request, "contacts/merge.html", context, status=status)


def _pair(cards: list[Client]) -> Any:
    """The stored pair of two cards, if they were ever found alike."""
    if len(cards) != 2:
        return None
    first, second = ordered(cards[0].pk, cards[1].pk)
    rows = kind_of(type(cards[0])).pair_model.objects.filter(first=first, second=second)
    return rows.select_related("decided_by").first()


def _too_late(request: MemberRequest, model: Model, refusal: CardsAlreadyMerged) -> HttpResponse:
    """Somebody else has merged one of them: say who, and lead to the card that stayed."""
    stayed: Any = model.objects.filter(pk=refusal.survivor).first()
    found: Any = survivor_of(stayed) if stayed is not None else None
    seen = model.objects.visible_to(request.member)
    card = found if found is not None and seen.filter(pk=found.pk).exists() else None
    context = {"reason": refusal.message, "card": card, "url": page_of(card) if card is not None else ""}
    return render(request, "contacts/merged_already.html", context, status=refusal.status)


# --- Which cards -------------------------------------------------------------------------------------
@require_GET
@require(Section.CONTACTS, Action.EDIT)
def merge_with(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose a contact to merge this one with."""
    return _choose(request, Contact, pk)


@require_GET
@require(Section.COMPANIES, Action.EDIT)
def company_merge_with(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose a company to merge this one with."""
    return _choose(request, Company, pk)


def _choose(request: MemberRequest, model: Model, pk: uuid.UUID) -> HttpResponse:
    """Offer the likely duplicates, and a search for any other card the member may edit."""
    member, editable = request.member, model.objects.visible_to(request.member, Action.EDIT)
    client: Any = get_object_or_404(editable, pk=pk)
    query = " ".join(request.GET.get("q", "").split())[:100]
    hits = (contact_hits if model is Contact else company_hits)(query, member, FOUND) if query else []
    allowed = set(editable.filter(pk__in=[row.pk for row, _subtitle in hits]).values_list("pk", flat=True))
    merge_url = reverse("contacts:merge" if model is Contact else "contacts:company_merge")
    pairs, _count = pairs_of(client, member) if not query else ([], 0)
    context = {
        "client": client,
        "query": query,
        "found": [
            {"title": str(row), "hint": subtitle, "url": f"{merge_url}?ids={client.pk}&ids={row.pk}"}
            for row, subtitle in hits
            if row.pk in allowed and row.pk != client.pk
        ],
        "pairs": [(pair, pair.other_than(client)) for pair in pairs],
        "back_url": page_of(client),
    }
    part = "#found" if request.GET.get("part") == "found" else ""
    return render(request, f"contacts/merge_with.html{part}", context)


@require_POST
@require(Section.CONTACTS, Action.EDIT)
def merge_ticked(request: MemberRequest) -> HttpResponse:
    """Go on with the ticked contacts of the list."""
    return _ticked(request, "contacts:list", "contacts:merge")


@require_POST
@require(Section.COMPANIES, Action.EDIT)
def company_merge_ticked(request: MemberRequest) -> HttpResponse:
    """Go on with the ticked companies of the list."""
    return _ticked(request, "contacts:company_list", "contacts:company_merge")


def _ticked(request: MemberRequest, page: str, target: str) -> HttpResponse:
    chosen = chosen_clients(request, page, Action.EDIT)
    if not 1 < len(chosen.clients) <= MAX_CARDS:
        messages.warning(request, _("Tick two to %(count)s cards to merge.") % {"count": MAX_CARDS})
        return responses.redirect(request, chosen.list_url)
    query = urlencode([("ids", str(card.pk)) for card in chosen.clients])
    return responses.redirect(request, f"{reverse(target)}?{query}")


# --- Undo --------------------------------------------------------------------------------------------
@require_POST
@require(Section.CONTACTS, Action.EDIT)
def merge_undo(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a merge of contacts apart."""
    return _undo(request, Contact, pk)


@require_POST
@require(Section.COMPANIES, Action.EDIT)
def company_merge_undo(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a merge of companies apart."""
    return _undo(request, Company, pk)


def _undo(request: MemberRequest, model: Model, pk: uuid.UUID) -> HttpResponse:
    name = "contact" if model is Contact else "company"
    reachable = model.objects.reachable_by(request.member, Action.EDIT)
    found = get_object_or_404(Merge.objects.select_related(name), pk=pk, **{f"{name}__in": reachable})
    try:
        undo_merge(merge=found, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return responses.refused(request, refusal)
    messages.success(request, _("The merge is undone: the cards are as they were."))
    return responses.redirect(request, page_of(found.survivor))
