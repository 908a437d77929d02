"""The ASGI application of /live/: server-sent events for a signed-in member, or for a visitor of another site."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError
from django.http.request import split_domain_port, validate_host

from core.live.hub import Guest, Hub, Listener, Viewer
from core.live.publishing import GUESTS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Authenticate = Callable[[str], Awaitable[Viewer | None]]
# Given the address after GUESTS, and the headers
Admit = Callable[[str, Mapping[str, str]], Awaitable[Guest | None]]
StillThere = Callable[[], Awaitable[bool]]

HEARTBEAT_S = 15.0
# A revoked session, membership or changed tenant ends the stream within this time.
RECHECK_S = 20.0
MAX_GUESTS = 3000  # open streams of visitors; those who find no room ask again and again instead
_RETRY_MS = 3000
_PREFLIGHT: Headers = [
    (b"access-control-allow-headers", b"authorization"),
    (b"access-control-allow-methods", b"GET"),
    (b"access-control-max-age", b"7200"),
]
_STREAM_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class LiveStream:
    """Serve the stream; `authenticate` turns a session key into a viewer, `admit` a visitor's headers into a guest."""

    def __init__(
        self, authenticate: Authenticate, *, admit: Admit | None = None, hub: Hub | None = None
    ) -> None:
        self.authenticate, self.admit = authenticate, admit
        self.hub = hub or Hub(settings.REDIS_URL)
        self._guest_count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] == settings.LIVE_URL:
            await self._open(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(settings.LIVE_URL + GUESTS):
            await self._open_for_guest(scope, receive, send)
        elif scope["type"] == "http":
            await _answer(send, 200 if scope["path"] == "/healthz" else 404, [])

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        await receive()
        _before_stopping(self.hub.end_all)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.hub.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        host = _host(headers)
        if scope["method"] != "GET" or not host:
            await _answer(send, 400, [])
            return
        allowed = _allow_origin(headers.get("origin", ""), host)
        session_key = _session_key(headers.get("cookie", ""))
        try:
            viewer = await self.authenticate(session_key) if session_key else None
        except DatabaseError:
            await _answer(send, 503, [*allowed, (b"retry-after", b"5")])
            return
        if viewer is None:
            await _answer(send, 401, allowed)
            return

        async def still_there() -> bool:
            return await self.authenticate(session_key) == viewer

        await self._stream(viewer, still_there, allowed, receive, send)

    async def _open_for_guest(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a visitor of another site. Whoever may not hear it learns only that there is nothing."""
        headers = _headers(scope)
        address, admit = scope["path"].removeprefix(settings.LIVE_URL + GUESTS), self.admit
        if admit is None or not _host(headers) or scope["method"] not in ("GET", "OPTIONS"):
            await _answer(send, 404, [])
            return
        allowed = _allow_visitor(headers.get("origin", ""))
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, [*allowed, *_PREFLIGHT])
            return
        try:
            guest = await admit(address, headers)
        except DatabaseError:
            guest = None
        if guest is None or self._guest_count >= MAX_GUESTS:
            await _answer(send, 404 if guest is None else 503, [])
            return

        async def still_there() -> bool:
            return self.hub.is_hearing and await admit(address, headers) == guest

        self._guest_count += 1
        try:
            await self._stream(guest, still_there, allowed, receive, send)
        finally:
            self._guest_count -= 1

    async def _stream(
        self,
        viewer: Viewer | Guest,
        still_there: StillThere,
        allowed: Headers,
        receive: Receive,
        send: Send,
    ) -> None:
        listener = await self.hub.join(viewer)
        gone = asyncio.create_task(_until_gone(receive, listener))
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [*_STREAM_HEADERS, *allowed]}
            )
            await _write(send, f"retry: {_RETRY_MS}\n\n")
            await self._pump(listener, still_there, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            await self.hub.leave(listener)

    async def _pump(self, listener: Listener, still_there: StillThere, send: Send) -> None:
        """Pass events on until the page goes, the session ends or the process stops."""
        now = asyncio.get_running_loop().time
        recheck_at = now() + RECHECK_S
        while True:
            wait_s = max(min(HEARTBEAT_S, recheck_at - now()), 0)
            with contextlib.suppress(TimeoutError):
                event = await asyncio.wait_for(listener.queue.get(), wait_s)
                if event is None:
                    return
                await _write(send, f"data: {json.dumps(event)}\n\n")
                continue
            if now() >= recheck_at:
                if not await _surely(still_there):
                    return
                recheck_at = now() + RECHECK_S
            await _write(send, ": still here\n\n")


async def _surely(still_there: StillThere) -> bool:
    try:
        return await still_there()
    except DatabaseError:  # can't tell: end it, the browser comes back
        return False


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.tell(None)


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int, headers: Headers) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _host(headers: Mapping[str, str]) -> str:
    """Return our own name as it was called, or nothing when it is none of ours."""
    host, _ = split_domain_port(headers.get("host", "").lower())
    return host if validate_host(host, settings.ALLOWED_HOSTS) else ""


def _session_key(cookie: str) -> str:
    try:
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _allow_origin(origin: str, host: str) -> Headers:
    """Return the headers that let a page of our own, on another port, read the stream."""
    if not origin:
        return []
    is_neighbour = bool(settings.LIVE_PORT) and urlsplit(origin).hostname == host
    if not is_neighbour and origin not in (settings.PUBLIC_URL, *settings.CSRF_TRUSTED_ORIGINS):
        return []
    return [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


def _allow_visitor(origin: str) -> Headers:
    """Let the page of any site read what `admit` opens: no cookie is asked for, the visitor's own key is."""
    return [(b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")] if origin else []


def _before_stopping(call: Callable[[], None]) -> None:
    """Run the call on SIGTERM and SIGINT before the server's own handler, which waits for open streams."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        previous = signal.getsignal(number)

        def handle(received: int, frame: Any, previous: Any = previous) -> None:
            loop.call_soon_threadsafe(call)
            if callable(previous):
                previous(received, frame)

        with contextlib.suppress(ValueError):  # not the main thread: a test's server
            signal.signal(number, handle)
