"""Where providers deliver. Stores the raw delivery in one insert, answers, and leaves the rest to workers."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels import bell, callers, hooks
from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import Adapter, Answer, Forged, RawDelivery, Settings
from channels.journal.intake import record
from channels.models import Channel, HookRoute
from core.busy import Busy
from core.tenancy import tenant_scope
from core.visitors import client_address
from tenants.middleware import public

logger = logging.getLogger(__name__)
METHODS = ("POST", "GET", "PUT")
RETRY_AFTER_S = 10
# In a wave an answer waits for the insert alone; a changed secret or a channel taken away counts a second later.
_routes: Busy[HookRoute | None] = Busy()
_channels: Busy[Channel] = Busy()


class TooLarge(Exception):
    """The body has more bytes than the kind of channel takes."""


@public
@csrf_exempt
@transaction.non_atomic_requests
def hook(request: HttpRequest, kind: str, token: str, rest: str = "") -> HttpResponse:
    """Take one delivery: 404 unknown, 401 forged, 413 too large, 503 while the database is away."""
    try:
        response = _serve(request, kind, token)
    except (DatabaseError, InterfaceError) as error:
        logger.error("hook %s: the database is away: %s", kind, type(error).__name__)
        response = database_away()
    return unlogged(response)


@public
@csrf_exempt
@transaction.non_atomic_requests
def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Say so where an address was mistyped: a provider would take the way to the login page for success."""
    return unlogged(HttpResponse("unknown address", status=404, content_type="text/plain"))


def _serve(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    route = _routes.ask((kind, token), lambda: hooks.find_route(kind, token))
    adapter = adapter_for(kind) if route else None
    if route is None or adapter is None or not adapter.has_hook:
        return unknown(request)
    if request.method == "OPTIONS":
        return _with_cors(HttpResponse(status=204), adapter, request)
    if request.method == "HEAD":  # some mail services see by it whether anybody is there
        return HttpResponse()
    if request.method not in METHODS:
        return HttpResponse(status=405, headers={"Allow": ", ".join((*METHODS, "OPTIONS"))})
    try:
        delivery = read_delivery(request, limit=adapter.max_body_bytes)
    except TooLarge:
        return _with_cors(HttpResponse("too large", status=413, content_type="text/plain"), adapter, request)
    except (UnreadablePostError, OSError):
        return HttpResponse("the body was cut off", status=400, content_type="text/plain")
    return _with_cors(take(route.tenant_id, route.channel_id, adapter, delivery), adapter, request)


def take(tenant_id: int, channel_id: Any, adapter: Adapter, delivery: RawDelivery) -> HttpResponse:
    """Check and journal; when this returns a 2xx the delivery is committed."""
    with tenant_scope(tenant_id):
        channel = _channels.ask((tenant_id, channel_id), lambda: Channel.objects.get(pk=channel_id))
        channel_settings = settings_of(channel)
        if answer := _handshake(adapter, delivery, channel_settings):
            return _response(answer)
        if delivery.method == "GET" and not adapter.accepts_get:
            return HttpResponse(status=405, headers={"Allow": "POST, OPTIONS"})
        if not _is_genuine(adapter, delivery, channel_settings):
            return HttpResponse("wrong signature", status=401, content_type="text/plain")
        event = record(channel=channel, delivery=delivery, now=timezone.now())
    bell.ring(tenant_id)
    response = _response(_answer(adapter, delivery, channel_settings, channel))
    response.headers["X-Event"] = str(event.pk)
    return response


def read_delivery(request: HttpRequest, *, limit: int = 0) -> RawDelivery:
    """Read the raw request, whatever its type, up to `limit` bytes, else HOOK_MAX_BYTES. Raises TooLarge."""
    path = f"{settings.PUBLIC_URL}{request.get_full_path()}"
    return RawDelivery(
        body=_read_body(request, limit or settings.HOOK_MAX_BYTES),
        method=request.method or "POST",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.META.get("QUERY_STRING", ""),
        url=path,
        received_at=timezone.now(),
        client_ip=client_address(request),
    )


def _read_body(request: HttpRequest, limit: int) -> bytes:
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        declared = 0
    if declared > limit:
        raise TooLarge
    # Django reads CONTENT_LENGTH bytes; of a chunked body only the server's own stream knows the end.
    is_chunked = not declared and request.META.get("wsgi.input_terminated")
    body: bytes = (request.META["wsgi.input"] if is_chunked else request).read(limit + 1)
    if len(body) > limit:
        raise TooLarge
    return body


def _handshake(adapter: Adapter, delivery: RawDelivery, channel_settings: Settings) -> Answer | None:
    try:
        return adapter.handshake(delivery, channel_settings)
    except Exception as error:  # a stranger's bytes: whatever breaks, it was no handshake
        logger.warning("hook %s: handshake failed: %s", adapter.kind, type(error).__name__)
        return None


def _is_genuine(adapter: Adapter, delivery: RawDelivery, channel_settings: Settings) -> bool:
    try:
        adapter.verify(delivery, channel_settings)
    except Forged:
        return False
    except Exception as error:  # what can't be verified isn't verified
        logger.error("hook %s: verifying failed: %s", adapter.kind, type(error).__name__)
        return False
    return True


def _answer(adapter: Adapter, delivery: RawDelivery, channel_settings: Settings, channel: Channel) -> Answer:
    """Say what the provider expects; one that asks who calls is told, as far as we know."""
    try:
        if phone := adapter.asks_about(delivery, channel_settings):
            region = channel.tenant.phone_region
            caller = callers.look_up(channel.tenant.pk, phone, region=region)
            return adapter.answer_caller(delivery, channel_settings, caller)
        return adapter.answer(delivery, channel_settings)
    except Exception as error:  # it is journaled: the provider has to hear 200
        logger.error("hook %s: answering failed: %s", adapter.kind, type(error).__name__)
        return Answer()


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


def _with_cors(response: HttpResponse, adapter: Adapter, request: HttpRequest) -> HttpResponse:
    """Let pages of any site post here from a script. No cookies are involved."""
    if not adapter.allows_cors:
        return response
    response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key, X-Api-Key"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def database_away() -> HttpResponse:
    """Ask to be tried again soon."""
    return HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


def unlogged(response: HttpResponse) -> HttpResponse:
    """Django logs the path of every 4xx and 5xx; ours holds a secret token."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
