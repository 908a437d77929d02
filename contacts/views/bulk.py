"""Ticked contacts or companies: handed over to a colleague, or given a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from contacts.choosing import chosen_clients
from contacts.forms import AddTagForm, AssignForm
from contacts.services import assign_clients, tag_clients
from core.responses import redirect
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest

FORMS: Mapping[str, type[forms.Form]] = {"assign": AssignForm, "tag": AddTagForm}


@require_POST
@require(Section.CONTACTS, Action.EDIT)
def contacts(request: MemberRequest, action: str) -> HttpResponse:
    """Hand the ticked contacts over, or tag them."""
    return _bulk(request, "contacts:list", action)


@require_POST
@require(Section.COMPANIES, Action.EDIT)
def companies(request: MemberRequest, action: str) -> HttpResponse:
    """Hand the ticked companies over, or tag them."""
    return _bulk(request, "contacts:company_list", action)


def _bulk(request: MemberRequest, page: str, action: str) -> HttpResponse:
    chosen = chosen_clients(request, page, Action.EDIT)
    form = FORMS[action](request.POST if "asked" in request.POST else None)
    if not form.is_valid():
        context = {"chosen": chosen, "form": form, "action": action}
        return render(request, "contacts/bulk.html", context, status=422 if form.is_bound else 200)
    operation: Any = assign_clients if action == "assign" else tag_clients
    count = operation(clients=chosen.clients, by=request.member, now=timezone.now(), **form.cleaned_data)
    messages.success(request, ngettext("%(n)s record changed", "%(n)s records changed", count) % {"n": count})
    return redirect(request, chosen.list_url)
