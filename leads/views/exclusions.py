"""Settings: who never becomes a lead again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.identity.keys import clean
from core.listing import keyset
from core.responses import redirect
from leads import services
from leads.forms import ExclusionForm
from leads.models import Exclusion
from leads.views.common import now
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

PAGE_SIZE = 100
_SORT = keyset.Sort("created", "created_at", is_descending=True)


@require_safe
@require(Section.SETTINGS)
def exclusions(request: MemberRequest) -> HttpResponse:
    """List the exclusions, newest first, with what each has kept out."""
    text = clean(request.GET.get("q", "")).lstrip("@").lower()
    rows = Exclusion.objects.select_related("created_by")
    if text:
        rows = rows.filter(value__gte=text, value__lt=text + "\U0010ffff")
    cursor = keyset.decode(request.GET.get("cursor", ""), Exclusion._meta.get_field("created_at"))
    found = list(keyset.after(rows, _SORT, cursor)[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    context = {
        "rows": page,
        "q": text,
        "more": _place_after(page[-1]) if len(found) > PAGE_SIZE else "",
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "leads/exclusions.html", context)


def _place_after(row: Exclusion) -> str:
    return keyset.Cursor(row.created_at, str(row.pk)).encode()


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.ADD)
def add(request: MemberRequest) -> HttpResponse:
    """Put a phone, an address or a domain on the list."""

    def save(values: dict[str, Any]) -> Exclusion:
        key = services.read_exclusion(values["value"])
        return services.exclude(key=key, by=request.member, now=now(), note=values["note"])

    return form_page(
        request,
        ExclusionForm(request.POST or None),
        save,
        back=reverse("leads:exclusions"),
        title=_("New exclusion"),
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def remove(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a line off the list."""
    services.readmit(exclusion=get_object_or_404(Exclusion, pk=pk), by=request.member)
    return redirect(request, reverse("leads:exclusions"))
