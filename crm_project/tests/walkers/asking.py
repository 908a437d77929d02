"""Ask a page something and leave nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog-body"}
_WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
# Written by being signed in, not by the page.
_OWN_TABLES = {"django_session", "usersessions_usersession", "tenants_user"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_CHANGING = (
    re.compile(r'(name="csrfmiddlewaretoken" value|name="csrf-token" content|nonce)="[^"]*"'),
    re.compile(r'"csrf_?token": ?"[^"]*"', re.IGNORECASE),
)


def signed_in(member: Any, *, checks_csrf: bool = False) -> Client:
    """Sign a member in; errors become answers with status 500 instead of being raised."""
    client = Client(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what the body did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(
    client: Client, method: str, address: str, data: Any = None, **headers: str
) -> tuple[HttpResponse, str, set[str]]:
    """Send one request, undo it, and return the answer, its text and the tables it wrote to."""
    send: Callable[..., HttpResponse] = getattr(client, method.lower())
    connection.queries_log.clear()  # it holds 9,000 statements and no more
    with undone(), CaptureQueriesContext(connection) as queries:
        answer = send(address, data or {}, **headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    written = {match[1] for query in queries if (match := _WRITES.match(query["sql"] or ""))}
    return answer, body.decode(errors="replace"), written - _OWN_TABLES


def comparable(body: str, address: str) -> str:
    """Take out of a page what differs between two requests anyway, and the ids it was asked for."""
    for pattern in _CHANGING:
        body = pattern.sub("", body)
    for asked in _ID.findall(address):
        body = body.replace(asked, "")
    return body
