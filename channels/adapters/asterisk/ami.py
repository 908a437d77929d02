"""Speak the manager interface of Asterisk: log in, hear events, give orders. One connection, one thread."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Mapping
from typing import Self

from django.utils.translation import gettext

from channels.adapters import client as web
from channels.adapters.asterisk.events import blocks
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_int, clean_line, decode_bytes

PORT = 5038
TIMEOUT_S = 8.0
MAX_MESSAGE_BYTES = 256 * 1024
CLASSES = "call,cdr,agent"  # of events: all that tell of calls


class Manager:
    """A connection to the manager interface. Use as a context manager; any failure is SendError: connect anew."""

    def __init__(self, settings: Settings, *, classes: str = "off") -> None:
        self._settings = settings
        self._classes = classes
        self._rest = b""

    def __enter__(self) -> Self:
        host, port = clean_line(self._settings.get("host"), 253), as_int(self._settings.get("port")) or PORT
        allow_private = web.private_hosts_allowed()
        try:
            self._socket = web.open_socket(host, port, timeout=TIMEOUT_S, allow_private=allow_private)
            if self._settings.get("is_tls"):
                self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=host)
        except (OSError, ValueError, OverflowError) as exc:
            message = gettext("Asterisk can't be reached: {error}").format(error=_short(exc))
            raise SendError(message, is_permanent=isinstance(exc, web.AddressRefused)) from exc
        try:
            self._log_in()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(self, *_args: object) -> None:
        self._socket.close()

    def hear(self, timeout_s: float) -> bytes | None:
        """Return the next message as it came, or None when none came in time. Raises SendError."""
        until = time.monotonic() + timeout_s
        while (end := _end_of(self._rest)) is None:
            self._check_size()
            self._socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                chunk = self._socket.recv(65_536)
            except TimeoutError:
                return None
            except OSError as exc:
                raise SendError(gettext("The connection to Asterisk broke."), is_permanent=False) from exc
            if not chunk:
                raise SendError(gettext("Asterisk closed the connection."), is_permanent=False)
            self._rest += chunk
        message, self._rest = self._rest[: end[0]], self._rest[end[1] :]
        return message

    def ask(self, action: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Give an order and wait for its answer; events that come in between are passed by. Raises SendError."""
        number = fields.get("ActionID") or secrets.token_hex(8)
        told = {"Action": action, "ActionID": number, **fields}
        lines = "".join(f"{name}: {clean_line(value)}\r\n" for name, value in told.items())
        self._say(lines.encode() + b"\r\n")
        until = time.monotonic() + TIMEOUT_S
        while (left := until - time.monotonic()) > 0:
            message = self.hear(left)
            for block in blocks(decode_bytes(message or b"")):
                if "response" in block and block.get("actionid") == number:
                    return block
        raise SendError(gettext("Asterisk does not answer."), is_permanent=False, is_uncertain=True)

    def ping(self) -> None:
        """Make the server say something; a connection that fell silent is found out so. Raises SendError."""
        self._say(b"Action: Ping\r\n\r\n")

    def _say(self, message: bytes) -> None:
        try:
            self._socket.settimeout(TIMEOUT_S)
            self._socket.sendall(message)
        except OSError as exc:
            raise SendError(gettext("The connection to Asterisk broke."), is_permanent=False) from exc

    def _log_in(self) -> None:
        """The server greets with one line, then answers the login."""
        name, secret = (str(self._settings.get(field) or "") for field in ("username", "password"))
        answer = self.ask("Login", {"Username": name, "Secret": secret, "Events": self._classes})
        if answer["response"].lower() != "success":
            detail = clean_line(answer.get("message"), 150)
            message = gettext("Asterisk refused the login: {detail}").format(detail=detail)
            raise SendError(message, is_permanent=True)

    def _check_size(self) -> None:
        if len(self._rest) > MAX_MESSAGE_BYTES:
            raise SendError(gettext("Whoever answers at this address is not Asterisk."), is_permanent=True)


def _end_of(data: bytes) -> tuple[int, int] | None:
    """Find where the first message ends, and where the next begins."""
    found = [(at, at + len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark)) >= 0]
    return min(found, default=None)


def _short(error: Exception) -> str:
    """Say what went wrong without the number the system gives it."""
    return str(getattr(error, "strerror", None) or error)[:150]
