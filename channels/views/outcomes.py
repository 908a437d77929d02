"""Settings: outcomes that dialogs are closed with."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels import services
from channels.dialog_forms import OutcomeForm
from channels.models import DialogOutcome
from core.responses import redirect
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def outcomes(request: MemberRequest) -> HttpResponse:
    """List the outcomes in the order they are offered."""
    is_archived = "archived" in request.GET
    context = {
        "outcomes": list(DialogOutcome.objects.filter(is_archived=is_archived).select_related("reason")),
        "is_archived": is_archived,
        "archived_count": DialogOutcome.objects.filter(is_archived=True).count(),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "dialogs/settings/outcomes.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Add an outcome."""
    return form_page(
        request,
        OutcomeForm(request.POST or None),
        lambda values: services.create_outcome(by=request.member, **values),
        back=reverse("channels:outcomes"),
        title=_("New outcome"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def outcome(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change an outcome."""
    found = get_object_or_404(DialogOutcome, pk=pk)
    name = found.name
    return form_page(
        request,
        OutcomeForm(request.POST or None, instance=found),
        lambda values: services.update_outcome(outcome=found, by=request.member, **values),
        back=reverse("channels:outcomes"),
        template="dialogs/settings/outcome.html",
        title=name,
        outcome=found,
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def archive(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive an outcome, or with archived=0 bring it back."""
    found = get_object_or_404(DialogOutcome, pk=pk)
    is_archived = request.POST.get("archived") != "0"
    services.archive_outcome(outcome=found, by=request.member, is_archived=is_archived)
    return redirect(request, reverse("channels:outcomes"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def move(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Move an outcome one place: step=up or step=down."""
    found = get_object_or_404(DialogOutcome, pk=pk, is_archived=False)
    step = -1 if request.POST.get("step") == "up" else 1
    services.move_outcome(outcome=found, by=request.member, step=step)
    return redirect(request, reverse("channels:outcomes"))
