"""What robots did and are about to do: of the company, of one deal; called off, done now, done again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from automation import services
from automation.log import lines_of
from automation.models import Robot, RobotRun
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast, trigger
from deals.models import Deal
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

PAGE = 50
OF_DEAL = 20


@require_safe
@require(Section.SETTINGS)
def log(request: MemberRequest) -> HttpResponse:
    """List what robots did, newest first; ?state=, ?robot=, ?before= the last of the page before."""
    rows = _filtered(request, RobotRun.objects.visible_to(request.member))
    found = list(rows.select_related("robot", "deal", "stage")[: PAGE + 1])
    states = [("", _("All")), *((value, str(label)) for value, label in RobotRun.State.choices)]
    chosen = request.GET.get("state", "")
    context: dict[str, Any] = {
        "lines": lines_of(found[:PAGE], may_act=may(request.member, Section.DEALS, Action.EDIT)),
        "more": found[PAGE - 1].pk if len(found) > PAGE else None,
        "states": [(value, label, value == chosen) for value, label in states],
        "robot": _robot(request),
        "is_filtered": bool(chosen or request.GET.get("robot")),
    }
    return render(request, "automation/log.html", context)


def _filtered(request: MemberRequest, rows: QuerySet[RobotRun]) -> QuerySet[RobotRun]:
    if (state := request.GET.get("state")) in RobotRun.State.values:
        rows = rows.filter(state=state)
    if (robot := _robot(request)) is not None:
        rows = rows.filter(robot=robot)
    if (before := _id(request.GET.get("before"))) is not None:
        rows = rows.filter(pk__lt=before)
    return rows.order_by("-pk")  # made in the order of time


def _robot(request: MemberRequest) -> Robot | None:
    pk = _id(request.GET.get("robot"))
    return Robot.objects.filter(pk=pk).first() if pk else None


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


@require_safe
@require(Section.DEALS)
def of_deal(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what robots are about to do with a deal, and did; part of its page."""
    deal = get_object_or_404(Deal.objects.visible_to(request.member), pk=pk)
    rows = RobotRun.objects.filter(deal=deal).select_related("robot", "deal", "stage").order_by("-pk")
    lines = lines_of(rows[:OF_DEAL], may_act=may(request.member, Section.DEALS, Action.EDIT))
    context = {
        "deal": deal,
        "waiting": [line for line in lines if line.run.state == RobotRun.State.WAITING],
        "ended": [line for line in lines if line.run.state != RobotRun.State.WAITING],
    }
    return render(request, "automation/of_deal.html", context)


@require_POST
@require(Section.DEALS, Action.EDIT)
def call_off(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Call off what a robot was about to do."""
    return _act(request, pk, services.call_off, _("Called off"))


@require_POST
@require(Section.DEALS, Action.EDIT)
def do_now(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a robot do it without waiting."""
    return _act(request, pk, services.do_now, _("The robot does it now"))


@require_POST
@require(Section.DEALS, Action.EDIT)
def do_again(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a robot try again what failed."""
    return _act(request, pk, services.do_again, _("The robot tries again"))


def _act(request: MemberRequest, pk: uuid.UUID, act: Callable[..., RobotRun], said: str) -> HttpResponse:
    run = get_object_or_404(RobotRun.objects.visible_to(request.member), pk=pk)
    try:
        act(run=run, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, reverse("deals:detail", args=[run.deal_id]))
    return trigger(toast(HttpResponse(status=204), said, level="ok"), **{"robots:changed": {}})
