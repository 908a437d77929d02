"""Settings: our companies, and how documents are numbered, worded and reminded of."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.responses import redirect
from deals.documents import setup
from deals.documents.forms import DocumentSettingsForm, OurCompanyForm
from deals.models import OurCompany
from deals.terms import document_settings
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def our_companies(request: MemberRequest) -> HttpResponse:
    """List our companies; the first is offered first."""
    is_archived = "archived" in request.GET
    context = {
        "companies": OurCompany.objects.filter(is_archived=is_archived),
        "is_archived": is_archived,
        "archived_count": OurCompany.objects.filter(is_archived=True).count(),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/documents/our_companies.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def our_company_create(request: MemberRequest) -> HttpResponse:
    """Add one of our companies."""
    return _our_company(request, None)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def our_company(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change one of our companies."""
    return _our_company(request, get_object_or_404(OurCompany, pk=pk))


def _our_company(request: MemberRequest, found: OurCompany | None) -> HttpResponse:
    form = OurCompanyForm(request.POST or None, request.FILES or None, instance=found)

    def save(values: dict[str, Any]) -> None:
        setup.save_our_company(company=found, by=request.member, images=form.pictures(), **form.values())

    return form_page(
        request,
        form,
        save,
        back=reverse("deals:our_companies"),
        template="deals/documents/our_company.html",
        title=found.name if found else _("New company of ours"),
        company=found,
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def our_company_archive(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive one of our companies, or with archived=0 bring it back."""
    setup.archive_our_company(
        company=get_object_or_404(OurCompany, pk=pk),
        by=request.member,
        is_archived=request.POST.get("archived") != "0",
    )
    return redirect(request, reverse("deals:our_companies"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def our_company_move(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Move one of our companies one place: step=up or step=down."""
    step = -1 if request.POST.get("step") == "up" else 1
    company = get_object_or_404(OurCompany, pk=pk, is_archived=False)
    setup.move_our_company(company=company, by=request.member, step=step)
    return redirect(request, reverse("deals:our_companies"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def settings(request: MemberRequest) -> HttpResponse:
    """Set how documents are numbered, what they say, and when money is reminded of."""
    form = DocumentSettingsForm(request.POST or None, instance=document_settings())
    return form_page(
        request,
        form,
        lambda values: setup.save_settings(by=request.member, **form.values()),
        back=reverse("deals:document_settings"),
        template="deals/documents/settings.html",
        title=_("Proposals and invoices"),
    )
