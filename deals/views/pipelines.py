"""Settings: the pipelines of the company."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refusal
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect, refused
from deals import cards
from deals.cards import CARD_FIELDS
from deals.fields import label_of
from deals.forms import PipelineCopyForm, PipelineCreateForm, PipelineForm
from deals.models import Deal, Pipeline, Stage, StageRequirement
from deals.services import (
    archive_pipeline,
    copy_pipeline,
    create_pipeline,
    delete_pipeline,
    order_pipelines,
    restore_pipeline,
    update_pipeline,
)
from deals.setup import create_starter_pipeline
from deals.views.common import member_of
from tenants.access import Action, Section, may, require


@require_GET
@require(Section.SETTINGS)
def index(request: HttpRequest) -> HttpResponse:
    """List the pipelines in their order, archived ones below."""
    rows = list(Pipeline.objects.order_by("position", "name"))
    counts = _deal_counts()
    stages: dict[Any, list[Stage]] = {}
    for stage in Stage.objects.filter(kind=Stage.Kind.OPEN).order_by("position"):
        stages.setdefault(stage.pipeline_id, []).append(stage)
    lines: list[dict[str, Any]] = [
        {"pipeline": p, "stages": stages.get(p.pk, []), "count": counts.get(p.pk, 0)} for p in rows
    ]
    context = {
        "lines": [line for line in lines if not line["pipeline"].is_archived],
        "archived": [line for line in lines if line["pipeline"].is_archived],
        "may_edit": may(member_of(request), Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/pipelines.html", context)


def _deal_counts() -> dict[Any, int]:
    """Count the open deals of every pipeline; one GROUP BY."""
    rows = Deal.objects.open().order_by().values_list("pipeline_id").annotate(count=Count("pk"))
    return dict(rows)


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def create(request: HttpRequest) -> HttpResponse:
    """Make a pipeline, empty or from a template, and go on to its stages."""
    member = member_of(request)
    form = PipelineCreateForm(request.POST or None, currency=member.tenant.currency)
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "deals/pipeline_create.html", {"form": form}, status=status)
    data = form.cleaned_data
    try:
        if data["template"]:
            pipeline = create_starter_pipeline(name=data["name"], by=member, template=data["template"])
            update_pipeline(pipeline=pipeline, currency=data["currency"])
        else:
            pipeline = create_pipeline(name=data["name"], currency=data["currency"])
    except Refusal as refusal:
        form.add_error("name", str(refusal.message))
        return render(request, "deals/pipeline_create.html", {"form": form}, status=422)
    return redirect(request, reverse("deals:pipeline", args=[pipeline.pk]))


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS)
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one pipeline with its stages; save its name, currency and what its cards show."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    may_edit = may(member_of(request), Section.SETTINGS, Action.EDIT)
    if request.method == "GET":
        return _page(request, pipeline, PipelineForm(instance=pipeline), may_edit=may_edit)
    return _save(request, pipeline)


@require(Section.SETTINGS, Action.EDIT)
def _save(request: HttpRequest, pipeline: Pipeline) -> HttpResponse:
    form = PipelineForm(
        request.POST, instance=Pipeline(pk=pipeline.pk, currency=pipeline.currency, name=pipeline.name)
    )
    if form.is_valid():
        try:
            update_pipeline(pipeline=pipeline, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("name", str(refusal.message))
        else:
            return redirect(request, reverse("deals:pipeline", args=[pipeline.pk]))
    return _page(request, Pipeline.objects.get(pk=pipeline.pk), form, may_edit=True, status=422)


def _page(
    request: HttpRequest, pipeline: Pipeline, form: PipelineForm, *, may_edit: bool, status: int = 200
) -> HttpResponse:
    stages = Stage.objects.filter(pipeline=pipeline).order_by("position", "id")
    counted = stages.annotate(deal_count=Count("deals", filter=Q(deals__deleted_at=None)))
    demands: dict[Any, dict[str, list[str]]] = {}
    rows = StageRequirement.objects.filter(stage__pipeline=pipeline).values_list(
        "stage_id", "moment", "field"
    )
    for stage_id, moment, field in rows:
        demands.setdefault(stage_id, {}).setdefault(moment, []).append(str(label_of(field)))
    lines: list[dict[str, Any]] = [{"stage": stage} | demands.get(stage.pk, {}) for stage in counted]
    context = {
        "pipeline": pipeline,
        "form": form,
        "lines": [line for line in lines if not line["stage"].is_closed],
        "system": [line for line in lines if line["stage"].is_closed],
        "open_count": Deal.objects.open().filter(pipeline=pipeline).count(),
        "may_edit": may_edit,
        "may_delete_stages": may(member_of(request), Section.STAGES, Action.DELETE),
        "may_see_channels": may(member_of(request), Section.CHANNELS),
        "card": _preview(request, pipeline, pipeline.card_fields),
        "has_aside": True,
    }
    return render(request, "deals/pipeline.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def copy(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask what the copy is called, make it and go on to it."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    usual = _("%(name)s, copy") % {"name": pipeline.name[:85]}
    form = PipelineCopyForm(request.POST or None, initial={"name": usual})
    if form.is_valid():
        try:
            made = copy_pipeline(pipeline=pipeline, name=form.cleaned_data["name"])
        except Refusal as refusal:
            form.add_error("name", str(refusal.message))
        else:
            return redirect(request, reverse("deals:pipeline", args=[made.pk]))
    context = {"form": form, "pipeline": pipeline}
    return render(request, "deals/pipeline_copy.html", context, status=422 if form.is_bound else 200)


@require_GET
@require(Section.SETTINGS)
def card_preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the newest deal of the pipeline as a card with the ticked fields."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    chosen = [name for name in request.GET.getlist("card_fields") if name in CARD_FIELDS]
    return render(request, "deals/card_preview.html", {"card": _preview(request, pipeline, chosen)})


def _preview(request: HttpRequest, pipeline: Pipeline, chosen: list[str]) -> dict[str, Any] | None:
    """Format the newest open deal the member sees there; None where there is none. Two queries at most."""
    deals = Deal.objects.open().visible_to(member_of(request)).filter(pipeline=pipeline)
    row = deals.order_by("-created_at", "-id").values(*cards.READS).first()
    if row is None:
        return None
    stages = Stage.objects.filter(pk=row["stage_id"])
    return cards.formatter(card_fields=chosen, stages=stages, now=timezone.now())(row)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: HttpRequest) -> HttpResponse:
    """Put the pipelines in the order of `order`, or shift one up or down."""
    rows = list(Pipeline.objects.order_by("position", "name"))
    order_pipelines(order=shifted(rows, request.POST) or wished(rows, request.POST))
    return HttpResponse(status=204) if is_htmx(request) else redirect(request, reverse("deals:pipelines"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a pipeline off the boards."""
    archive_pipeline(pipeline=get_object_or_404(Pipeline, pk=pk))
    return redirect(request, reverse("deals:pipelines"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put an archived pipeline back."""
    restore_pipeline(pipeline=get_object_or_404(Pipeline, pk=pk))
    return redirect(request, reverse("deals:pipelines"))


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a pipeline that never had a deal."""
    try:
        delete_pipeline(pipeline=get_object_or_404(Pipeline, pk=pk))
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("deals:pipelines"))
