"""Settings: canned replies, everybody's own and the shared ones."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels import services
from channels.dialog_forms import CannedForm
from channels.dialogs.wording import FIELDS
from channels.models import CannedReply
from contacts.identity.keys import clean
from core.errors import Refusal
from core.responses import redirect, refused
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
MOST = 300  # shown at once; who has more looks for them


@require_safe
@require(Section.LEADS, Action.EDIT)
def canned(request: MemberRequest) -> HttpResponse:
    """List the replies the member can use, with whose they are."""
    text = clean(request.GET.get("q", ""))
    rows = (
        CannedReply.objects.usable_by(request.member) | CannedReply.objects.editable_by(request.member)
    ).distinct()
    if text:
        rows = rows.filter(shortcut__icontains=text) | rows.filter(text__icontains=text)
    editable = set(CannedReply.objects.editable_by(request.member).values_list("pk", flat=True))
    found = list(rows.select_related("department")[:MOST])
    context = {"rows": [(row, row.pk in editable) for row in found], "q": text}
    return render(request, "dialogs/settings/canned.html", context)


@require_http_methods(FORM)
@require(Section.LEADS, Action.EDIT)
def create(request: MemberRequest) -> HttpResponse:
    """Write a new reply."""
    form = CannedForm(request.POST or None, member=request.member)
    return _form_page(request, form, title=_("New canned reply"))


@require_http_methods(FORM)
@require(Section.LEADS, Action.EDIT)
def change(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a reply."""
    found = _editable(request, pk)
    form = CannedForm(request.POST or None, member=request.member, reply=found)
    delete_url = reverse("channels:canned_delete", args=[found.pk])
    return _form_page(request, form, reply=found, title=str(found), delete_url=delete_url)


@require_POST
@require(Section.LEADS, Action.EDIT)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a reply."""
    try:
        services.delete_canned(reply=_editable(request, pk), by=request.member)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("channels:canned"))


def _editable(request: MemberRequest, pk: uuid.UUID) -> CannedReply:
    found: CannedReply = get_object_or_404(CannedReply.objects.editable_by(request.member), pk=pk)
    return found


def _form_page(
    request: MemberRequest, form: CannedForm, *, reply: CannedReply | None = None, **context: Any
) -> HttpResponse:
    return form_page(
        request,
        form,
        lambda _data: services.save_canned(by=request.member, reply=reply, **form.values()),
        back=reverse("channels:canned"),
        template="dialogs/settings/canned_form.html",
        reply_fields=FIELDS.items(),
        **context,
    )
