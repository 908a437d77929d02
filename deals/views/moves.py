"""Moving, handing over, deleting one deal: the same addresses for drag, menu, strip and plain forms."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast, trigger
from deals import fields, gate, passing, rights
from deals.errors import MissingFields, ReasonRequired
from deals.forms import AssignForm, MoveForm
from deals.grouping import NONE
from deals.models import Deal, Stage
from deals.services import assign_deal, delete_deal, move_deal, restore_deal, update_deal
from deals.views.board import BoardRequest
from deals.views.common import deal_or_404, found, member_of, stage_of, whole
from deals.views.handover import handed_away, is_handed_away
from tenants.access import Action, Section, require


@require_http_methods(["GET", "POST"])
@require(Section.DEALS, Action.EDIT)
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask where a deal should go, then for what that stage still needs, and move it."""
    deal = deal_or_404(request, pk, Action.EDIT, related=("pipeline", "stage"))
    sent = request.POST if request.method == "POST" else request.GET
    stage = stage_of(sent.get("stage"), deal=deal)
    if stage is None:
        return _choose(request, deal, status=422 if request.method == "POST" else 200)
    if request.method == "GET":
        return _ask(request, deal, stage, _form(request, deal, stage))
    return _move(request, deal, stage)


def _move(request: HttpRequest, deal: Deal, stage: Stage) -> HttpResponse:
    form = _form(request, deal, stage, data=request.POST) if "asked" in request.POST else None
    if form is not None and not form.is_valid():
        return _ask(request, deal, stage, form, status=422)
    try:
        moved = _carry_out(request, deal, stage, form)
    except (MissingFields, ReasonRequired) as refusal:
        return _ask_after(request, deal, stage, refusal)
    except Refusal as refusal:
        return refused(request, refusal)
    return _moved(request, moved)


@transaction.atomic
def _carry_out(request: HttpRequest, deal: Deal, stage: Stage, form: MoveForm | None) -> Deal:
    """Make a new client and move the deal: both or neither."""
    now, cards = timezone.now(), Deal.objects.present()
    data: dict[str, Any] = form.cleaned_data if form is not None else {}
    return move_deal(
        deal=deal,
        stage=stage,
        by=member_of(request),
        now=now,
        version=whole(request.POST.get("version")),
        after=found(cards, request.POST.get("after")),
        before=found(cards, request.POST.get("before")),
        values=form.values(now=now) if form is not None else None,
        reason=data.get("reason"),
        comment=data.get("comment", ""),
    )


def _form(request: HttpRequest, deal: Deal, stage: Stage, data: QueryDict | None = None) -> MoveForm:
    """Ask for what is missing now, and again for what was asked before."""
    missing = gate.missing(deal, leaving=deal.stage, entering=stage) if stage.pk != deal.stage_id else []
    asked = (data or request.GET).getlist("ask")
    names = gate.askable(name for name in fields.demandable() if name in missing or name in asked)
    if stage.kind == Stage.Kind.WON and "amount" not in names:
        names.insert(0, "amount")
    return MoveForm(
        data, request.FILES or None, member=member_of(request), deal=deal, stage=stage, names=names
    )


def _choose(request: HttpRequest, deal: Deal, *, status: int = 200) -> HttpResponse:
    rows = Stage.objects.within_reach_of([deal])
    groups: dict[Any, list[Stage]] = {}
    for stage in rows.order_by("pipeline__position", "pipeline__name", "position"):
        if stage.pk == deal.stage_id or rights.may_enter(member_of(request), stage):
            groups.setdefault(stage.pipeline, []).append(stage)
    own_first = sorted(groups.items(), key=lambda group: group[0].pk != deal.pipeline_id)
    return render(
        request, "deals/move.html", {"deal": deal, "groups": own_first, "next": _next(request)}, status=status
    )


def _ask(
    request: HttpRequest, deal: Deal, stage: Stage, form: MoveForm, *, reason: str = "", status: int = 200
) -> HttpResponse:
    sent = request.POST or request.GET
    context = {
        "deal": deal,
        "stage": stage,
        "form": form,
        "reason": reason,
        "has_reasons": "reason" not in form.fields or bool(form.fields["reason"].queryset.exists()),  # type: ignore[attr-defined]
        "version": sent.get("version", "") or deal.version,
        "before": sent.get("before", ""),
        "after": sent.get("after", ""),
        "next": _next(request),
    }
    return render(request, "deals/move_fields.html", context, status=status)


