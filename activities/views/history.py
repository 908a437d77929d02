"""The history of a card: who changed what, when, from what to what."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from activities.access import target_of
from activities.history import History
from core.responses import is_htmx
from tenants.access import open_to_members
from tenants.requests import MemberRequest


@require_GET
@open_to_members
def history(request: MemberRequest) -> HttpResponse:
    """Show the changes of ?lead=, ?deal=, ?contact= or ?company=; ?before= asks for older ones."""
    target = target_of(request.GET, request.member)
    line = History(target, before=request.GET.get("before", ""))
    is_more = bool(line.before) and is_htmx(request)
    template = "activities/history.html#lines" if is_more else "activities/history.html"
    return render(request, template, {"history": line, "target": target})
