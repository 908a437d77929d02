"""Who works where: a contact's companies and a company's people."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import services
from contacts.forms import LinkForm
from contacts.keys_shown import shown_keys
from contacts.models import Company, CompanyMember, Contact
from contacts.views.common import changed, company_or_404, contact_or_404, pk_of
from contacts.views.fields import page_of
from core import responses
from core.responses import is_htmx
from tenants.access import may, require
from tenants.models import Membership
from tenants.requests import MemberRequest


@require_POST
@require("contacts", "edit")
def link_company(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Link a contact to a company: a chosen one, a known name, or a new one."""
    contact = contact_or_404(request, pk, "edit")
    position = request.POST.get("position") or request.GET.get("position", "")
    company = _chosen_company(request)
    if company is None:
        form = LinkForm(request.POST)
        if not form.is_valid() or not may(request.member, "companies", "add"):
            return _companies(request, contact, form=form, status=422)
        company = company_named(form.cleaned_data["name"], by=request.member)
    services.link_company(
        contact=contact, company=company, position=position, by=request.member, now=timezone.now()
    )
    return _companies(request, contact)


def company_named(name: str, *, by: Membership) -> Company:
    """Return the known company of this name, or make it."""
    known: Company | None = Company.objects.present().named(name).order_by("created_at").first()
    return known or services.create_company(name=name, by=by, now=timezone.now(), owner=by)


def _chosen_company(request: MemberRequest) -> Company | None:
    raw = request.GET.get("company") or request.POST.get("company")
    return get_object_or_404(Company.objects.visible_to(request.member), pk=pk_of(raw)) if raw else None


@require_POST
@require("contacts", "edit")
def unlink(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Say that the contact no longer works there."""
    contact = contact_or_404(request, pk, "edit")
    row = get_object_or_404(contact.memberships.select_related("contact", "company"), pk=member)
    services.unlink_company(member=row, by=request.member, now=timezone.now())
    query = urlencode({"company": str(row.company_id), "position": row.position})
    undo = f"{reverse('contacts:link', args=[pk])}?{query}"
    return responses.toast(_companies(request, contact), _("Removed"), undo_url=undo)


@require_POST
@require("companies", "edit")
def link_contact(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Link a person to a company: one chosen from the known ones, or a new name."""
    company = company_or_404(request, pk, "edit")
    raw = request.GET.get("contact") or request.POST.get("contact")
    position = request.POST.get("position") or request.GET.get("position", "")
    now = timezone.now()
    if raw:
        contact = get_object_or_404(Contact.objects.visible_to(request.member), pk=pk_of(raw))
    else:
        form = LinkForm(request.POST)
        if not form.is_valid() or not may(request.member, "contacts", "add"):
            return _people(request, company, form=form, status=422)
        contact = services.create_contact(
            by=request.member, now=now, name=form.cleaned_data["name"], owner=request.member
        )
    services.link_company(contact=contact, company=company, position=position, by=request.member, now=now)
    return _people(request, company)


@require_POST
@require("companies", "edit")
def unlink_contact(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Say that the person no longer works in the company."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.members.select_related("contact", "company"), pk=member)
    services.unlink_company(member=row, by=request.member, now=timezone.now())
    query = urlencode({"contact": str(row.contact_id), "position": row.position})
    undo = f"{reverse('contacts:company_link', args=[pk])}?{query}"
    return responses.toast(_people(request, company), _("Removed"), undo_url=undo)


# --- Fragments ---------------------------------------------------------------------------------------
def _companies(
    request: MemberRequest, contact: Contact, *, form: LinkForm | None = None, status: int = 200
) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, page_of(contact))
    context = {"contact": contact, "memberships": companies_of(contact), "form": form, "may_edit": True}
    response = render(request, "contacts/companies.html", context, status=status)
    return changed(response) if form is None else response


def _people(
    request: MemberRequest, company: Company, *, form: LinkForm | None = None, status: int = 200
) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, page_of(company))
    context = {"company": company, "people": people_of(company), "form": form, "may_edit": True}
    response = render(request, "contacts/people.html", context, status=status)
    return changed(response) if form is None else response


def companies_of(contact: Contact) -> Any:
    """List a contact's companies with positions."""
    return contact.memberships.filter(company__deleted_at=None).select_related("company").order_by("pk")


def people_of(company: Company) -> list[dict[str, Any]]:
    """List a company's people with what is needed to call or write to them; two queries."""
    rows: Any = company.members.filter(contact__deleted_at=None).select_related("contact")
    found = rows.prefetch_related("contact__keys").order_by("contact__name", "pk")[:100]
    return [_person(row) for row in found]


def _person(row: CompanyMember) -> dict[str, Any]:
    keys = [key for key in shown_keys(row.contact.keys.all()) if key.url]
    return {
        "member": row,
        "contact": row.contact,
        "phone": next((key for key in keys if key.kind == "phone"), None),
        "email": next((key for key in keys if key.kind == "email"), None),
    }
