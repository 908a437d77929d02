"""Editing one fact of a card in its place; a page of its own without scripts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from contacts import services
from contacts.conflicts import mark_for
from contacts.facts import EDITED_IN_PLACE, fact_of, label_of
from contacts.forms import GROUPS, CompanyFieldForm, ContactFieldForm, keep_only
from contacts.models import Company, Contact
from contacts.services.history import entity_of
from contacts.views.common import changed, company_or_404, contact_or_404, posted
from core import responses
from core.errors import Refusal
from core.responses import is_htmx
from tenants.access import Action, require
from tenants.custom_fields import inputs
from tenants.custom_fields.definitions import editable_or_none, is_custom
from tenants.custom_fields.facts import custom_fact
from tenants.custom_fields.files import file_response
from tenants.custom_fields.inputs import CustomFieldForm
from tenants.requests import MemberRequest


@require_http_methods(["GET", "POST"])
@require("contacts", "edit")
def contact_field(request: MemberRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Show or save one fact of a contact."""
    contact = contact_or_404(request, pk, Action.EDIT)
    initial = {"has_consented": contact.consented_at is not None}
    form = _form(ContactFieldForm, request, contact, name, initial)
    return _answer(request, contact, name, form)


@require_http_methods(["GET", "POST"])
@require("companies", "edit")
def company_field(request: MemberRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Show or save one fact of a company."""
    company = company_or_404(request, pk, Action.EDIT)
    form = _form(CompanyFieldForm, request, company, name, {})
    return _answer(request, company, name, form)


@require_GET
@require("contacts")
def contact_file(request: MemberRequest, pk: uuid.UUID, name: str) -> FileResponse:
    """Hand out the file a custom field of a contact holds."""
    return file_response(contact_or_404(request, pk), name)


@require_GET
@require("companies")
def company_file(request: MemberRequest, pk: uuid.UUID, name: str) -> FileResponse:
    """Hand out the file a custom field of a company holds."""
    return file_response(company_or_404(request, pk), name)


def _form(
    form_class: Any, request: MemberRequest, client: Contact | Company, name: str, initial: dict[str, Any]
) -> Any:
    files = request.FILES or None
    if (custom := editable_or_none(entity_of(client), name)) is not None:
        return CustomFieldForm(posted(request), files, custom=custom, record=client)
    if name not in EDITED_IN_PLACE[type(client)]:
        raise Http404
    # The form works on a copy: construct_instance must not change what the service compares with.
    copy = type(client).objects.get(pk=client.pk)
    form = form_class(posted(request), instance=copy, initial=initial)
    keep_only(form, name)
    return form


def _answer(request: MemberRequest, client: Contact | Company, name: str, form: Any) -> HttpResponse:
    if request.GET.get("shown"):  # editing was given up
        return _shown(request, client, name)
    if request.method == "GET" or not form.is_valid():
        return _asked(request, client, name, form, status=422 if form.is_bound else 200)
    try:
        _save(client, form, request)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        fresh = type(client).objects.select_related("owner", "source").get(pk=client.pk)
        return _asked(request, fresh, name, form, status=422, refusal=refusal)
    if not is_htmx(request):
        return responses.redirect(request, page_of(client))
    return changed(_shown(request, client, name))


@transaction.atomic
def _save(client: Contact | Company, form: Any, request: MemberRequest) -> None:
    values, now = _values(client, form, request), timezone.now()
    mark = request.POST.get("mark", "")
    if isinstance(client, Contact):
        services.update_contact(contact=client, by=request.member, now=now, mark=mark, **values)
    else:
        services.update_company(company=client, by=request.member, now=now, mark=mark, **values)


def _values(client: Contact | Company, form: Any, request: MemberRequest) -> dict[str, Any]:
    if isinstance(form, CustomFieldForm):
        return inputs.given(form, entity_of(client), by=request.member)
    values = dict(form.cleaned_data)
    if "has_consented" in values:
        has_consented = values.pop("has_consented")
        assert isinstance(client, Contact)
        values["consented_at"] = (client.consented_at or timezone.now()) if has_consented else None
    return values


def _shown(request: MemberRequest, client: Contact | Company, name: str) -> HttpResponse:
    if is_custom(name):
        fact = custom_fact(client, entity_of(client), name, **addresses(client))
        return render(request, "tenants/custom_fields/fact.html", {"fact": fact, "may_edit": True})
    context = {"fact": fact_of(client, name), "field_url": field_url(client, name), "may_edit": True}
    return render(request, "contacts/fact.html", context)


def _asked(
    request: MemberRequest,
    client: Contact | Company,
    name: str,
    form: Any,
    *,
    status: int,
    refusal: Refusal | None = None,
) -> HttpResponse:
    is_inline = request.headers.get("HX-Target", "").startswith("fact-")
    names, sent = GROUPS.get(name, (name,)), request.POST.get("mark", "")
    context = {
        "form": form,
        "names": names,
        "name": name,
        "label": form.fields[name].label if is_custom(name) else label_of(client, name),
        "client": client,
        "field_url": field_url(client, name),
        "back": page_of(client),
        "mark": mark_for(client, ("consented_at",) if name == "consent" else names, sent, refusal),
    }
    part = "contacts/field.html#inline" if is_inline else "contacts/field.html"
    return render(request, part, context, status=status)


def addresses(client: Contact | Company) -> dict[str, Any]:
    """Say where custom fields of a client are edited and their files lie, for custom_facts."""
    url_name = "contacts:field_file" if isinstance(client, Contact) else "contacts:company_field_file"
    return {
        "edit_url": lambda key: field_url(client, key),
        "file_url": lambda key: reverse(url_name, args=[client.pk, key]),
    }


def page_of(client: Contact | Company) -> str:
    """Return the card's address."""
    name = "contacts:detail" if isinstance(client, Contact) else "contacts:company_detail"
    return reverse(name, args=[client.pk])


def field_url(client: Contact | Company, name: str) -> str:
    """Return the address where a fact is edited."""
    url_name = "contacts:field" if isinstance(client, Contact) else "contacts:company_field"
    return reverse(url_name, args=[client.pk, name])
