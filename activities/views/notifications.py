"""The bell: what a person should hear about."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from activities import notices
from activities.models import Notification
from activities.services import mark_read
from core import responses
from core.responses import is_htmx
from tenants.access import open_to_members
from tenants.requests import MemberRequest

SHOWN = 30


@require_GET
@open_to_members
def notifications(request: MemberRequest) -> HttpResponse:
    """Show the latest notifications: in the bell as a fragment, else as a page."""
    rows = Notification.objects.filter(member=request.member)
    before = request.GET.get("before", "")
    if before:
        rows = rows.filter(pk__lt=_uuid(before))
    found = list(rows.order_by("-pk")[: SHOWN + 1])
    context = {
        "notices": [notices.describe(row) for row in found[:SHOWN]],
        "next_before": str(found[SHOWN - 1].pk) if len(found) > SHOWN else "",
    }
    if not is_htmx(request):
        return render(request, "activities/notifications_page.html", context)
    part = "more" if before else "list"
    return render(request, f"activities/notifications.html#{part}", context)


@require_GET
@open_to_members
def notice(request: MemberRequest, pk: uuid.UUID) -> JsonResponse:
    """Say one notification, for the message a page shows when it arrives."""
    row = get_object_or_404(Notification, pk=pk, member=request.member)
    line = notices.describe(row)
    told = {"text": line.spoken, "href": line.url, "is_quiet": row.is_quiet, "is_silent": row.is_silent}
    return JsonResponse(told)


@require_GET
@open_to_members
def follow(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Go where a notification leads; it has been read then."""
    row = get_object_or_404(Notification, pk=pk, member=request.member)
    if row.read_at is None:
        row.read_at = timezone.now()
        row.save(update_fields=["read_at"])
    return responses.redirect(request, row.url or "/")


@require_POST
@open_to_members
def read_all(request: MemberRequest) -> HttpResponse:
    """Mark read what the bell has shown; lines that came since stay new."""
    latest = Notification.objects.filter(
        member=request.member, pk=_uuid(request.POST.get("up_to", ""))
    ).first()
    mark_read(member=request.member, now=timezone.now(), up_to=latest.created_at if latest else None)
    if not is_htmx(request):
        return responses.redirect(request, reverse("activities:notifications"))
    return responses.trigger(HttpResponse(status=204), **{"live:notification": {}})


def _uuid(raw: str) -> uuid.UUID:
    try:
        return uuid.UUID(raw)
    except ValueError:
        return uuid.UUID(int=0)
