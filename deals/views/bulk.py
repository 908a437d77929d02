"""Ticked deals of the list: where to, what would be refused, and what was."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.listing import listing_for
from deals.forms import AssignForm, BulkMoveForm
from deals.models import Deal
from deals.services import bulk
from deals.views.common import member_of
from tenants.access import Action, Section, require


@require_POST
@require(Section.DEALS, Action.EDIT)
def move(request: HttpRequest) -> HttpResponse:
    """Ask for the stage, show what would be refused, then move the rest."""
    chosen = _chosen(request)
    member = member_of(request)
    form = BulkMoveForm(
        request.POST if "stage" in request.POST else None, member=member, deals=chosen["deals"]
    )
    context: dict[str, Any] = chosen | {"form": form}
    if not form.is_valid():
        return render(request, "deals/bulk_move.html", context, status=422 if form.is_bound else 200)
    stage, reason = form.cleaned_data["stage"], form.cleaned_data["reason"]
    if "confirmed" not in request.POST:
        context["preview"] = bulk.preview_move(chosen["deals"], stage, reason, by=member)
        return render(request, "deals/bulk_move.html", context)
    report = bulk.move_deals(deals=chosen["deals"], stage=stage, by=member, now=timezone.now(), reason=reason)
    return render(
        request, "deals/bulk_done.html", {"report": report, "stage": stage, "back": chosen["query"]}
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
def assign(request: HttpRequest) -> HttpResponse:
    """Ask for the responsible and hand the ticked deals over."""
    chosen = _chosen(request)
    form = AssignForm(request.POST if "owner" in request.POST else None, has_inquiries=True)
    if not form.is_valid():
        context = chosen | {"form": form}
        return render(request, "deals/bulk_assign.html", context, status=422 if form.is_bound else 200)
    owner = form.cleaned_data["owner"]
    report = bulk.assign_deals(
        deals=chosen["deals"], by=member_of(request), now=timezone.now(), **form.values()
    )
    return render(
        request, "deals/bulk_done.html", {"report": report, "owner": owner, "back": chosen["query"]}
    )


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """Load the ticked deals, or all of the filter, as far as the member may edit them; the rest is counted."""
    member, query = member_of(request), request.POST.get("query", "")
    ids = [pk for text in request.POST.getlist("ids") if (pk := _uuid(text))]
    if request.POST.get("all"):
        rows = listing_for("deals:list").filtered(member, QueryDict(query), Action.EDIT).qs
        wanted = rows.order_by("id")
    else:
        rows = Deal.objects.present().visible_to(member, Action.EDIT)
        wanted = rows.filter(pk__in=ids).order_by("id")
    deals = list(wanted.select_related("stage", "pipeline")[: bulk.LIMIT + 1])
    return {
        "deals": deals[: bulk.LIMIT],
        "is_cut": len(deals) > bulk.LIMIT,
        "limit": bulk.LIMIT,
        "out_of_reach": max(0, len(ids) - len(deals)) if not request.POST.get("all") else 0,
        "ids": [str(deal.pk) for deal in deals[: bulk.LIMIT]],
        "query": query,
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
