"""Answers to giving a deal to somebody whose deals one may not see: its page is gone for the one who gave it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.responses import is_htmx, redirect, toast, trigger
from deals.models import Deal
from deals.views.common import member_of


def is_handed_away(request: HttpRequest, deal: Deal) -> bool:
    """Say whether the acting member no longer sees the deal."""
    return not Deal.objects.present().visible_to(member_of(request)).filter(pk=deal.pk).exists()


def handed_away(request: HttpRequest, deal: Deal, *, next_url: str = "") -> HttpResponse:
    """Say who has the deal now, and leave its page: for the board, unless the deal was given from a list."""
    text = _("Handed over to %(name)s") % {"name": deal.owner.name if deal.owner else _("Nobody")}
    page = reverse("deals:detail", args=[deal.pk])
    came_from = urlsplit(request.headers.get("HX-Current-URL", page)).path
    if is_htmx(request) and not came_from.startswith((page, reverse("deals:create"))):
        event = {"id": str(deal.pk), "stage": str(deal.stage_id)}
        response = trigger(HttpResponse(status=204), **{"dialog:close": {}, "deal:moved": event})
        return toast(response, text, level="ok")
    messages.success(request, text)
    is_elsewhere = next_url and urlsplit(next_url).path != page
    return redirect(request, next_url if is_elsewhere else reverse("deals:board"))
