"""The robots of a pipeline under its columns, their order, and a test run."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from automation.board import columns_of
from automation.forms import TrialForm
from automation.models import Robot
from automation.services import order_robots, try_stage
from automation.views.common import board_url, pipeline_of, stage_or_404
from automation.words import outcome_words
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect
from deals.models import Deal, Pipeline
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

TRIED_AMONG = 50  # newest deals of the stage and of the pipeline that are offered


@require_safe
@require(Section.SETTINGS)
def board(request: MemberRequest) -> HttpResponse:
    """Show the robots of a pipeline by stage."""
    pipeline = pipeline_of(request.GET.get("pipeline"))
    context: dict[str, Any] = {
        "pipeline": pipeline,
        "pipelines": [(one, board_url(one.pk)) for one in Pipeline.objects.active()],
        "columns": columns_of(pipeline, now=timezone.now()) if pipeline else [],
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "automation/board.html", context)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: MemberRequest) -> HttpResponse:
    """Put the robots of a stage in the order of `order`, or shift one up or down."""
    some = _named(request)
    rows = list(Robot.objects.filter(stage=some.stage_id).in_order()) if some else []
    order_robots(order=shifted(rows, request.POST) or wished(rows, request.POST), by=request.member)
    if is_htmx(request) or some is None:
        return HttpResponse(status=204)
    return redirect(request, board_url(some.stage.pipeline_id))


def _named(request: MemberRequest) -> Robot | None:
    """Find one of the robots a form of order names; they all stand in one stage."""
    data = request.POST
    first = data.get("up") or data.get("down") or data.get("order", "").partition(",")[0]
    try:
        return Robot.objects.select_related("stage").filter(pk=uuid.UUID(first)).first()
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS)
def trial(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Try the robots of a stage on a deal: what each would do. Nothing stays of it."""
    stage = stage_or_404(pk)
    own = Deal.objects.visible_to(request.member).present().filter(pipeline=stage.pipeline_id)
    newest = list(own.order_by("-created_at").values_list("pk", flat=True)[:TRIED_AMONG])
    here = list(own.filter(stage=stage).order_by("-created_at").values_list("pk", flat=True)[:TRIED_AMONG])
    deals = Deal.objects.filter(pk__in=[*here, *newest]).order_by("-created_at")
    form = TrialForm(request.POST or None, deals=deals)
    lines = []
    if request.method == "POST" and form.is_valid():
        found = try_stage(stage=stage, deal=form.cleaned_data["deal"], by=request.member, now=timezone.now())
        lines = [(one, outcome_words(one.ended.outcome, one.ended.params)) for one in found]
    is_refused = form.is_bound and not form.is_valid()
    context = {"stage": stage, "form": form, "lines": lines, "back_url": board_url(stage.pipeline_id)}
    return render(request, "automation/trial.html", context, status=422 if is_refused else 200)
