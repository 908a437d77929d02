"""The sets of legal details of a company: typed or pasted, the main one, archived ones."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contacts import services
from contacts.legal_forms import FIELDS, PastedDetailsForm, with_pasted
from contacts.models import Company, LegalDetails
from contacts.views.common import changed, company_or_404, posted
from core import responses
from core.errors import Refusal
from core.responses import is_htmx
from tenants.access import require
from tenants.requests import MemberRequest

_UNDO_SALT = "contacts.legal"


def legal_context(company: Company) -> dict[str, Any]:
    """Collect the sets of a company, the main one first; one query."""
    rows = list(LegalDetails.objects.filter(company=company).main_first())
    return {
        "details": [row for row in rows if row.archived_at is None],
        "archived_details": [row for row in rows if row.archived_at is not None],
    }


@require_http_methods(["GET", "POST"])
@require("companies", "edit")
def add(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a set of legal details; the undo of a removal posts here with what it was."""
    company = company_or_404(request, pk, "edit")
    if request.method == "POST" and (kept := request.GET.get("restore")):
        return _restore(request, company, kept)
    return _form(request, company, LegalDetails(company=company), initial={"title": company.name})


@require_http_methods(["GET", "POST"])
@require("companies", "edit")
def edit(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """Change a set of legal details."""
    company = company_or_404(request, pk, "edit")
    return _form(request, company, get_object_or_404(company.legal_details, pk=details), initial={})


@require_POST
@require("companies", "edit")
def main(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """Make a set the one documents take by themselves."""
    company = company_or_404(request, pk, "edit")
    services.make_main(details=get_object_or_404(company.legal_details, pk=details))
    return _answer(request, company)


@require_POST
@require("companies", "edit")
def archive(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """No longer offer a set, or with archived=0 offer it again."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.legal_details, pk=details)
    if request.POST.get("archived") == "0":
        services.unarchive_legal_details(details=row)
    else:
        services.archive_legal_details(details=row, now=timezone.now())
    return _answer(request, company)


@require_POST
@require("companies", "edit")
def remove(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """Remove a set of legal details that no document has."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.legal_details, pk=details)
    kept = signing.dumps({name: getattr(row, name) for name in FIELDS}, salt=_UNDO_SALT)
    try:
        services.remove_legal_details(details=row)
    except Refusal as refusal:
        return responses.refused(request, refusal)
    undo = f"{reverse('contacts:legal_add', args=[pk])}?restore={kept}"
    return responses.toast(_answer(request, company), _("Removed"), undo_url=undo)


def _restore(request: MemberRequest, company: Company, kept: str) -> HttpResponse:
    try:
        values = signing.loads(kept, salt=_UNDO_SALT, max_age=3600)
    except signing.BadSignature:
        raise Http404 from None
    services.save_legal_details(details=LegalDetails(company=company, **values))
    return _answer(request, company)


def _form(
    request: MemberRequest, company: Company, instance: LegalDetails, *, initial: dict[str, Any]
) -> HttpResponse:
    """Show the form; take a pasted text apart; or store what was typed and close the dialog."""
    if request.method == "POST" and "recognise" in request.POST:
        form = PastedDetailsForm(instance=instance, initial=with_pasted(request.POST))
        return _shown(request, company, form, status=200)
    form = PastedDetailsForm(posted(request), instance=instance, initial=initial)
    if request.method == "GET" or not form.is_valid():
        return _shown(request, company, form, status=422 if form.is_bound else 200)
    services.save_legal_details(details=form.save(commit=False))
    if not is_htmx(request):
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    return changed(responses.trigger(HttpResponse(status=204), **{"dialog:close": {}}))


def _shown(request: MemberRequest, company: Company, form: PastedDetailsForm, *, status: int) -> HttpResponse:
    context = {"form": form, "company": company, "is_taken_apart": "recognise" in request.POST}
    return render(request, "contacts/legal_form.html", context, status=status)


def _answer(request: MemberRequest, company: Company) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    return changed(HttpResponse(status=204))
