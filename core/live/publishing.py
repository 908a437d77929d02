"""The sending half: one Redis message after commit; losing it costs freshness, never data."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.fleeting import Pause

logger = logging.getLogger(__name__)

_TOPIC = re.compile(r"[a-z][a-z0-9_.-]*")
GUESTS = "guest/"  # after LIVE_URL: the streams of visitors from outside
_PATIENCE_S = 0.5
_pause = Pause()


def publish(
    *,
    tenant_id: int,
    topic: str,
    payload: Mapping[str, Any],
    member_ids: Iterable[UUID] | None = None,
    guest: str = "",
) -> None:
    """Tell the tenant's open pages, once the surrounding transaction is durable.

    The payload carries ids only: the page then asks an ordinary view, which checks rights. With
    `member_ids` only these members hear it, with `guest` only the visitor from outside who has that key.
    Never raises because Redis is away.
    """
    if not _TOPIC.fullmatch(topic):
        raise ValueError(f"{topic!r} is no topic")
    members = None if member_ids is None else [str(member_id) for member_id in member_ids]
    event = {**payload, "topic": topic}
    message = json.dumps({"event": event, "members": members, "guest": guest}, default=str)
    transaction.on_commit(functools.partial(_send, channel(tenant_id), message))


def channel(tenant_id: int) -> str:
    """Name the tenant's Redis channel."""
    return f"{settings.REDIS_NAMESPACE}:live:{tenant_id}"


def guest_url(request: HttpRequest, address: str) -> str:
    """Return where a visitor of another site finds the stream behind an address that LiveStream's `admit` knows."""
    if not settings.LIVE_PORT:
        return f"{settings.PUBLIC_URL}{settings.LIVE_URL}{GUESTS}{address}"
    return f"{stream_url(request)}{GUESTS}{address}"


def stream_url(request: HttpRequest) -> str:
    """Return where this page's browser finds the stream.

    Behind a front server that is the page's own origin. `up` has no front server: there the stream
    has a port of its own on the page's host, which shares the cookies.
    """
    if not settings.LIVE_PORT:
        return str(settings.LIVE_URL)
    host, _ = split_domain_port(request.get_host())
    return f"{request.scheme}://{host}:{settings.LIVE_PORT}{settings.LIVE_URL}"


def _send(name: str, message: str) -> None:
    if _pause.is_on:
        return
    try:
        _client().publish(name, message)
    except (redis.RedisError, OSError) as error:
        _pause.begin()
        logger.warning("live update lost, Redis is away: %s", error)


@functools.lru_cache(maxsize=1)
def _client() -> redis.Redis:
    # redis-py would otherwise try a missing server again and again for seconds.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_PATIENCE_S,
        socket_connect_timeout=_PATIENCE_S,
    )
