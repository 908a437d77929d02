"""Settings: the fields the company adds to its deals, leads, contacts and companies."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect, refused
from tenants.access import Action, Section, may, require
from tenants.custom_fields import services
from tenants.custom_fields.records import holders
from tenants.custom_fields.settings_forms import FieldForm, FieldRightsForm
from tenants.dialogs import form_page
from tenants.models import CustomField, Directory, Role
from tenants.services import set_field_rights

FORM = ["GET", "HEAD", "POST"]
Entity, Kind = CustomField.Entity, CustomField.Kind
KIND_HINTS: dict[str, tuple[str, str | Promise]] = {
    Kind.TEXT: ("forms", gettext_lazy("A line or a few: contract number, wishes")),
    Kind.NUMBER: ("hash", gettext_lazy("Area, number of guests; filtered from and to")),
    Kind.MONEY: ("cash", gettext_lazy("A sum with its currency")),
    Kind.DATE: ("calendar", gettext_lazy("A day: of the wedding, of delivery")),
    Kind.CHOICE: ("circle-check", gettext_lazy("One of the options you list")),
    Kind.CHOICES: ("list-check", gettext_lazy("Several of the options you list")),
    Kind.FLAG: ("checkbox", gettext_lazy("Yes, no, or not said yet")),
    Kind.MEMBER: ("user", gettext_lazy("Somebody who works here: the designer, the surveyor")),
    Kind.FILE: ("paperclip", gettext_lazy("One file: a plan, a signed contract")),
    Kind.ELEMENT: (
        "list-details",
        gettext_lazy("An element of a directory of yours: object, warehouse, model"),
    ),
}


@require_safe
@require(Section.SETTINGS)
def fields(request: HttpRequest) -> HttpResponse:
    """List the fields of deals, leads, contacts or companies in their order, deleted ones below."""
    entity = _entity(request.GET.get("of", ""))
    rows = list(CustomField.objects.filter(entity=entity).select_related("directory"))
    by: Any = request.member  # type: ignore[attr-defined]
    context = {
        "entity": entity,
        "tabs": [{"label": e.label, "url": f"?of={e.value}", "is_on": e == entity} for e in Entity],
        "fields": [row for row in rows if row.deleted_at is None],
        "hidden": [row for row in rows if row.deleted_at is not None],
        "may_add": may(by, Section.SETTINGS, Action.ADD),
        "may_edit": may(by, Section.SETTINGS, Action.EDIT),
        "may_delete": may(by, Section.SETTINGS, Action.DELETE),
    }
    return render(request, "tenants/custom_fields/list.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: HttpRequest) -> HttpResponse:
    """Ask what kind of field it is to be, then for the rest."""
    entity, kind = _entity(request.GET.get("of", "")), request.GET.get("kind", "")
    if kind not in Kind.values:
        return _ask_kind(request, entity)
    if kind == Kind.ELEMENT and not Directory.objects.filter(is_private=False).exists():
        return render(request, "tenants/custom_fields/no_directory.html")
    tenant: Any = request.tenant  # type: ignore[attr-defined]
    form = FieldForm(
        request.POST or None, instance=CustomField(entity=entity, kind=kind), currency=tenant.currency
    )
    return form_page(
        request,
        form,
        lambda values: services.create_field(entity=entity, kind=kind, **values),
        back=_list_of(entity),
        title=_("New field: %(kind)s") % {"kind": str(Kind(kind).label).lower()},
        save_label=_("Create"),
    )


def _ask_kind(request: HttpRequest, entity: str) -> HttpResponse:
    kinds = [(kind, *KIND_HINTS[kind]) for kind in Kind]
    return render(request, "tenants/custom_fields/kinds.html", {"kinds": kinds, "entity": entity})


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def field(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a field; its kind stays."""
    found = get_object_or_404(CustomField.objects.present(), pk=pk)
    form = FieldForm(request.POST or None, instance=CustomField.objects.get(pk=pk))
    return form_page(
        request,
        form,
        lambda values: services.update_field(field=found, **values),
        back=_list_of(found.entity),
        template="tenants/custom_fields/field.html",
        title=found.name,
        custom=found,
    )


@require_http_methods(FORM)
@require(Section.SETTINGS)
def rights(request: HttpRequest) -> HttpResponse:
    """Show which role sees and fills which field of ?of=; an administrator changes it."""
    entity, by = _entity(request.GET.get("of", "")), request.member  # type: ignore[attr-defined]
    form = FieldRightsForm(
        request.POST or None,
        fields=CustomField.objects.present().filter(entity=entity),
        roles=Role.objects.order_by("name"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_field_rights(by=by, levels=form.levels())
        except Refusal as refusal:
            return refused(request, refusal)
        messages.success(request, _("Saved"))
        return redirect(request, _list_of(entity))
    context = {
        "form": form,
        "entity": Entity(entity),
        "may_edit": by.role.is_admin,
        "back_url": _list_of(entity),
    }
    return render(request, "tenants/custom_fields/rights.html", context, status=422 if form.is_bound else 200)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: HttpRequest) -> HttpResponse:
    """Put the fields of ?of= in the order of `order`, or shift one up or down."""
    entity = _entity(request.GET.get("of", ""))
    rows = list(CustomField.objects.present().filter(entity=entity))
    services.order_fields(entity=entity, order=shifted(rows, request.POST) or wished(rows, request.POST))
    return HttpResponse(status=204) if is_htmx(request) else redirect(request, _list_of(entity))


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def hide(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a field so that it can come back."""
    found = get_object_or_404(CustomField.objects.present(), pk=pk)
    services.hide_field(field=found, now=timezone.now())
    return redirect(request, _list_of(found.entity))


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a deleted field back with its values."""
    found = get_object_or_404(CustomField, pk=pk)
    try:
        services.restore_field(field=found)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, _list_of(found.entity))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.DELETE)
def erase(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say how many records hold a value, and delete a hidden field for ever."""
    found = get_object_or_404(CustomField.objects.exclude(deleted_at=None), pk=pk)
    if request.method == "POST":
        services.erase_field(field=found, now=timezone.now())
        return redirect(request, _list_of(found.entity))
    context = {"custom": found, "count": holders(found).count(), "back_url": _list_of(found.entity)}
    return render(request, "tenants/custom_fields/erase.html", context)


def _entity(name: str) -> str:
    if name and name not in Entity.values:
        raise Http404
    return Entity(name or Entity.DEAL)


def _list_of(entity: str) -> str:
    return f"{reverse('tenants:fields')}?of={entity}"
