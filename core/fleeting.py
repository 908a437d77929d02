"""Who is at what just now: names kept in Redis for seconds, and silently missing without it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable

from django.core.cache import cache
from redis.exceptions import RedisError

_PAUSE_S = 5.0

Noted = dict[str, tuple[str, float]]  # a key of who it is: their name, until when


class Pause:
    """After Redis has failed nobody waits for it again before this is over."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        """Let nobody wait for a while."""
        self._until = time.monotonic() + _PAUSE_S

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until


class Fleeting:
    """Names by row: who looks at it, who types in it. Whoever goes on says so again before `stays_s` are over."""

    def __init__(self, prefix: str, *, stays_s: int) -> None:
        self._prefix = prefix
        self._stays_s = stays_s
        self._pause = Pause()

    def note(self, row_id: uuid.UUID, who: str, name: str) -> None:
        """Note that somebody is at the row."""
        noted = self.at([row_id]).get(row_id, {})
        noted[who] = (name, time.time() + self._stays_s)
        self._write(row_id, noted)

    def drop(self, row_id: uuid.UUID, who: str) -> None:
        """Note that somebody has gone."""
        noted = self.at([row_id]).get(row_id, {})
        if noted.pop(who, None) is not None:
            self._write(row_id, noted)

    def at(self, row_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Noted]:
        """Tell who is at these rows; one question to Redis for all of them."""
        keys = {row_id: f"{self._prefix}:{row_id}" for row_id in row_ids}
        if not keys or self._pause.is_on:
            return {}
        try:
            stored = cache.get_many(keys.values())
        except (RedisError, OSError):
            self._pause.begin()
            return {}
        now = time.time()
        return {
            row_id: {who: (name, until) for who, (name, until) in stored[key].items() if until > now}
            for row_id, key in keys.items()
            if key in stored
        }

    def _write(self, row_id: uuid.UUID, noted: Noted) -> None:
        if self._pause.is_on:
            return
        try:
            cache.set(f"{self._prefix}:{row_id}", noted, self._stays_s)
        except (RedisError, OSError):
            self._pause.begin()
