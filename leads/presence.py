"""Who is looking at which lead or dialog right now: kept in Redis for a minute, and silently missing without it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable

from django.core.cache import cache
from redis.exceptions import RedisError

from tenants.models import Membership

STAYS_S = 45  # a page says again every 20 seconds that it is still there
_PAUSE_S = 5.0
_away_until = 0.0  # after a failure nobody waits for Redis before this moment

Lookers = dict[str, tuple[str, float]]  # member id: name, until when


def look(lead_id: uuid.UUID, member: Membership) -> None:
    """Note that the member has the lead open."""
    lookers = _read([lead_id]).get(lead_id, {})
    lookers[str(member.pk)] = (member.name, time.time() + STAYS_S)
    _write(lead_id, lookers)


def leave(lead_id: uuid.UUID, member: Membership) -> None:
    """Note that the member has closed the lead."""
    lookers = _read([lead_id]).get(lead_id, {})
    if lookers.pop(str(member.pk), None) is not None:
        _write(lead_id, lookers)


def lookers_at(lead_ids: Iterable[uuid.UUID], *, but: Membership) -> dict[uuid.UUID, list[str]]:
    """Name the others who look at these leads; one question to Redis for all of them."""
    found = _read(list(lead_ids))
    return {
        lead_id: names
        for lead_id, lookers in found.items()
        if (names := [name for pk, (name, _until) in lookers.items() if pk != str(but.pk)])
    }


def _key(lead_id: uuid.UUID) -> str:
    return f"looking:{lead_id}"


def _read(lead_ids: list[uuid.UUID]) -> dict[uuid.UUID, Lookers]:
    if not lead_ids or _is_away():
        return {}
    try:
        stored = cache.get_many([_key(lead_id) for lead_id in lead_ids])
    except (RedisError, OSError):
        _lost()
        return {}
    now = time.time()
    return {
        lead_id: {pk: tuple(who) for pk, who in stored[_key(lead_id)].items() if who[1] > now}
        for lead_id in lead_ids
        if _key(lead_id) in stored
    }


def _write(lead_id: uuid.UUID, lookers: Lookers) -> None:
    if _is_away():
        return
    try:
        cache.set(_key(lead_id), lookers, STAYS_S)
    except (RedisError, OSError):
        _lost()


def _is_away() -> bool:
    return time.monotonic() < _away_until


def _lost() -> None:
    global _away_until
    _away_until = time.monotonic() + _PAUSE_S
