"""The feed of the team."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities.feed_page import Feed
from core.responses import is_htmx
from tenants.access import require
from tenants.requests import MemberRequest


@require_GET
@require("activities")
def feed(request: MemberRequest) -> HttpResponse:
    """Show what happened last; ?after= gives what came since, ?before= what was earlier."""
    state = Feed(request.member, request.GET.dict(), now=timezone.now())
    part = ""
    if is_htmx(request) and state.after:
        part = "#news"
    elif is_htmx(request) and state.before:
        part = "#rows"
    return render(request, f"activities/feed.html{part}", {"feed": state})
