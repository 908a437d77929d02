"""Editing one fact of a lead in its place; a page of its own without scripts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from contacts.conflicts import mark_for
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, trigger
from leads.facts import FACTS, LeadFieldForm, addresses, fact_of
from leads.models import Lead
from leads.services import update_lead
from leads.views.common import lead_or_404, now, sent
from tenants.access import Action, Section, require
from tenants.custom_fields import inputs
from tenants.custom_fields.definitions import editable_or_none, is_custom
from tenants.custom_fields.facts import custom_fact
from tenants.custom_fields.files import file_response
from tenants.custom_fields.inputs import CustomFieldForm
from tenants.models import CustomField
from tenants.requests import MemberRequest

ENTITY = CustomField.Entity.LEAD


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def edit(request: MemberRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Show or save one fact of a lead."""
    try:
        lead = lead_or_404(request, pk, Action.EDIT)
    except Refusal as refusal:
        return refused(request, refusal)
    form = _form(request, lead, name)
    if request.GET.get("shown"):  # editing was given up
        return _shown(request, lead, name)
    if request.method == "GET" or not form.is_valid():
        return _asked(request, lead, name, form, status=422 if form.is_bound else 200)
    try:
        lead = _save(request, lead, form)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return _asked(request, Lead.objects.get(pk=pk), name, form, status=422, refusal=refusal)
    if not is_htmx(request):
        return redirect(request, lead.get_absolute_url())
    return trigger(_shown(request, lead, name), **{"timeline:changed": {}, "lead:edited": {}})


@require_GET
@require(Section.LEADS)
def file(request: MemberRequest, pk: uuid.UUID, name: str) -> FileResponse | HttpResponse:
    """Hand out the file a custom field of a lead holds."""
    try:
        return file_response(lead_or_404(request, pk), name)
    except Refusal as refusal:
        return refused(request, refusal)


def _form(request: MemberRequest, lead: Lead, name: str) -> Any:
    if (custom := editable_or_none(ENTITY, name)) is not None:
        return CustomFieldForm(sent(request), request.FILES or None, custom=custom, record=lead)
    if name not in FACTS:
        raise Http404
    # The form works on a copy: construct_instance must not change what the service compares with.
    return LeadFieldForm(sent(request), instance=Lead.objects.get(pk=lead.pk), name=name)


@transaction.atomic
def _save(request: MemberRequest, lead: Lead, form: Any) -> Lead:
    is_own = isinstance(form, LeadFieldForm)
    values = form.cleaned_data if is_own else inputs.given(form, ENTITY, by=request.member)
    return update_lead(lead=lead, by=request.member, now=now(), mark=request.POST.get("mark", ""), **values)


def _shown(request: MemberRequest, lead: Lead, name: str) -> HttpResponse:
    if is_custom(name):
        fact = custom_fact(lead, ENTITY, name, **addresses(lead))
        return render(request, "tenants/custom_fields/fact.html", {"fact": fact, "may_edit": True})
    field_url = reverse("leads:field", args=[lead.pk, name])
    context = {"fact": fact_of(lead, name), "field_url": field_url, "may_edit": True}
    return render(request, "contacts/fact.html", context)


def _asked(
    request: MemberRequest, lead: Lead, name: str, form: Any, *, status: int, refusal: Refusal | None = None
) -> HttpResponse:
    is_inline = request.headers.get("HX-Target", "").startswith("fact-")
    context = {
        "form": form,
        "names": [name],
        "name": name,
        "label": form.fields[name].label,
        "client": lead,
        "field_url": reverse("leads:field", args=[lead.pk, name]),
        "back": lead.get_absolute_url(),
        "mark": mark_for(lead, [name], request.POST.get("mark", ""), refusal),
    }
    part = "contacts/field.html#inline" if is_inline else "contacts/field.html"
    return render(request, part, context, status=status)
