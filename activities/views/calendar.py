"""The calendar, and one activity by itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activities import services
from activities.access import may_take, readable_activity
from activities.addresses import page_of
from activities.models import Activity
from activities.planner import Planner
from activities.services import ActivityAlreadyDone
from activities.services.planning import KINDS
from activities.views.answers import said, too_late
from activities.when import presets
from tenants.access import Action, may, require
from tenants.requests import MemberRequest


@require_GET
@require("activities")
def calendar(request: MemberRequest) -> HttpResponse:
    """Show a day, a week or a month: one's own, a colleague's, or everybody's one may see."""
    planner = Planner(request.member, request.GET.dict(), now=timezone.now())
    context: dict[str, Any] = {
        "planner": planner,
        "views": [("day", _("Day")), ("week", _("Week")), ("month", _("Month"))],
        "kinds": [(kind.value, str(kind.label)) for kind in KINDS],
        "may_add": may(request.member, "activities", Action.ADD),
    }
    part = "#grid" if request.headers.get("HX-Target") == "calendar" else ""
    return render(request, f"activities/calendar.html{part}", context)


@require_GET
@require("activities")
def show(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one activity with everything that can be done with it."""
    activity = readable_activity(request.member, pk)
    now = timezone.now()
    mine = Activity.objects.visible_to(request.member, Action.EDIT).filter(pk=pk)
    may_edit = not activity.is_done and activity.kind in KINDS and mine.exists()
    context = {
        "activity": activity,
        "people": activity.participants.select_related("member"),
        "card_url": page_of(activity),
        "may_edit": may_edit,
        "may_take": may_take(request.member, activity),
        "presets": presets(now),
        "is_late": not activity.is_done and activity.due_at is not None and activity.due_at < now,
    }
    return render(request, "activities/show.html", context)


@require_POST
@require("activities", "edit")
def take(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a colleague's activity over."""
    activity = readable_activity(request.member, pk)
    if not may_take(request.member, activity):
        return too_late(request, ActivityAlreadyDone())
    try:
        services.take_activity(activity=activity, by=request.member, now=timezone.now())
    except ActivityAlreadyDone as refusal:
        return too_late(request, refusal)
    return said(request, activity, _("It is yours now"))
