"""Plan against fact, and the settings page of the norms behind it."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from activities import services
from activities.forms import NormForm
from activities.models import DayNorm
from activities.plan_fact import PlanFact
from activities.views.answers import posted
from core.responses import redirect
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest


@require_GET
@require("activities")
def plan_fact(request: MemberRequest) -> HttpResponse:
    """Show one's own day or week against the norm; a head sees everybody's."""
    state = PlanFact(request.member, request.GET.dict(), now=timezone.now())
    context = {"state": state, "may_set": may(request.member, Section.SETTINGS, Action.VIEW)}
    return render(request, "activities/plan_fact.html", context)


@require_safe
@require(Section.SETTINGS)
def norms(request: MemberRequest) -> HttpResponse:
    """List what is expected of whom."""
    context = {
        "norms": DayNorm.objects.select_related("role", "member").order_by("member__name", "role__name"),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "activities/settings/norms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def set_norm(request: MemberRequest) -> HttpResponse:
    """Set the norm of a role or a person; one that is there is replaced."""
    form = NormForm(posted(request))
    return form_page(
        request,
        form,
        lambda values: services.set_norm(by=request.member, **values),
        back=reverse("activities:norms"),
        title=_("Norm of a day"),
        intro=_("For everybody of a role, or for one person; the person's own norm wins."),
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def remove_norm(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a norm away."""
    services.remove_norm(norm=get_object_or_404(DayNorm, pk=pk), by=request.member)
    return redirect(request, reverse("activities:norms"))
