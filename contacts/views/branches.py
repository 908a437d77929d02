"""A company's branches: hung below it and taken out again."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import services
from contacts.forms import LinkForm
from contacts.models import Company
from contacts.views.common import changed, company_or_404, pk_of
from contacts.views.fields import page_of
from core import responses
from core.errors import Refusal
from core.responses import is_htmx
from tenants.access import Action, may, require
from tenants.requests import MemberRequest


@require_POST
@require("companies", "edit")
def add(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a company a branch of this one: a chosen company, or a new name, which makes a new card."""
    head = company_or_404(request, pk, "edit")
    raw = request.GET.get("company") or request.POST.get("company")
    now = timezone.now()
    if not raw:
        form = LinkForm(request.POST)
        if not form.is_valid() or not may(request.member, "companies", "add"):
            return _refused(request, head, _("Choose a company or write the name of a new one."))
        services.create_company(
            name=form.cleaned_data["name"],
            by=request.member,
            now=now,
            owner=request.member,
            head_company=head,
        )
        return _answer(request, head)
    branch = company_or_404(request, pk_of(raw), "edit")
    try:
        services.update_company(company=branch, by=request.member, now=now, head_company=head)
    except Refusal as refusal:
        return _refused(request, head, str(refusal.message))
    return _answer(request, head)


@require_POST
@require("companies", "edit")
def remove(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that this company is nobody's branch."""
    rows = Company.objects.visible_to(request.member, Action.EDIT).select_related("head_company")
    branch = get_object_or_404(rows, pk=pk)
    head = branch.head_company
    services.update_company(company=branch, by=request.member, now=timezone.now(), head_company=None)
    response = _answer(request, branch)
    if head is None:
        return response
    undo = f"{reverse('contacts:company_branch_add', args=[head.pk])}?company={branch.pk}"
    return responses.toast(response, _("No longer a branch"), undo_url=undo)


def _answer(request: MemberRequest, company: Company) -> HttpResponse:
    if not is_htmx(request):
        return responses.redirect(request, page_of(company))
    return changed(HttpResponse(status=204))


def _refused(request: MemberRequest, head: Company, text: str) -> HttpResponse:
    """Say why not beside the line where it was typed; a page of its own without scripts."""
    context = {"company": head, "error": text, "typed": request.POST.get("name", "")}
    name = "contacts/branch_form.html"
    return render(request, f"{name}#line" if is_htmx(request) else name, context, status=422)
