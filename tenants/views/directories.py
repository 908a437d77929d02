"""Settings: the company's own directories, and the options of its choice fields."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect, refused
from tenants.access import Action, Section, may, require
from tenants.custom_fields import services
from tenants.custom_fields.settings_forms import DirectoryForm, ElementForm
from tenants.dialogs import form_page
from tenants.models import CustomField, Directory, DirectoryElement

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def directories(request: HttpRequest) -> HttpResponse:
    """List the directories with how many elements they have."""
    in_use = Count("elements", filter=Q(elements__is_archived=False))
    by: Any = request.member  # type: ignore[attr-defined]
    context = {
        "directories": Directory.objects.filter(is_private=False).annotate(element_count=in_use),
        "may_add": may(by, Section.SETTINGS, Action.ADD),
    }
    return render(request, "tenants/custom_fields/directories.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: HttpRequest) -> HttpResponse:
    """Add a directory."""
    return form_page(
        request,
        DirectoryForm(request.POST or None),
        lambda values: services.create_directory(**values),
        back=reverse("tenants:directories"),
        title=_("New directory"),
        save_label=_("Create"),
    )


@require_safe
@require(Section.SETTINGS)
def directory(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the elements in their order, archived ones below; the options of a field are shown the same way."""
    found = get_object_or_404(Directory, pk=pk)
    rows = list(DirectoryElement.objects.filter(directory=found))
    by: Any = request.member  # type: ignore[attr-defined]
    field = CustomField.objects.filter(directory=found).first() if found.is_private else None
    context = {
        "directory": found,
        "title": field.name if field else found.name,
        "back_url": f"{reverse('tenants:fields')}?of={field.entity}"
        if field
        else reverse("tenants:directories"),
        "elements": [row for row in rows if not row.is_archived],
        "archived": [row for row in rows if row.is_archived],
        "form": ElementForm(auto_id="new-%s"),
        "may_edit": may(by, Section.SETTINGS, Action.EDIT),
        "may_delete": may(by, Section.SETTINGS, Action.DELETE) and not found.is_private,
    }
    return render(request, "tenants/custom_fields/directory.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def rename(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a directory another name."""
    found = get_object_or_404(Directory.objects.filter(is_private=False), pk=pk)
    return form_page(
        request,
        DirectoryForm(request.POST or None, instance=Directory.objects.get(pk=pk)),
        lambda values: services.rename_directory(directory=found, **values),
        back=reverse("tenants:directory", args=[pk]),
        title=found.name,
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a directory no field refers to."""
    try:
        services.delete_directory(
            directory=get_object_or_404(Directory.objects.filter(is_private=False), pk=pk)
        )
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:directories"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def element_create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add an element behind the others."""
    found = get_object_or_404(Directory, pk=pk)
    return form_page(
        request,
        ElementForm(request.POST or None, instance=DirectoryElement(directory=found)),
        lambda values: services.add_element(directory=found, **values),
        back=reverse("tenants:directory", args=[pk]),
        title=_("New element"),
        save_label=_("Add"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def element(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give an element another name."""
    found = get_object_or_404(DirectoryElement, pk=pk)
    return form_page(
        request,
        ElementForm(request.POST or None, instance=DirectoryElement.objects.get(pk=pk)),
        lambda values: services.rename_element(element=found, **values),
        back=reverse("tenants:directory", args=[found.directory_id]),
        title=found.name,
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def element_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive an element, or with archived=0 bring it back."""
    found = get_object_or_404(DirectoryElement, pk=pk)
    services.archive_element(element=found, is_archived=request.POST.get("archived") != "0")
    return redirect(request, reverse("tenants:directory", args=[found.directory_id]))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put the elements in the order of `order`, or shift one up or down."""
    found = get_object_or_404(Directory, pk=pk)
    rows = list(DirectoryElement.objects.filter(directory=found, is_archived=False))
    services.order_elements(directory=found, order=shifted(rows, request.POST) or wished(rows, request.POST))
    if is_htmx(request):
        return HttpResponse(status=204)
    return redirect(request, reverse("tenants:directory", args=[pk]))
