"""The composer under a card's head: note, task, call, meeting, and a place for replies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activities import services
from activities.access import Target, may_write, target_of
from activities.forms import NoteForm, PlanForm
from activities.models import Activity
from activities.services.entries import storable
from activities.views.answers import CHANGED
from core import responses
from core.responses import is_htmx
from tenants.access import open_to_members, require
from tenants.models import Membership
from tenants.requests import MemberRequest

TABS = ("note", "task", "call", "meeting")


@require_GET
@open_to_members
def composer(request: MemberRequest) -> HttpResponse:
    """Show the composer of a card; nothing to those who may not write."""
    target = target_of(request.GET, request.member)
    if not may_write(request.member):
        return HttpResponse()
    return _composer(request, target, tab=request.GET.get("tab", ""))


@require_POST
@require("activities", "add")
def add_note(request: MemberRequest) -> HttpResponse:
    """Write a note on a card."""
    target = target_of(request.POST, request.member)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _composer(request, target, tab="note", note=form, status=422)
    services.add_note(
        text=form.cleaned_data["text"],
        by=request.member,
        now=timezone.now(),
        **target.as_keywords,
    )
    return _written(request, target, "note", _("Note added"))


@require_POST
@require("activities", "add")
def plan(request: MemberRequest) -> HttpResponse:
    """Plan a task, call or meeting on a card, or write down one that happened."""
    target = target_of(request.POST, request.member)
    now = timezone.now()
    form = PlanForm(request.POST, member=request.member, now=now, auto_id="cmp_%s")
    if not form.is_valid():
        return _composer(request, target, tab=request.POST.get("kind", "task"), plan_form=form, status=422)
    save_plan(form, by=request.member, targets=target.as_keywords)
    told = _("Written down") if form.cleaned_data["is_done"] else _("Planned")
    return _written(request, target, form.cleaned_data["kind"], told)


def save_plan(form: PlanForm, *, by: Membership, targets: dict[str, Any]) -> Activity:
    """Plan what the form says, or log it when it has happened."""
    values = form.cleaned_data
    if values["is_done"]:
        return services.log_activity(
            kind=values["kind"],
            direction="out" if values["kind"] == Activity.Kind.CALL else "",
            occurred_at=form.now,
            author=by,
            subject=values["subject"],
            text=values["text"],
            **targets,
        )
    return services.plan_activity(
        kind=values["kind"],
        subject=values["subject"],
        text=values["text"],
        due_at=values["due_at"],
        remind_at=values["remind_at"],
        owner=values["owner"],
        by=by,
        now=form.now,
        participants=values["participants"],
        guests=values["guests"],
        **form.details,
        **targets,
    )


@require_GET
@open_to_members
def colleagues(request: MemberRequest) -> JsonResponse:
    """List the colleagues whose name begins with ?q=, for @mentions."""
    query = storable(request.GET.get("q", "")).strip()[:60]
    found = Membership.objects.active().filter(name__icontains=query).order_by("name")[:8]
    rows = [{"id": str(row.pk), "name": row.name} for row in found]
    return JsonResponse({"results": rows})


def _written(request: MemberRequest, target: Target, tab: str, text: str) -> HttpResponse:
    """Answer with an empty composer; the timeline reads itself again."""
    if not is_htmx(request):
        return responses.redirect(request, f"{request.path}?{target.query}")
    response = _composer(request, target, tab=tab)
    responses.trigger(response, **{CHANGED: {}})
    return responses.toast(response, text, level="ok")


def _composer(
    request: MemberRequest,
    target: Target,
    *,
    tab: str = "",
    note: NoteForm | None = None,
    plan_form: PlanForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    member: Membership = request.member
    context = {
        "target": target,
        "tab": tab if tab in TABS else "",
        "note": note or NoteForm(),
        "may_reply": target.name != "company" and target.may_edit(member),
        "plan": plan_form or _blank_plan(member, now),
        "card_url": target.url,
        "is_page": not is_htmx(request),
    }
    name = "activities/composer_page.html" if context["is_page"] else "activities/composer.html#composer"
    return render(request, name, context, status=status)


def _blank_plan(member: Membership, now: dt.datetime) -> PlanForm:
    return PlanForm(
        member=member, now=now, auto_id="cmp_%s", initial={"kind": "task", "when": "tomorrow", "remind": "15"}
    )
