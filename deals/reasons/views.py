"""Settings: rejection reasons."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.responses import redirect
from deals.models import RejectionReason
from deals.reasons import services
from deals.reasons.forms import ReasonForm
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def reasons(request: HttpRequest) -> HttpResponse:
    """List the reasons in the order they are offered."""
    is_archived = "archived" in request.GET
    rows = list(RejectionReason.objects.filter(is_archived=is_archived))
    member = request.member  # type: ignore[attr-defined]
    context = {
        "reasons": rows,
        "is_archived": is_archived,
        "archived_count": len(rows)
        if is_archived
        else RejectionReason.objects.filter(is_archived=True).count(),
        "may_add": may(member, Section.SETTINGS, Action.ADD),
        "may_edit": may(member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/reasons/list.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def reason_create(request: HttpRequest) -> HttpResponse:
    """Add a reason."""
    return form_page(
        request,
        ReasonForm(request.POST or None),
        lambda values: services.create_reason(by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:reasons"),
        title=_("New reason"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def reason(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a reason."""
    found = get_object_or_404(RejectionReason, pk=pk)
    return form_page(
        request,
        ReasonForm(request.POST or None, instance=found),
        lambda values: services.update_reason(reason=found, by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:reasons"),
        template="deals/reasons/reason.html",
        title=found.name,
        reason=found,
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def reason_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive a reason, or with archived=0 bring it back."""
    services.archive_reason(
        reason=get_object_or_404(RejectionReason, pk=pk),
        by=request.member,  # type: ignore[attr-defined]
        is_archived=request.POST.get("archived") != "0",
    )
    return redirect(request, reverse("tenants:reasons"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def reason_move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a reason one place: step=up or step=down."""
    found = get_object_or_404(RejectionReason, pk=pk, is_archived=False)
    step = -1 if request.POST.get("step") == "up" else 1
    services.move_reason(reason=found, by=request.member, step=step)  # type: ignore[attr-defined]
    return redirect(request, reverse("tenants:reasons"))
