"""Pages for machines: alive, able to serve, figures."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView
from redis.backoff import NoBackoff
from redis.retry import Retry

# Three missed beats of core.tasks.heartbeat.
WORKER_SILENCE_S = 65
_PATIENCE_S = 0.5
_PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


def _public(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Serve without a session, and without the transaction that would fail before we can say so."""
    view.is_public = True  # type: ignore[attr-defined]  # read by the tenant middleware
    return transaction.non_atomic_requests(view)


@_public
@require_GET
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process lives; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@_public
@require_GET
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Tell how each part fares: 503 without the database, 'degraded' without broker or worker.

    Intake and pages work without the last two, so a balancer must not take this process out for them.
    """
    parts = {"database": _database(), **_broker_and_worker()}
    is_able = parts["database"]["ok"]
    is_whole = all(part["ok"] for part in parts.values())
    status = "ready" if is_whole else "degraded" if is_able else "down"
    return JsonResponse({"status": status, "parts": parts}, status=200 if is_able else 503)


@_public
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus on this machine, or one that knows METRICS_TOKEN; nobody else learns it exists."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    knows_token = bool(settings.METRICS_TOKEN) and constant_time_compare(given, settings.METRICS_TOKEN)
    if not knows_token and not _is_local(request):
        raise Http404
    return ExportToDjangoView(request)


def heard_from_worker() -> None:
    """Note that beat, broker and a worker work: called by the heartbeat task."""
    _client().set(_heartbeat_key(), repr(time.time()), ex=3600)


def _is_local(request: HttpRequest) -> bool:
    """Say whether the request began on this machine: behind a front server every address looks local."""
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _database() -> dict[str, Any]:
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False}
    return {"ok": True, "ms": _ms_since(began)}


def _broker_and_worker() -> dict[str, dict[str, Any]]:
    began = time.monotonic()
    try:
        heard = _client().get(_heartbeat_key())
    except (redis.RedisError, OSError):
        return {"broker": {"ok": False}, "worker": {"ok": False, "heard_s": None}}
    broker = {"ok": True, "ms": _ms_since(began)}
    if heard is None:
        return {"broker": broker, "worker": {"ok": False, "heard_s": None}}
    silence_s = max(time.time() - float(heard), 0)
    return {"broker": broker, "worker": {"ok": silence_s < WORKER_SILENCE_S, "heard_s": round(silence_s)}}


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)


def _heartbeat_key() -> str:
    return f"{settings.REDIS_NAMESPACE}:heartbeat"


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_PATIENCE_S,
        socket_connect_timeout=_PATIENCE_S,
    )
