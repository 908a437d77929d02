"""Task templates: their settings pages, and starting one on a card."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities import services
from activities.access import target_of
from activities.models import ProcessTemplate
from activities.process_forms import ProcessForm, StartForm, StepFormSet, initial_steps, steps_of
from activities.views.answers import CHANGED, posted
from core import responses
from core.errors import Refusal
from core.responses import is_htmx, redirect
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def templates(request: MemberRequest) -> HttpResponse:
    """List the templates, archived ones last."""
    context = {
        "templates": ProcessTemplate.objects.order_by("is_archived", "name").prefetch_related("steps"),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "activities/settings/templates.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Write a new template."""
    return _page(request, None, title=_("New task template"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def change(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a template; what runs goes on by the new steps."""
    template: ProcessTemplate = get_object_or_404(ProcessTemplate, pk=pk)
    return _page(request, template, title=template.name, template=template)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def archive(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a template out of the choice, or bring it back."""
    template: ProcessTemplate = get_object_or_404(ProcessTemplate, pk=pk)
    services.archive_template(template=template, by=request.member, is_archived=not template.is_archived)
    return redirect(request, reverse("activities:templates"))


def _page(request: MemberRequest, row: ProcessTemplate | None, **context: Any) -> HttpResponse:
    data = posted(request)
    form = ProcessForm(data, instance=row)
    steps = StepFormSet(data, initial=initial_steps(row), prefix="steps")
    if data is not None and form.is_valid() and steps.is_valid():
        template = form.save(commit=False)
        services.save_template(template=template, steps=steps_of(steps, row), by=request.member)
        messages.success(request, _("Saved"))
        return redirect(request, reverse("activities:templates"))
    context |= {"form": form, "steps": steps, "back_url": reverse("activities:templates")}
    status = 422 if data is not None else 200
    return render(request, "activities/settings/template_form.html", context, status=status)


@require_http_methods(FORM)
@require("activities", "add")
def start(request: MemberRequest) -> HttpResponse:
    """Choose a template and start it on the card named in the address."""
    target = target_of(request.GET, request.member)
    form = StartForm(posted(request))
    if request.method == "POST" and form.is_valid():
        template = form.cleaned_data["template"]
        try:
            services.start_process(
                template=template, by=request.member, now=timezone.now(), **target.as_keywords
            )
        except Refusal as refusal:
            return responses.refused(request, refusal)
        return _started(request, template, target.url)
    context = {
        "form": form,
        "target": target,
        "templates": ProcessTemplate.objects.usable().prefetch_related("steps"),
        "may_set": may(request.member, Section.SETTINGS, Action.ADD),
    }
    return render(request, "activities/start.html", context, status=422 if form.is_bound else 200)


def _started(request: MemberRequest, template: ProcessTemplate, url: str) -> HttpResponse:
    told = _("Started: %(name)s") % {"name": template.name}
    if not is_htmx(request):
        messages.success(request, told)
        return redirect(request, url)
    response = responses.trigger(HttpResponse(status=204), **{CHANGED: {}, "dialog:close": {}})
    return responses.toast(response, told, level="ok")
