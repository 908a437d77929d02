"""Departments and offices."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.responses import redirect, refused
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.forms import DepartmentForm, OfficeForm
from tenants.models import Department, Membership, Office
from tenants.services import (
    create_department,
    create_office,
    delete_department,
    delete_office,
    update_department,
    update_office,
)

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def departments(request: HttpRequest) -> HttpResponse:
    """Show the tree of departments with their people, and the offices."""
    working = Count("members", filter=Q(members__is_active=True))
    by: Membership = request.member  # type: ignore[attr-defined]
    heads: dict[uuid.UUID, list[str]] = {}
    for department_id, name in (
        Membership.objects.active().filter(role__code="head").values_list("department_id", "name")
    ):
        heads.setdefault(department_id, []).append(name)
    context = {
        "departments": list(_walk(list(Department.objects.annotate(member_count=working)), heads)),
        "offices": Office.objects.annotate(member_count=working),
        "may_add": may(by, Section.SETTINGS, Action.ADD),
        "may_edit": may(by, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "tenants/departments.html", context)


def _walk(
    rows: list[Department], heads: dict[uuid.UUID, list[str]], parent: uuid.UUID | None = None, depth: int = 0
) -> Iterator[dict[str, object]]:
    """Yield the tree in the order it is drawn, each department with its depth."""
    for row in rows:
        if row.parent_id == parent:
            yield {"row": row, "depth": depth, "heads": heads.get(row.pk, [])}
            yield from _walk(rows, heads, row.pk, depth + 1)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def department_create(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    return form_page(
        request,
        DepartmentForm(request.POST or None),
        lambda values: create_department(by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:departments"),
        title=_("New department"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def department(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename or move a department."""
    found = get_object_or_404(Department, pk=pk)
    return form_page(
        request,
        DepartmentForm(request.POST or None, instance=found),
        lambda values: update_department(department=found, by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:departments"),
        title=found.name,
        delete_url=reverse("tenants:department_delete", args=[pk]),
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def department_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete an empty department."""
    found = get_object_or_404(Department, pk=pk)
    try:
        delete_department(department=found, by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:departments"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def office_create(request: HttpRequest) -> HttpResponse:
    """Add an office."""
    return form_page(
        request,
        OfficeForm(request.POST or None),
        lambda values: create_office(by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:departments"),
        title=_("New office"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def office(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change an office."""
    found = get_object_or_404(Office, pk=pk)
    return form_page(
        request,
        OfficeForm(request.POST or None, instance=found),
        lambda values: update_office(office=found, by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:departments"),
        title=found.name,
        delete_url=reverse("tenants:office_delete", args=[pk]),
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def office_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete an office where nobody works."""
    found = get_object_or_404(Office, pk=pk)
    try:
        delete_office(office=found, by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:departments"))
