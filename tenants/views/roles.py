"""Roles and their rights matrix."""

from __future__ import annotations

import uuid

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.responses import redirect, refused
from tenants import matrix
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.forms import RoleForm
from tenants.models import Membership, Role
from tenants.services import delete_role, save_role


@require_safe
@require(Section.SETTINGS)
def roles(request: HttpRequest) -> HttpResponse:
    """List the roles and how many have each."""
    rows = Role.objects.annotate(member_count=Count("members", filter=Q(members__is_active=True)))
    return render(request, "tenants/roles.html", {"roles": rows, "is_admin": request.member.role.is_admin})  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.ADD)
def create(request: HttpRequest) -> HttpResponse:
    """Make a role."""
    return _edit(request, Role(), _("New role"))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS)
def role(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a role's rights; an administrator changes them."""
    found = get_object_or_404(Role, pk=pk)
    return _edit(request, found, found.name)


def _edit(request: HttpRequest, found: Role, title: str) -> HttpResponse:
    by = request.member  # type: ignore[attr-defined]
    is_new = found._state.adding
    shown = (
        found
        if request.method != "POST"
        else Role(grants=matrix.grants(request.POST), is_admin=found.is_admin)
    )
    deletable = by.role.is_admin and not is_new and not found.is_admin
    return form_page(
        request,
        RoleForm(request.POST or None, instance=found),
        lambda values: save_role(by=by, role=found, name=values["name"], grants=matrix.grants(request.POST)),
        back=reverse("tenants:roles"),
        template="tenants/role.html",
        title=title,
        role=found,
        rows=matrix.rows(shown),
        actions=list(Action),
        may_edit=by.role.is_admin,
        members=[] if is_new else Membership.objects.active().filter(role=found),
        delete_url=reverse("tenants:role_delete", args=[found.pk]) if deletable else "",
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a role nobody has."""
    try:
        delete_role(role=get_object_or_404(Role, pk=pk), by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:roles"))
