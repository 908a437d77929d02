"""A company's card, its legal details, and making, removing and restoring one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import categories, services
from contacts.facts import facts_of
from contacts.forms import CompanyForm
from contacts.models import Company, LegalDetails
from contacts.services import LegalDetailsKnown
from contacts.views.common import company_or_404, pk_of, posted
from contacts.views.fields import addresses
from contacts.views.keys import keys_context
from contacts.views.legal import legal_context
from contacts.views.links import people_of
from core import responses
from core.listing.neighbours import place_in_list
from core.responses import is_htmx
from tenants.access import may, require
from tenants.custom_fields import inputs
from tenants.custom_fields.facts import custom_facts
from tenants.models import CustomField, Membership
from tenants.requests import MemberRequest

# What a new company may say beside its name, keys and responsible.
_TOLD = ("client_type", "industry", "site", "city", "address", "source")


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
    place = place_in_list(
        company, "contacts:company_list", came_from, request.member, detail="contacts:company_detail"
    )
    head_query = urlencode({"from": came_from, "part": "head"})
    return (
        shown
        | people_of(company)
        | legal_context(company)
        | {
            "company": company,
            "call_url": next((key.url for key in shown["keys"] if key.kind == "phone"), ""),
            "client_type": categories.label_of("client_type", company.client_type),
            "branches": Company.objects.visible_to(request.member)
            .filter(head_company=company)
            .order_by("name")[:50],
            "facts": facts_of(company),
            "place": place,
            "head_url": f"{reverse('contacts:company_detail', args=[company.pk])}?{head_query}",
            "custom_groups": custom_facts(company, CustomField.Entity.COMPANY, **addresses(company)),
            "may_edit": rights["edit"] and company.deleted_at is None,
            "may_delete": rights["delete"],
            "may_add_deal": may(request.member, "deals", "add"),
            "may_plan": may(request.member, "activities", "add"),
        }
    )


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
    known: Company | None = None
    is_known = False
    if request.method == "POST" and form.is_valid():
        chosen = request.POST.get("use")
        known = company_or_404(request, pk_of(chosen), "edit") if chosen else None
        try:
            company = _add_to(known, form, request) if known else _create(form, request)
        except LegalDetailsKnown as refusal:
            form.add_error("inn", str(refusal.message))
            known, is_known = refusal.details["company"], True  # type: ignore[assignment]
        else:
            return responses.redirect(request, reverse("contacts:company_detail", args=[company.pk]))
    context = {"form": form, "known": _shown_known(known, request.member), "is_known": is_known}
    return render(request, "contacts/company_create.html", context, status=422 if form.is_bound else 200)


def _shown_known(known: Company | None, member: Membership) -> Company | None:
    """The company that has the INN, where the member may see it."""
    return Company.objects.visible_to(member).filter(pk=known.pk).first() if known else None


@transaction.atomic
def _create(form: CompanyForm, request: MemberRequest) -> Company:
    values = form.cleaned_data
    if not request.POST.get("anyway"):
        services.refuse_known(inn=values["inn"], kpp=values["kpp"])
    custom = inputs.given(form, CustomField.Entity.COMPANY, by=request.member)
    company = services.create_company(
        name=values["name"],
        by=request.member,
        now=timezone.now(),
        currency=request.tenant.currency,
        owner=values["owner"],
        **{name: values[name] for name in _TOLD},
        **custom,
    )
    _add_points(company, form)
    return company


@transaction.atomic
def _add_to(company: Company, form: CompanyForm, request: MemberRequest) -> Company:
    """Add what was typed to a card that is there: phones, the INN, and what the card lacks."""
    told = {name: form.cleaned_data[name] for name in _TOLD}
    lacking = {name: value for name, value in told.items() if value and not getattr(company, name)}
    custom = inputs.given(form, CustomField.Entity.COMPANY, by=request.member)
    lacking |= {key: value for key, value in custom.items() if key not in company.custom_values}
    services.update_company(company=company, by=request.member, now=timezone.now(), **lacking)
    _add_points(company, form)
    return company


def _add_points(company: Company, form: CompanyForm) -> None:
    for key in form.written_keys():
        services.add_point(company=company, key=key)
    inn, kpp = form.cleaned_data["inn"], form.cleaned_data["kpp"]
    if inn and not company.legal_details.filter(inn=inn, kpp__in=(kpp, "")).exists():
        details = LegalDetails(company=company, title=form.cleaned_data["name"], inn=inn, kpp=kpp)
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
