"""The receiving half: one Redis subscription a process and tenant, fanned out to its open pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis.asyncio as redis
from django.conf import settings
from redis.exceptions import RedisError

from core.live.publishing import channel

logger = logging.getLogger(__name__)

# A page this far behind is told to read everything again instead.
QUEUE_LENGTH = 100
_RECONNECT_S = 1.0
MISSED_SOMETHING = {"topic": "reconnected"}


@dataclass(frozen=True)
class Viewer:
    """Who listens: one member of one tenant."""

    tenant_id: int
    member_id: UUID

    def hears(self, members: list[str] | None, guest: str) -> bool:
        """Say whether what is told to these members, or to this guest, is meant for the viewer."""
        return not guest and (members is None or str(self.member_id) in members)


@dataclass(frozen=True)
class Guest:
    """Somebody outside the company, who hears nothing but what is told to their own key."""

    tenant_id: int
    key: str

    def hears(self, members: list[str] | None, guest: str) -> bool:
        return guest == self.key


@dataclass(eq=False)
class Listener:
    """One open page and what it has still to be told; None ends it."""

    viewer: Viewer | Guest
    queue: asyncio.Queue[dict[str, Any] | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def tell(self, event: dict[str, Any] | None) -> None:
        """Queue the event; a page that reads too slowly gets one word for all it missed."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None if event is None else MISSED_SOMETHING)


class Hub:
    """Knows the open pages of this process, and hears Redis for them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[int, set[Listener]] = defaultdict(set)
        self._pubsub: redis.client.PubSub | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_hearing(self) -> bool:
        """Say whether Redis is there to be heard."""
        return self._pubsub is not None

    async def join(self, viewer: Viewer | Guest) -> Listener:
        """Add a page; subscribe when it is its tenant's first."""
        listener = Listener(viewer)
        is_first = not self._listeners[viewer.tenant_id]
        self._listeners[viewer.tenant_id].add(listener)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        elif is_first:
            await self._quietly("subscribe", viewer.tenant_id)
        return listener

    async def leave(self, listener: Listener) -> None:
        """Remove a page; unsubscribe after its tenant's last."""
        tenant_id = listener.viewer.tenant_id
        self._listeners[tenant_id].discard(listener)
        if not self._listeners[tenant_id]:
            del self._listeners[tenant_id]
            await self._quietly("unsubscribe", tenant_id)

    def end_all(self) -> None:
        """End every open page's stream: the process stops."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(None)

    async def close(self) -> None:
        """Stop hearing Redis."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def _quietly(self, command: str, tenant_id: int) -> None:
        # Without a connection there is nothing to do: the reader subscribes to all when it has one.
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await getattr(self._pubsub, command)(channel(tenant_id))

    async def _read(self) -> None:
        """Hear Redis for ever; after each gap tell every page that it may have missed something."""
        is_first = True
        while True:
            try:
                await self._read_once(is_first)
            except (RedisError, OSError) as error:
                logger.warning("live stream lost Redis, trying again: %s", error)
            is_first = False
            await asyncio.sleep(_RECONNECT_S)

    async def _read_once(self, is_first: bool) -> None:
        client = redis.Redis.from_url(
            self._url,
            client_name=f"{settings.REDIS_NAMESPACE}-live",
            socket_connect_timeout=2,
            # The system tells when the other end is gone; a quiet evening is no reason to hang up.
            socket_timeout=None,
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
            # One channel that nobody leaves, so that there is always something to listen to.
            await pubsub.subscribe(channel(0), *(channel(tenant_id) for tenant_id in self._listeners))
            self._pubsub = pubsub
            try:
                if not is_first:
                    self._tell_all(MISSED_SOMETHING)
                async for message in pubsub.listen():
                    self._fan_out(message)
            finally:
                self._pubsub = None

    def _tell_all(self, event: dict[str, Any]) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(event)

    def _fan_out(self, message: dict[str, Any]) -> None:
        tenant_id = int(message["channel"].decode().rpartition(":")[2])
        content = json.loads(message["data"])
        members, guest = content["members"], content.get("guest", "")
        for listener in self._listeners.get(tenant_id, ()):
            if listener.viewer.hears(members, guest):
                listener.tell(content["event"])
