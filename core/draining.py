"""Read to its end what a client sends although we answer without it.

A server that closes the connection on unread data resets it, and the client sees a broken pipe instead of the answer:
a provider whose post is too large never learns that it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 10
_CHUNK = 64 * 1024
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Draining:
    """A WSGI application that leaves nothing of the request unread, within reason."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self.application(environ, start_response)
        if environ.get("wsgi.input_terminated"):  # else reading past the end would wait for ever
            _drain(environ["wsgi.input"])
        return response


def _drain(stream: Any) -> None:
    deadline, left = time.monotonic() + MAX_SECONDS, MAX_BYTES
    try:
        while left > 0 and time.monotonic() < deadline and (chunk := stream.read(_CHUNK)):
            left -= len(chunk)
    except OSError:  # the client has gone
        return
