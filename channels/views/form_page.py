"""A channel's own form as a page: to link to, to frame into a site, and to try the channel with."""

from __future__ import annotations

import ipaddress
import urllib.parse
import uuid
from typing import Any

from csp.decorators import csp_replace
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from channels import hooks
from channels.adapters import adapter_for
from channels.adapters.base import Settings
from channels.adapters.form import DEFAULT_HONEYPOT
from channels.adapters.marks import is_mark
from channels.journal.intake import settings_of
from channels.models import Channel, HookRoute
from channels.webhooks import RETRY_AFTER_S, TooLarge, read_delivery, take, unlogged
from core.tenancy import tenant_scope
from tenants.middleware import public

POSTS_A_MINUTE = 12  # of one address; a person needs one
MAX_MARK = 300


@public  # type: ignore[arg-type]
@csrf_exempt
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]
@transaction.non_atomic_requests
def form_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form, or take what was filled in the same way as a hook."""
    try:
        return unlogged(_serve(request, token))
    except (DatabaseError, InterfaceError):
        return unlogged(HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER_S)}))


def _serve(request: HttpRequest, token: str) -> HttpResponse:
    route = hooks.find_route("form", token)
    if route is None:
        raise Http404
    with tenant_scope(route.tenant_id):
        channel = Channel.objects.select_related("tenant").get(pk=route.channel_id)
        channel_settings = settings_of(channel)
    if not channel.is_active or channel_settings.get("api_key"):  # with a key only programs may post
        raise Http404
    with translation.override(channel.tenant.language):
        page = _Page(request, channel, channel_settings)
        if request.method == "POST":
            return page.submitted(route)
        return page.shown() if request.method in ("GET", "HEAD") else HttpResponse(status=405)


class _Page:
    """One visit to the form."""

    def __init__(self, request: HttpRequest, channel: Channel, channel_settings: Settings) -> None:
        self.request, self.channel = request, channel
        self.honeypot = str(channel_settings.get("honeypot_field") or DEFAULT_HONEYPOT)

    def shown(
        self, values: dict[str, str] | None = None, errors: dict[str, str] | None = None
    ) -> HttpResponse:
        given = values or {}
        context: dict[str, Any] = {
            "channel": self.channel,
            "honeypot": self.honeypot,
            "values": given,
            "errors": errors or {},
            "key": given.get("idempotency_key") or uuid.uuid4().hex,
            "marks": self._marks(given),
        }
        return render(self.request, "channels/form_page.html", context, status=422 if errors else 200)

    def submitted(self, route: HookRoute) -> HttpResponse:
        if _is_flood(self.request, route):
            return render(self.request, "channels/form_page.html", {"is_flood": True}, status=429)
        try:
            delivery = read_delivery(self.request)
        except TooLarge:
            return HttpResponse(status=413)
        values = _values(delivery.body)
        if errors := self._errors(values):
            return self.shown(values, errors)
        response = take(route.tenant_id, route.channel_id, adapter_for("form"), delivery)
        if response.status_code != 200:
            return response
        return render(self.request, "channels/form_page.html", {"is_sent": True, "channel": self.channel})

    def _errors(self, values: dict[str, str]) -> dict[str, str]:
        if values.get(self.honeypot):
            return {}  # robots are let through and ignored by the adapter, so that they learn nothing
        errors = {}
        if not values.get("phone") and not values.get("email"):
            errors["phone"] = _("Leave a phone or an e-mail, so that we can answer.")
        if not values.get("consent"):
            errors["consent"] = _("Without your consent we may not keep your data.")
        return errors

    def _marks(self, given: dict[str, str]) -> list[tuple[str, str]]:
        """Carry the marks of the advert that led here along with the form."""
        source = given or self.request.GET.dict()
        marks = [(name, value[:MAX_MARK]) for name, value in source.items() if is_mark(name)]
        referrer = given.get("referrer") or self.request.headers.get("Referer", "")
        page = given.get("page_url") or self.request.GET.get("page_url", "") or referrer
        return [*marks, *([("page_url", page[:2000])] if page else [])]


def _values(body: bytes) -> dict[str, str]:
    try:
        pairs = urllib.parse.parse_qsl(body.decode("utf-8", "replace"), max_num_fields=200)
    except ValueError:
        return {}
    return {name: value.strip() for name, value in pairs}


def _is_flood(request: HttpRequest, route: HookRoute) -> bool:
    """Count posts of one address; without Redis nobody is counted and everybody is let in."""
    key = f"form:{route.channel_id}:{_address(request)}"
    try:
        cache.add(key, 0, timeout=60)
        return bool(cache.incr(key) > POSTS_A_MINUTE)
    except Exception:  # a lost inquiry is worse than a robot's
        return False


def _address(request: HttpRequest) -> str:
    """Tell visitors apart: behind a front server of ours by what it says about them."""
    direct = request.META.get("REMOTE_ADDR", "")
    try:
        is_front = not direct or not ipaddress.ip_address(direct).is_global
    except ValueError:
        is_front = True
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if is_front and forwarded else direct
