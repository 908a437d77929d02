"""The timeline of a card."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities.access import target_of
from activities.timeline import Timeline
from activities.when import presets
from core.responses import is_htmx
from tenants.access import open_to_members
from tenants.requests import MemberRequest


@require_GET
@open_to_members
def timeline(request: MemberRequest) -> HttpResponse:
    """Show the timeline of ?lead=, ?deal=, ?contact= or ?company=; a page of its own without HTMX."""
    target = target_of(request.GET, request.member)
    now = timezone.now()
    line = Timeline(
        target,
        request.member,
        show=request.GET.get("show", ""),
        before=request.GET.get("before", ""),
        now=now,
    )
    context = {"line": line, "target": target, "presets": presets(now), "card_url": target.url}
    if not is_htmx(request):
        return render(request, "activities/timeline_page.html", context)
    part = "more" if line.before else "timeline"
    return render(request, f"activities/timeline.html#{part}", context)
