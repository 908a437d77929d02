"""Settings: the stages of a pipeline."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refusal
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect, refused
from deals.errors import DealsLackFields, StageFull
from deals.forms import StageDeleteForm, StageForm
from deals.models import Deal, Pipeline, Stage, StageRequirement
from deals.services import create_stage, delete_stage, order_stages, set_requirements, update_stage
from deals.views.common import member_of
from tenants.access import Action, Section, require


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a stage behind the others."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    form = StageForm(request.POST or None, initial={"color": _next_color(pipeline)})
    if not form.is_valid():
        return _form(request, form, pipeline)
    stage = create_stage(pipeline=pipeline, **form.values())
    set_requirements(stage=stage, **form.requirements())
    return redirect(request, reverse("deals:pipeline", args=[pipeline.pk]))


def _next_color(pipeline: Pipeline) -> int:
    return Stage.objects.open().filter(pipeline=pipeline).count() % 12 + 1


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a stage and what it demands."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    demands: dict[str, list[str]] = {"enter": [], "leave": []}
    for moment, name in StageRequirement.objects.filter(stage=stage).values_list("moment", "field"):
        demands[moment].append(name)
    form = StageForm(request.POST or None, instance=stage, initial=demands)
    if not form.is_valid():
        return _form(request, form, stage.pipeline, stage)
    update_stage(stage=stage, **form.values())
    set_requirements(stage=stage, **form.requirements())
    return redirect(request, reverse("deals:pipeline", args=[stage.pipeline_id]))


def _form(
    request: HttpRequest, form: StageForm, pipeline: Pipeline, stage: Stage | None = None
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "pipeline": pipeline, "stage": stage}
    return render(request, "deals/stage.html", context, status=status)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put the open stages in the order of `order`, or shift one up or down."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    rows = list(Stage.objects.open().filter(pipeline=pipeline).order_by("position", "id"))
    order_stages(pipeline=pipeline, order=shifted(rows, request.POST) or wished(rows, request.POST))
    if is_htmx(request):
        return HttpResponse(status=204)
    return redirect(request, reverse("deals:pipeline", args=[pipeline.pk]))


@require_http_methods(["GET", "POST"])
@require(Section.STAGES, Action.DELETE)
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask where the stage's deals go, and delete it; without deals it goes at once."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    count = Deal.objects.filter(stage=stage).count()
    form = StageDeleteForm(request.POST or None, stage=stage) if count else None
    if request.method == "GET" or (form is not None and not form.is_valid()):
        return _ask(request, stage, form, count)
    move_to = form.cleaned_data["move_to"] if form is not None else None
    try:
        delete_stage(stage=stage, by=member_of(request), now=timezone.now(), move_to=move_to)
    except (DealsLackFields, StageFull) as refusal:
        assert form is not None
        form.add_error("move_to", str(refusal.message))
        return _ask(request, stage, form, count)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("deals:pipeline", args=[stage.pipeline_id]))


def _ask(request: HttpRequest, stage: Stage, form: StageDeleteForm | None, count: int) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "stage": stage, "count": count}
    return render(request, "deals/stage_delete.html", context, status=status)
