"""The server that is measured, seen by one signed-in member: over HTTP, and in this process to count queries."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.crypto import get_random_string

from bench import processes
from tenants.models import User

LOCAL = {"127.0.0.1", "localhost", "::1"}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SETTLE_S = 0.003  # a worker still commits and logs after the last byte of its answer


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What is asked; a POST when there is a form."""

    path: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What one request cost, in milliseconds: for who waits, and of processor time in web and database."""

    wall_ms: float
    web_ms: float
    database_ms: float


class Server:
    """A running server on this machine and a member's session in it."""

    def __init__(self, url: str, email: str) -> None:
        address = httpx.URL(url)
        if address.host not in LOCAL:
            raise SystemExit("Only a server on this machine is measured.")
        self.port = address.port or 80
        self.pids = processes.web_processes(self.port)
        if not self.pids:
            raise SystemExit(f"Nothing of ours serves {url}: start it with ./run --port {self.port}")
        self.here = _signed_in(email)
        self.http = self._visitor(url)

    def _visitor(self, url: str) -> httpx.Client:
        session, token = self.here.cookies[settings.SESSION_COOKIE_NAME].value, get_random_string(32)
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: token}
        # ./run names its cookies after a port that isn't the usual one
        cookies |= {f"crm_session_{self.port}": session, f"csrftoken_{self.port}": token}
        return httpx.Client(base_url=url, cookies=cookies, headers={"X-CSRFToken": token}, timeout=60)

    def send(self, request: Request) -> Taken:
        """Send one request and say what it cost; anything but success ends the program."""
        back_ends = processes.back_ends()
        web, database = processes.processor_ms(self.pids), processes.processor_ms(back_ends)
        started = time.perf_counter()
        if request.form is None:
            response = self.http.get(request.path, headers=request.headers)
        else:
            response = self.http.post(request.path, data=dict(request.form), headers=request.headers)
        wall = (time.perf_counter() - started) * 1000
        if response.status_code not in (200, 204, 302):
            raise SystemExit(f"{request.path}: HTTP {response.status_code}\n{response.text[:2000]}")
        time.sleep(SETTLE_S)
        return Taken(
            wall,
            processes.processor_ms(self.pids) - web,
            processes.processor_ms(back_ends) - database,
        )

    def count_queries(self, request: Request) -> int:
        """Answer the request in this process, warmed up; return how many statements it ran."""
        with CaptureQueriesContext(connection) as queries:
            if request.form is None:
                self.here.get(request.path, headers=dict(request.headers))
            else:
                self.here.post(request.path, dict(request.form), headers=dict(request.headers))
        return len(queries)


def _signed_in(email: str) -> Client:
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(User.objects.get(email=email), backend=BACKEND)
    return client
