"""Settings: what each role may do in a pipeline and its stages."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core.errors import Refusal
from core.responses import redirect, refused
from deals.forms import PipelineRightsForm
from deals.models import Pipeline, Stage
from deals.views.common import member_of
from tenants.access import Section, require
from tenants.models import Role
from tenants.services import set_pipeline_rights


@require_http_methods(["GET", "POST"])
@require(Section.SETTINGS)
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the table of roles and stages; an administrator changes it."""
    pipeline, by = get_object_or_404(Pipeline, pk=pk), member_of(request)
    form = PipelineRightsForm(
        request.POST or None,
        pipeline=pipeline,
        roles=Role.objects.order_by("name"),
        stages=Stage.objects.filter(pipeline=pipeline).order_by("position", "id"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_pipeline_rights(by=by, pipeline_id=pipeline.pk, levels=form.levels())
        except Refusal as refusal:
            return refused(request, refusal)
        return redirect(request, reverse("deals:pipeline", args=[pipeline.pk]))
    context = {"form": form, "pipeline": pipeline, "may_edit": by.role.is_admin}
    return render(request, "deals/rights.html", context, status=422 if form.is_bound else 200)
