"""Settings: conversation scripts and their steps."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels import services
from channels.models import Script
from channels.script_forms import ScriptForm, StepFormSet, initial_steps, steps_of
from core.responses import redirect
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def scripts(request: MemberRequest) -> HttpResponse:
    """List the scripts and where each is shown."""
    rows = Script.objects.select_related("channel", "stage__pipeline").prefetch_related("steps")
    context = {
        "scripts": list(rows),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "dialogs/settings/scripts.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Write a new script."""
    return _page(request, None, title=_("New script"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def change(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a script."""
    script: Script = get_object_or_404(Script, pk=pk)
    may_delete = may(request.member, Section.SETTINGS, Action.DELETE)
    delete_url = reverse("channels:script_delete", args=[pk]) if may_delete else ""
    return _page(request, script, title=script.name, delete_url=delete_url)


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a script."""
    services.delete_script(script=get_object_or_404(Script, pk=pk), by=request.member)
    return redirect(request, reverse("channels:scripts"))


def _page(request: MemberRequest, script: Script | None, **context: Any) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ScriptForm(data, instance=script)
    steps = StepFormSet(data, initial=initial_steps(script), prefix="steps")
    if data is not None and form.is_valid() and steps.is_valid():
        values = {name: form.cleaned_data[name] for name in ("name", "channel", "stage")}
        services.save_script(by=request.member, script=script, steps=steps_of(steps), **values)
        messages.success(request, _("Saved"))
        return redirect(request, reverse("channels:scripts"))
    context |= {"form": form, "steps": steps, "back_url": reverse("channels:scripts")}
    status = 422 if data is not None else 200
    return render(request, "dialogs/settings/script_form.html", context, status=status)
