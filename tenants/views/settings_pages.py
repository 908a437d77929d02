"""The settings' first page and the company's own settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenants import settings_menu
from tenants.access import Action, Section, open_to_members, require
from tenants.dialogs import form_page
from tenants.forms import CompanyForm
from tenants.services import update_company


@require_safe
@open_to_members
def index(request: HttpRequest) -> HttpResponse:
    """List what the member may set; on a phone this is the menu."""
    return render(request, "tenants/settings.html", {"groups": settings_menu.groups(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def company(request: HttpRequest) -> HttpResponse:
    """Show and change the company's settings."""
    member = request.member  # type: ignore[attr-defined]
    form = CompanyForm(request.POST or None, instance=member.tenant)
    return form_page(
        request,
        form,
        lambda values: update_company(tenant=member.tenant, by=member, **values),
        back=reverse("tenants:company"),
        template="tenants/company.html",
        title=_("Company"),
    )
