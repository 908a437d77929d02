"""The deal's page."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from deals import neighbours, record, rights
from deals.models import Deal, Stage
from deals.services import mark_read
from deals.views.common import RELATED, member_of
from tenants.access import Action, Section, require

PARTS = ("head", "side")


@require_GET
@require(Section.DEALS)
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a deal; ?from= is the list it was opened from, ?part= asks for one part to refresh it."""
    member = member_of(request)
    rows = Deal.objects.visible_to(member).select_related(*RELATED)
    deal = get_object_or_404(rows, pk=pk)
    mark_read(deal=deal, by=member)
    part = request.GET.get("part", "")
    context = _common(request, deal)
    if part != "side":
        context |= _head(request, deal)
    if part != "head":
        context |= _side(request, deal)
    template = f"deals/detail.html#{part}" if part in PARTS else "deals/detail.html"
    return render(request, template, context)


def _common(request: HttpRequest, deal: Deal) -> dict[str, Any]:
    """What both parts need: rights over this very deal (one query), and the address that refreshes a part."""
    member, came_from = member_of(request), request.GET.get("from", "")[:2000]
    reachable = Deal.objects.filter(pk=deal.pk)
    is_present = deal.deleted_at is None
    return {
        "deal": deal,
        "may_edit": is_present and reachable.visible_to(member, Action.EDIT).exists(),
        "may_delete": reachable.visible_to(member, Action.DELETE).exists(),
        "came_from": came_from,
        "self_url": f"{reverse('deals:detail', args=[deal.pk])}?{urlencode({'from': came_from})}",
        "now": timezone.now(),
    }


def _head(request: HttpRequest, deal: Deal) -> dict[str, Any]:
    closing = Stage.objects.filter(pipeline_id=deal.pipeline_id).exclude(kind="open")
    ends = {stage.kind: stage for stage in closing if rights.may_enter(member_of(request), stage)}
    return {
        "place": neighbours.place_of(deal, request.GET.get("from", ""), member_of(request)),
        "strip": record.strip(deal, member_of(request)),
        "won": ends.get(Stage.Kind.WON),
        "lost": ends.get(Stage.Kind.LOST),
        "age": record.age_text(deal, now=timezone.now()),
        "stage_time": record.spent(deal.stage_entered_at, timezone.now()),
        "is_late": _is_over_limit(deal),
    }


def _is_over_limit(deal: Deal) -> bool:
    limit = deal.stage.time_limit_h
    spent = (timezone.now() - deal.stage_entered_at).total_seconds()
    return limit is not None and not deal.is_closed and spent > limit * 3600


def _side(request: HttpRequest, deal: Deal) -> dict[str, Any]:
    facts, custom_groups = record.facts(deal)
    points = [*record.contact_points(deal.contact), *record.company_points(deal.company)]
    return {
        "call_url": next((point.url for point in points if point.url.startswith("tel:")), ""),
        "facts": facts,
        "custom_groups": custom_groups,
        "points": points,
        "contact_url": record.page_if("contacts:detail", deal.contact_id) if deal.contact_id else "",
        "company_url": record.page_if("contacts:company_detail", deal.company_id) if deal.company_id else "",
        "other_deals": record.other_deals(deal, member_of(request)),
        "folded": record.folded_deals(deal, member_of(request)),
        "history": record.history(deal, now=timezone.now()),
    }
