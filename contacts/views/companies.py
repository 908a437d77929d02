"""A company's card, its legal details, and making, removing and restoring one."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import services
from contacts.facts import facts_of
from contacts.forms import CompanyForm, LegalDetailsForm
from contacts.models import Company, LegalDetails
from contacts.views.common import changed, company_or_404, pk_of, posted
from contacts.views.fields import addresses
from contacts.views.keys import keys_context
from contacts.views.links import people_of
from core import responses
from core.listing.neighbours import place_in_list
from core.responses import is_htmx
from tenants.access import may, require
from tenants.custom_fields import inputs
from tenants.custom_fields.facts import custom_facts
from tenants.models import CustomField, Membership
from tenants.requests import MemberRequest

_UNDO_SALT = "contacts.legal"


@require_GET
@require("companies")
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a company's card; a deleted one says so and can be restored, a merged one sends to the one it is part of."""
    rows = Company.objects.reachable_by(request.member)
    company = get_object_or_404(rows.select_related("owner", "source", "head_company"), pk=pk)
    if company.merged_into_id is not None:
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.merged_into_id]))
    part = request.GET.get("part", "")
    name = "contacts/company_detail.html"
    if part in ("head", "legal") and is_htmx(request):
        name = f"{name}#{part}"
    return render(request, name, _card_context(request, company))


def _card_context(request: MemberRequest, company: Company) -> dict[str, Any]:
    shown = keys_context(company)
    rights = {action: _may(request.member, company, action) for action in ("edit", "delete")}
    came_from = request.GET.get("from", "")[:2000]
    return shown | {
        "company": company,
        "call_url": next((key.url for key in shown["keys"] if key.kind == "phone"), ""),
        "people": people_of(company),
        "details": company.legal_details.order_by("pk"),
        "branches": Company.objects.present().filter(head_company=company).order_by("name")[:50],
        "facts": facts_of(company),
        "place": place_in_list(
            company, "contacts:company_list", came_from, request.member, detail="contacts:company_detail"
        ),
        "head_url": f"{reverse('contacts:company_detail', args=[company.pk])}?{urlencode({'from': came_from, 'part': 'head'})}",
        "custom_groups": custom_facts(company, CustomField.Entity.COMPANY, **addresses(company)),
        "may_edit": rights["edit"] and company.deleted_at is None,
        "may_delete": rights["delete"],
        "may_add_deal": may(request.member, "deals", "add"),
        "may_plan": may(request.member, "activities", "add"),
    }


def _may(member: Membership, company: Company, action: str) -> bool:
    return may(member, "companies", action) and (
        Company.objects.reachable_by(member, action).filter(pk=company.pk).exists()
    )


@require_http_methods(["GET", "POST"])
@require("companies", "add")
def create(request: MemberRequest) -> HttpResponse:
    """Make a company with its INN, a phone and an e-mail."""
    form = CompanyForm(
        posted(request),
        request.FILES or None,
        member=request.member,
        region=request.tenant.phone_region,
        initial={"name": request.GET.get("name", "")},
    )
    if request.method == "POST" and form.is_valid():
        chosen = request.POST.get("use")
        known = company_or_404(request, pk_of(chosen), "edit") if chosen else None
        company = _add_to(known, form, request) if known else _create(form, request)
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    return render(
        request, "contacts/company_create.html", {"form": form}, status=422 if form.is_bound else 200
    )


@transaction.atomic
def _create(form: CompanyForm, request: MemberRequest) -> Company:
    values = form.cleaned_data
    fields = {name: values[name] for name in ("client_type", "site", "address", "source", "owner")}
    fields |= inputs.given(form, CustomField.Entity.COMPANY, by=request.member)
    company = services.create_company(
        name=values["name"],
        by=request.member,
        now=timezone.now(),
        currency=request.tenant.currency,
        **fields,
    )
    _add_points(company, form)
    return company


@transaction.atomic
def _add_to(company: Company, form: CompanyForm, request: MemberRequest) -> Company:
    """Add what was typed to a card that is there: phones, the INN, and what the card lacks."""
    told = {name: form.cleaned_data[name] for name in ("client_type", "site", "address", "source")}
    lacking = {name: value for name, value in told.items() if value and not getattr(company, name)}
    custom = inputs.given(form, CustomField.Entity.COMPANY, by=request.member)
    lacking |= {key: value for key, value in custom.items() if key not in company.custom_values}
    services.update_company(company=company, by=request.member, now=timezone.now(), **lacking)
    _add_points(company, form)
    return company


def _add_points(company: Company, form: CompanyForm) -> None:
    for key in form.written_keys():
        services.add_point(company=company, key=key)
    inn = form.cleaned_data["inn"]
    if inn and not company.legal_details.filter(inn=inn).exists():
        details = LegalDetails(company=company, title=form.cleaned_data["name"], inn=inn)
        services.save_legal_details(details=details)


@require_POST
@require("companies", "delete")
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a company away; the card stays open with the way back."""
    company = company_or_404(request, pk, "delete")
    services.delete_company(company=company, by=request.member, now=timezone.now())
    return responses.redirect(request, reverse("contacts:company_detail", args=[pk]))


@require_POST
@require("companies", "delete")
def restore(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo a deletion."""
    rows = Company.objects.reachable_by(request.member, "delete").filter(merged_into=None)
    company = get_object_or_404(rows, pk=pk)
    services.restore_company(company=company, by=request.member, now=timezone.now())
    return responses.redirect(request, reverse("contacts:company_detail", args=[pk]))


# --- Legal details -----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@require("companies", "edit")
def add_legal(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a set of legal details; the undo of a removal posts here with what it was."""
    company = company_or_404(request, pk, "edit")
    if request.method == "POST" and (kept := request.GET.get("restore")):
        return _restore_legal(request, company, kept)
    instance = LegalDetails(company=company)
    form = LegalDetailsForm(posted(request), instance=instance, initial={"title": company.name})
    return _legal_form(request, company, form)


@require_http_methods(["GET", "POST"])
@require("companies", "edit")
def edit_legal(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """Change a set of legal details."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.legal_details, pk=details)
    return _legal_form(request, company, LegalDetailsForm(posted(request), instance=row))


@require_POST
@require("companies", "edit")
def remove_legal(request: MemberRequest, pk: uuid.UUID, details: uuid.UUID) -> HttpResponse:
    """Remove a set of legal details."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.legal_details, pk=details)
    kept = signing.dumps({name: getattr(row, name) for name in LegalDetailsForm.Meta.fields}, salt=_UNDO_SALT)
    services.remove_legal_details(details=row)
    undo = f"{reverse('contacts:legal_add', args=[pk])}?restore={kept}"
    return responses.toast(_legal_list(request, company), _("Removed"), undo_url=undo)


def _restore_legal(request: MemberRequest, company: Company, kept: str) -> HttpResponse:
    try:
        values = signing.loads(kept, salt=_UNDO_SALT, max_age=3600)
    except signing.BadSignature:
        raise Http404 from None
    services.save_legal_details(details=LegalDetails(company=company, **values))
    return _legal_list(request, company)


def _legal_form(request: MemberRequest, company: Company, form: LegalDetailsForm) -> HttpResponse:
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "company": company}
        return render(request, "contacts/legal_form.html", context, status=422 if form.is_bound else 200)
    services.save_legal_details(details=form.save(commit=False))
    if not is_htmx(request):
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    response = responses.trigger(HttpResponse(status=204), **{"dialog:close": {}})
    return changed(response)


def _legal_list(request: MemberRequest, company: Company) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    return changed(HttpResponse(status=204))