def _ask_after(request: HttpRequest, deal: Deal, stage: Stage, refusal: Refusal) -> HttpResponse:
    """Answer a refusal that a form can cure: a drag hears where the form is, everything else gets it."""
    if "drag" in request.POST:
        kept = {name: request.POST.get(name, "") for name in ("stage", "version", "before", "after")}
        response = HttpResponse(str(refusal.message), status=422, content_type="text/plain; charset=utf-8")
        response.headers["X-Ask"] = f"{reverse('deals:move', args=[deal.pk])}?{urlencode(kept)}"
        return response
    return _ask(request, deal, stage, _form(request, deal, stage), reason=str(refusal.message), status=422)


def _moved(request: HttpRequest, deal: Deal) -> HttpResponse:
    if "drag" in request.POST:
        return _card(request, deal)
    if is_handed_away(request, deal):
        return handed_away(request, deal, next_url=_next(request))
    text = _("Moved to “%(stage)s”") % {"stage": deal.stage.name}
    if is_htmx(request):
        event = {"id": str(deal.pk), "stage": str(deal.stage_id)}
        response = trigger(HttpResponse(status=204), **{"dialog:close": {}, "deal:moved": event})
        return toast(response, text, level="ok")
    return redirect(request, _next(request) or reverse("deals:detail", args=[deal.pk]))


def _card(request: HttpRequest, deal: Deal) -> HttpResponse:
    """Answer a drag with the card as the board shows it now; the page asks for the totals by itself."""
    asked = BoardRequest(request, QueryDict(request.POST.get("board", "")))
    cards = asked.reader().cards([deal.pk]) if asked.pipeline else []
    context = asked.context() | {"cards": cards, "gone": [] if cards else [str(deal.pk)]}
    return render(request, "deals/changes.html", context)


def _next(request: HttpRequest) -> str:
    """Where a plain form returns to: never to another site."""
    target = (request.POST or request.GET).get("next", "")
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if is_safe else ""


@require_POST
@require(Section.DEALS, Action.EDIT)
def regroup(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Set what the board's columns are made by, as a card dropped into another of them says; answers as a drag."""
    deal = deal_or_404(request, pk, Action.EDIT, related=("pipeline", "stage"))
    asked = BoardRequest(request, QueryDict(request.POST.get("board", "")))
    grouping, key = asked.grouping, request.POST.get("stage", "")
    if grouping is None or not grouping.field:
        raise Http404
    value = None if key == NONE else found(grouping.choices(), key)
    if value is None and key != NONE:
        raise Http404
    values: dict[str, Any] = {grouping.field: value}
    try:
        moved = update_deal(
            deal=deal,
            by=member_of(request),
            now=timezone.now(),
            version=whole(request.POST.get("version")),
            **values,
        )
    except Refusal as refusal:
        return refused(request, refusal)
    return _card(request, moved)


@require_http_methods(["GET", "POST"])
@require(Section.DEALS, Action.EDIT)
def assign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the new responsible and hand the deal over."""
    deal = deal_or_404(request, pk, Action.EDIT)
    has_inquiries = passing.inquiry_count(deal) > 0
    form = AssignForm(request.POST or None, has_inquiries=has_inquiries, initial={"owner": deal.owner_id})
    if not form.is_valid():
        context = {"deal": deal, "form": form, "next": _next(request)}
        return render(request, "deals/assign.html", context, status=422 if request.method == "POST" else 200)
    owner = form.cleaned_data["owner"]
    try:
        deal = assign_deal(deal=deal, by=member_of(request), now=timezone.now(), **form.values())
    except Refusal as refusal:
        return refused(request, refusal)
    if is_handed_away(request, deal):
        return handed_away(request, deal, next_url=_next(request))
    if is_htmx(request):
        event = {"id": str(deal.pk), "stage": str(deal.stage_id)}
        response = trigger(HttpResponse(status=204), **{"dialog:close": {}, "deal:moved": event})
        return toast(response, _("%(name)s is responsible now") % {"name": owner.name}, level="ok")
    return redirect(request, _next(request) or reverse("deals:detail", args=[deal.pk]))


@require_POST
@require(Section.DEALS, Action.DELETE)
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a deal; its page stays, with the way back."""
    deal = deal_or_404(request, pk, Action.DELETE)
    try:
        delete_deal(deal=deal, by=member_of(request), now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("deals:detail", args=[deal.pk]))


@require_POST
@require(Section.DEALS, Action.DELETE)
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a deleted deal back."""
    deal = get_object_or_404(Deal.objects.visible_to(member_of(request), Action.DELETE), pk=pk)
    restore_deal(deal=deal, by=member_of(request), now=timezone.now())
    return redirect(request, reverse("deals:detail", args=[deal.pk]))
