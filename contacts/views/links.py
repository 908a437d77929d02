"""Who works where: a contact's companies and a company's people."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
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
def change_place(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Change the contact's position in a company, or make that company the main one."""
    contact = contact_or_404(request, pk, "edit")
    row = get_object_or_404(CompanyMember.objects.working().filter(contact=contact), pk=member)
    is_main = bool(request.POST.get("main"))
    services.update_place(member=row, position=request.POST.get("position"), is_main_company=is_main)
    return _companies(request, contact)


@require_POST
@require("contacts", "edit")
def leave(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Say that the contact no longer works there; the place is kept."""
    contact = contact_or_404(request, pk, "edit")
    row = get_object_or_404(contact.memberships.select_related("contact", "company"), pk=member)
    _dismiss(request, row)
    undo = f"{reverse('contacts:link', args=[pk])}?{urlencode({'company': str(row.company_id)})}"
    return responses.toast(_companies(request, contact), _("No longer works there"), undo_url=undo)


@require_POST
@require("contacts", "edit")
def unlink(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Remove a company that was a mistake."""
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
def change_company_place(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Change a person's position in the company, or make them the one to talk to first."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(CompanyMember.objects.working().filter(company=company), pk=member)
    is_main = bool(request.POST.get("main"))
    services.update_place(member=row, position=request.POST.get("position"), is_main_person=is_main)
    return _people(request, company)


@require_POST
@require("companies", "edit")
def leave_company(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Say that the person no longer works in the company; the place is kept."""
    company = company_or_404(request, pk, "edit")
    row = get_object_or_404(company.members.select_related("contact", "company"), pk=member)
    _dismiss(request, row)
    undo = f"{reverse('contacts:company_link', args=[pk])}?{urlencode({'contact': str(row.contact_id)})}"
    return responses.toast(_people(request, company), _("No longer works there"), undo_url=undo)


def _dismiss(request: MemberRequest, row: CompanyMember) -> None:
    services.dismiss_member(member=row, by=request.member, now=timezone.now(), on=timezone.localdate())


@require_POST
@require("companies", "edit")
def unlink_contact(request: MemberRequest, pk: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    """Remove a person who was put there by mistake."""
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
    context = companies_of(contact) | {"contact": contact, "form": form, "may_edit": True}
    response = render(request, "contacts/companies.html", context, status=status)
    return changed(response) if form is None else response


def _people(
    request: MemberRequest, company: Company, *, form: LinkForm | None = None, status: int = 200
) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, page_of(company))
    context = people_of(company) | {"company": company, "form": form, "may_edit": True}
    response = render(request, "contacts/people.html", context, status=status)
    return changed(response) if form is None else response


def companies_of(contact: Contact) -> dict[str, Any]:
    """List a contact's companies with positions, the main one first, and those they have left; one query."""
    rows: Any = contact.memberships.filter(company__deleted_at=None).select_related("company")
    found = list(rows.order_by("-is_main_company", "pk"))
    return {
        "memberships": [row for row in found if row.left_on is None],
        "former_memberships": [row for row in found if row.left_on is not None],
    }


def people_of(company: Company) -> dict[str, Any]:
    """List a company's people with what is needed to call or write to them, and who has left; two queries."""
    rows: Any = company.members.filter(contact__deleted_at=None).select_related("contact")
    order = (F("left_on").desc(nulls_first=True), "-is_main_person", "contact__name", "pk")
    found = [_person(row) for row in rows.prefetch_related("contact__keys").order_by(*order)[:100]]
    return {
        "people": [person for person in found if person["member"].left_on is None],
        "former_people": [person for person in found if person["member"].left_on is not None],
    }


def _person(row: CompanyMember) -> dict[str, Any]:
    keys = [key for key in shown_keys(row.contact.keys.all()) if key.url]
    return {
        "member": row,
        "contact": row.contact,
        "phone": next((key for key in keys if key.kind == "phone"), None),
        "email": next((key for key in keys if key.kind == "email"), None),
    }
