"""Phones and addresses of a card: add, label, make primary, remove with undo."""

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
from contacts.forms import KeyForm, PointForm
from contacts.keys_shown import shown_keys
from contacts.models import Company, Contact
from contacts.services import ContactKeyTaken
from contacts.views.common import changed, company_or_404, contact_or_404
from contacts.views.fields import page_of
from core import responses
from core.responses import is_htmx
from tenants.access import require
from tenants.requests import MemberRequest


@require_POST
@require("contacts", "edit")
def add(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a phone or an address to a contact; the undo of a removal posts here too."""
    contact = contact_or_404(request, pk, "edit")
    form = _form(request)
    taken: Contact | None = None
    if form.is_valid() and (key := form.cleaned_data["key"]):
        try:
            services.add_key(contact=contact, key=key, by=request.member, now=timezone.now())
            return _answer(request, contact)
        except ContactKeyTaken as refusal:
            form.add_error("value", str(refusal.message))
            taken = refusal.details.get("contact")  # type: ignore[assignment]
    return _answer(request, contact, form=form, taken=taken, status=422)


@require_POST
@require("contacts", "edit")
def change(request: MemberRequest, pk: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """Label a key, or make it the primary one of its kind."""
    contact = contact_or_404(request, pk, "edit")
    row = get_object_or_404(contact.keys, pk=key)
    services.update_key(
        key=row,
        by=request.member,
        now=timezone.now(),
        label=request.POST.get("label"),
        is_primary=bool(request.POST.get("primary")),
    )
    return _answer(request, contact)


@require_POST
@require("contacts", "edit")
def remove(request: MemberRequest, pk: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """Remove a key."""
    contact = contact_or_404(request, pk, "edit")
    row = get_object_or_404(contact.keys.select_related("contact"), pk=key)
    services.remove_key(key=row, by=request.member, now=timezone.now())
    back = reverse("contacts:key_add", args=[pk])
    undo = f"{back}?{urlencode({'kind': row.kind, 'value': row.value, 'label': row.label})}"
    return responses.toast(_answer(request, contact), _("Removed"), undo_url=undo)


# --- The same of a company ---------------------------------------------------------------------------
@require_POST
@require("companies", "edit")
def add_point(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a phone, an e-mail, a site or an address to a company."""
    company = company_or_404(request, pk, "edit")
    form = _form(request, PointForm)
    if form.is_valid() and (key := form.cleaned_data["key"]):
        services.add_point(company=company, key=key)
        return _answer(request, company)
    return _answer(request, company, form=form, status=422)


@require_POST
@require("companies", "edit")
def change_point(request: MemberRequest, pk: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """Label a company's phone or address."""
    company = company_or_404(request, pk, "edit")
    point = get_object_or_404(company.points, pk=key)
    services.update_point(point=point, label=request.POST.get("label", ""))
    return _answer(request, company)


@require_POST
@require("companies", "edit")
def remove_point(request: MemberRequest, pk: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """Remove a company's phone or address."""
    company = company_or_404(request, pk, "edit")
    point = get_object_or_404(company.points.select_related("company"), pk=key)
    services.remove_point(point=point)
    back = reverse("contacts:point_add", args=[pk])
    undo = f"{back}?{urlencode({'kind': point.kind, 'value': point.value, 'label': point.label})}"
    return responses.toast(_answer(request, company), _("Removed"), undo_url=undo)


def _form(request: MemberRequest, form_class: type[KeyForm] = KeyForm) -> KeyForm:
    """Bind the form; an undo names the key in the address."""
    sent = request.GET if request.GET.get("value") else request.POST
    kind = sent.get("kind") or "phone"
    data = {"value": sent.get("value", ""), "label": sent.get("label", ""), "kind": kind}
    return form_class(data, region=request.tenant.phone_region)


def _answer(
    request: MemberRequest,
    client: Contact | Company,
    *,
    form: KeyForm | None = None,
    taken: Contact | None = None,
    status: int = 200,
) -> HttpResponse:
    if not is_htmx(request) and form is None:
        return responses.redirect(request, page_of(client))
    response = render(
        request, "contacts/keys.html", keys_context(client) | {"form": form, "taken": taken, "may_edit": True},
        status=status,
    )  # fmt: skip
    return changed(response) if form is None else response


def keys_context(client: Contact | Company) -> dict[str, Any]:
    """Collect what the list of phones and addresses prints."""
    is_contact = isinstance(client, Contact)
    rows = client.keys.all() if isinstance(client, Contact) else client.points.order_by("kind", "pk")
    prefix = "key" if is_contact else "point"
    return {
        "client": client,
        "keys": shown_keys(rows),
        "is_contact": is_contact,
        "add_url": reverse(f"contacts:{prefix}_add", args=[client.pk]),
        "change_name": f"contacts:{prefix}_change",
        "remove_name": f"contacts:{prefix}_remove",
    }
