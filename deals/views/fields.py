"""Editing one field of a deal in its place; a page of its own without scripts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from contacts.conflicts import FieldChangedMeanwhile, mark_for
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, trigger
from deals import record
from deals.errors import MissingFields
from deals.fields import label_of
from deals.forms import EDITABLE_IN_PLACE, ValuesForm
from deals.models import Deal
from deals.services import update_deal
from deals.views.common import deal_or_404, member_of, whole
from deals.views.handover import handed_away, is_handed_away
from tenants.access import Action, Section, require
from tenants.custom_fields.definitions import editable_or_none
from tenants.custom_fields.errors import BadValue
from tenants.custom_fields.files import file_response
from tenants.models import CustomField


@require_http_methods(["GET", "POST"])
@require(Section.DEALS, Action.EDIT)
def edit(request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Show the field's form, or save it; a client's change refreshes the whole right column."""
    if name not in EDITABLE_IN_PLACE and editable_or_none(CustomField.Entity.DEAL, name) is None:
        raise Http404
    deal = deal_or_404(request, pk, Action.EDIT)
    data = request.POST if request.method == "POST" else None
    form = ValuesForm(
        data,
        request.FILES or None,
        member=member_of(request),
        names=[name],
        deal=deal,
        is_required=name == "title",
    )
    if not form.is_valid():
        return _form(request, deal, name, form, status=422 if data is not None else 200)
    try:
        deal = _save(request, deal, name, form)
    except (MissingFields, BadValue, FieldChangedMeanwhile) as refusal:
        form.add_error(None, str(refusal.message))
        fresh = deal_or_404(request, pk, Action.EDIT)
        return _form(request, fresh, name, form, status=422, refusal=refusal)
    except Refusal as refusal:
        return refused(request, refusal)
    if is_handed_away(request, deal):
        return handed_away(request, deal)
    if not is_htmx(request):
        return redirect(request, reverse("deals:detail", args=[deal.pk]))
    return trigger(HttpResponse(status=204), **{"deal:edited": {"id": str(deal.pk)}, "dialog:close": {}})


@transaction.atomic
def _save(request: HttpRequest, deal: Deal, name: str, form: ValuesForm) -> Deal:
    now = timezone.now()
    if name == "contact" and not form.has_contact() and "clear" not in request.POST:
        return deal  # nobody was named: the client stays
    values: dict[str, Any] = form.values(now=now)
    # The mark of the field is finer than the version: what others changed elsewhere is no conflict.
    mark = request.POST.get("mark", "")
    version = None if mark else whole(request.POST.get("version"))
    return update_deal(deal=deal, by=member_of(request), now=now, version=version, mark=mark, **values)


@require_GET
@require(Section.DEALS)
def file(request: HttpRequest, pk: uuid.UUID, name: str) -> FileResponse:
    """Hand out the file a custom field of the deal holds."""
    return file_response(deal_or_404(request, pk), name)


def _form(
    request: HttpRequest,
    deal: Deal,
    name: str,
    form: ValuesForm,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = {
        "deal": deal,
        "name": name,
        "label": label_of(name),
        "form": form,
        "now_text": record.fact_text(deal, name),
        "version": request.POST.get("version") or deal.version,
        "mark": mark_for(deal, [name], request.POST.get("mark", ""), refusal),
    }
    is_inline = request.headers.get("HX-Target", "").startswith("fact-")
    return render(
        request, "deals/field.html#inline" if is_inline else "deals/field.html", context, status=status
    )
