"""Settings: what other currencies cost."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.responses import redirect
from tenants import tasks
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.forms import RateForm
from tenants.models import CurrencyRate
from tenants.rates import rates_on
from tenants.requests import MemberRequest
from tenants.services import delete_rate, follow_bank, set_rate

SHOWN = 200


@require_safe
@require(Section.SETTINGS)
def index(request: MemberRequest) -> HttpResponse:
    """List the rates of the last days, those in force marked, and whether the bank's are taken."""
    tenant = request.tenant
    rows = CurrencyRate.objects.filter(base=tenant.currency).select_related("set_by")
    in_force = rates_on(tenant, timezone.localdate())
    context = {
        "rates": [(rate, _is_in_force(rate, in_force.known)) for rate in rows[:SHOWN]],
        "tenant": tenant,
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "tenants/rates.html", context)


def _is_in_force(rate: CurrencyRate, known: object) -> bool:
    found = known.get(rate.currency)  # type: ignore[attr-defined]
    return found is not None and found.on == rate.on


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def create(request: MemberRequest) -> HttpResponse:
    """Type a rate in, or put another in the place of a day's."""
    tenant = request.tenant
    form = RateForm(request.POST or None, base=tenant.currency, initial={"on": timezone.localdate()})
    return form_page(
        request,
        form,
        lambda values: set_rate(tenant=tenant, by=request.member, now=timezone.now(), **values),
        back=reverse("tenants:rates"),
        title=_("Currency rate"),
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a rate away."""
    delete_rate(rate=get_object_or_404(CurrencyRate, pk=pk), by=request.member)
    return redirect(request, reverse("tenants:rates"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def follow(request: MemberRequest) -> HttpResponse:
    """Take the bank's rates from now on, or no longer; asks for today's at once."""
    is_on = request.POST.get("is_on") == "1"
    follow_bank(tenant=request.tenant, by=request.member, is_on=is_on)
    if is_on:
        tasks.take_rates.after_commit()
        messages.info(request, _("The bank is being asked: the rates will be here in a moment."))
    return redirect(request, reverse("tenants:rates"))
