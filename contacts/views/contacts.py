"""A contact's card, and making, removing and restoring one."""

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

from contacts import services
from contacts.facts import facts_of
from contacts.forms import ContactForm
from contacts.models import Contact
from contacts.services import ContactKeyTaken
from contacts.views.common import contact_or_404, pk_of, posted
from contacts.views.fields import addresses
from contacts.views.keys import keys_context
from contacts.views.links import companies_of, company_named
from core import responses
from core.listing.neighbours import place_in_list
from core.responses import is_htmx
from tenants.access import may, require
from tenants.custom_fields import inputs
from tenants.custom_fields.facts import custom_facts
from tenants.models import CustomField, Membership
from tenants.requests import MemberRequest


@require_GET
@require("contacts")
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a contact's card; a deleted one says so and can be restored, a merged one sends to the one it is part of."""
    contact = get_object_or_404(
        Contact.objects.reachable_by(request.member).select_related("owner", "source", "created_by"), pk=pk
    )
    if contact.merged_into_id is not None:
        return responses.redirect(request, reverse("contacts:detail", args=[contact.merged_into_id]))
    part = request.GET.get("part", "")
    name = (
        f"contacts/detail.html#{part}"
        if part in ("head", "side") and is_htmx(request)
        else "contacts/detail.html"
    )
    return render(request, name, card_context(request, contact))


def card_context(request: MemberRequest, contact: Contact) -> dict[str, Any]:
    """Collect what the card prints."""
    rights = {action: _may(request.member, contact, action) for action in ("edit", "delete")}
    came_from = request.GET.get("from", "")[:2000]
    shown = keys_context(contact)
    reached_by = (key.text for key in shown["keys"] if key.kind in ("phone", "email"))
    head_query = urlencode({"from": came_from, "part": "head"})
    return (
        shown
        | companies_of(contact)
        | {
            "contact": contact,
            "title": contact.name or next(reached_by, str(contact)),
            "call_url": next((key.url for key in shown["keys"] if key.kind == "phone"), ""),
            "facts": facts_of(contact),
            "place": place_in_list(
                contact, "contacts:list", came_from, request.member, detail="contacts:detail"
            ),
            "head_url": f"{reverse('contacts:detail', args=[contact.pk])}?{head_query}",
            "custom_groups": custom_facts(contact, CustomField.Entity.CONTACT, **addresses(contact)),
            "may_edit": rights["edit"] and contact.deleted_at is None,
            "may_delete": rights["delete"],
            "may_add_deal": may(request.member, "deals", "add"),
            "may_plan": may(request.member, "activities", "add"),
        }
    )


def _may(member: Membership, contact: Contact, action: str) -> bool:
    return may(member, "contacts", action) and (
        Contact.objects.reachable_by(member, action).filter(pk=contact.pk).exists()
    )


@require_http_methods(["GET", "POST"])
@require("contacts", "add")
def create(request: MemberRequest) -> HttpResponse:
    """Make a contact with a phone, an e-mail and a company, all in one form."""
    initial = {name: request.GET.get(name, "") for name in ("name", "phone", "email", "company")}
    form = ContactForm(
        posted(request),
        request.FILES or None,
        member=request.member,
        region=request.tenant.phone_region,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        known = _known(request)
        try:
            contact = _add_to(known, form, by=request.member) if known else _create(form, by=request.member)
        except ContactKeyTaken as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return responses.redirect(request, reverse("contacts:detail", args=[contact.pk]))
    return render(request, "contacts/create.html", {"form": form}, status=422 if form.is_bound else 200)


def _known(request: MemberRequest) -> Contact | None:
    """The card that was chosen among the hints, to be used instead of a new one."""
    chosen = request.POST.get("use")
    return contact_or_404(request, pk_of(chosen), "edit") if chosen else None


@transaction.atomic
def _add_to(contact: Contact, form: ContactForm, *, by: Membership) -> Contact:
    """Add what was typed to a card that is there: new keys, the company, and what the card lacks."""
    values, now = form.cleaned_data, timezone.now()
    for key in form.written_keys():
        services.add_key(contact=contact, key=key, by=by, now=now)
    told = {name: values[name] for name in ("position", "source", "comment")}
    lacking = {name: value for name, value in told.items() if value and not getattr(contact, name)}
    custom = inputs.given(form, CustomField.Entity.CONTACT, by=by)
    lacking |= {key: value for key, value in custom.items() if key not in contact.custom_values}
    services.update_contact(contact=contact, by=by, now=now, **lacking)
    if values["company"]:
        company = company_named(values["company"], by=by)
        services.link_company(contact=contact, company=company, position=values["position"], by=by, now=now)
    return contact


@transaction.atomic
def _create(form: ContactForm, *, by: Membership) -> Contact:
    values, now = form.cleaned_data, timezone.now()
    fields = {name: values[name] for name in ("name", "position", "source", "owner", "comment")}
    fields |= inputs.given(form, CustomField.Entity.CONTACT, by=by)
    contact = services.create_contact(by=by, now=now, keys=form.written_keys(), **fields)
    if values["company"]:
        company = company_named(values["company"], by=by)
        services.link_company(contact=contact, company=company, position=values["position"], by=by, now=now)
    return contact


@require_POST
@require("contacts", "delete")
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a contact away; the card stays open with the way back."""
    contact = contact_or_404(request, pk, "delete")
    services.delete_contact(contact=contact, by=request.member, now=timezone.now())
    return responses.redirect(request, reverse("contacts:detail", args=[pk]))


@require_POST
@require("contacts", "delete")
def restore(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo a deletion."""
    rows = Contact.objects.reachable_by(request.member, "delete").filter(merged_into=None)
    contact = get_object_or_404(rows, pk=pk)
    services.restore_contact(contact=contact, by=request.member, now=timezone.now())
    return responses.redirect(request, reverse("contacts:detail", args=[pk]))
