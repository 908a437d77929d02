"""Opens the tenant's scope around every view of a signed-in member."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation

from core.remembering import remembering
from core.responses import is_htmx
from core.tenancy import tenant_scope
from core.zones import zones
from tenants.field_rights import seen_by
from tenants.models import Membership, Seat

SESSION_KEY = "tenant_id"
PAGE_MEMORY_S = 2  # a page that takes longer, a large file for one, reads anew what its parts share


def is_public(view: Callable[..., object]) -> bool:
    """Say whether a view serves people (or machines) that aren't signed in."""
    return getattr(view, "is_public", False)


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view as reachable without a session: hooks, health, embedded forms."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


class TenantMiddleware:
    """Set request.member and request.tenant, or send the visitor to the login page.

    Views of allauth and the admin guard themselves and also work without a tenant. The platform's
    operator meets the admin without one: there a tenant is chosen by name, see crm_project.admin.
    """

    GUARDED_ELSEWHERE = ("/accounts/", "/admin/", "/static/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = request.tenant = None  # type: ignore[attr-defined]
        request.seats = []  # type: ignore[attr-defined]
        if self._is_public(request):
            return self.get_response(request)
        if not request.user.is_authenticated:
            if request.path.startswith(self.GUARDED_ELSEWHERE):
                return self.get_response(request)
            return self._to_login(request)
        if request.user.is_staff and request.path.startswith("/admin/"):
            return self.get_response(request)
        seat = active_seat(request)
        if seat is None:
            return self._without_tenant(request)
        with tenant_scope(seat.tenant_id):
            members = Membership.objects.active().select_related("role", "department")
            member = members.filter(user_id=request.user.pk).first()
            if member is not None:
                # both are read already
                member.user, member.tenant = request.user, seat.tenant
                with seen_by(member):
                    return self._serve(request, member)
        request.session.pop(SESSION_KEY, None)
        return self._without_tenant(request)

    def _serve(self, request: HttpRequest, member: Membership) -> HttpResponse:
        request.member, request.tenant = member, member.tenant  # type: ignore[attr-defined]
        language = request.user.language or member.tenant.language  # type: ignore[union-attr]
        reader = request.user.time_zone  # type: ignore[union-attr]
        with (
            translation.override(language),
            zones(reader=reader, company=member.tenant.time_zone),
            _one_reading(request),
        ):
            request.LANGUAGE_CODE = language
            return self.get_response(request)

    @staticmethod
    def _is_public(request: HttpRequest) -> bool:
        try:
            return is_public(resolve(request.path_info).func)
        except Resolver404:
            return False

    @staticmethod
    def _to_login(request: HttpRequest) -> HttpResponse:
        if is_htmx(request):  # the page shows its 'session ended' bar
            return HttpResponse(status=401)
        return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))

    def _without_tenant(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith((*self.GUARDED_ELSEWHERE, "/company/", "/prefs/")):
            return self.get_response(request)
        return render(request, "tenants/no_tenant.html", status=403)


def _one_reading(request: HttpRequest) -> contextlib.AbstractContextManager[None]:
    """Let the parts of a page that only reads share what they read of settings, and of how far reports are counted."""
    is_reading = request.method in ("GET", "HEAD")
    return remembering(stays_s=PAGE_MEMORY_S) if is_reading else contextlib.nullcontext()


def active_seat(request: HttpRequest) -> Seat | None:
    """Return the seat chosen in this session, else the user's first one; leaves request.seats behind."""
    seats = list(
        Seat.objects.filter(user_id=request.user.pk, tenant__is_active=True)
        .select_related("tenant")
        .order_by("tenant_id")
    )
    request.seats = seats  # type: ignore[attr-defined]
    chosen: Any = request.session.get(SESSION_KEY)
    if found := next((seat for seat in seats if seat.tenant_id == chosen), None):
        return found
    if not seats:
        return None
    request.session[SESSION_KEY] = seats[0].tenant_id
    return seats[0]
