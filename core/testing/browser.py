"""A real Chromium whose requests are answered by Django's test client: same thread, same transaction.

Quicker than a live server and sees what the test has not committed. Streams (/live/) are refused.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route

# Playwright's loop runs in this thread to the end of the run, and Django takes that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
ORIGIN = "http://localhost"  # a secure context for the browser, an allowed host for Django
# Both are the distribution's; the one without windows of its own takes a fifth less time
_CHROMIUMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = next((one for one in _CHROMIUMS if Path(one).exists()), _CHROMIUMS[-1])
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".html": "text/html",
}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Launch the distribution's own Chromium."""
    return {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


class Site:
    """The product in a browser page, signed in or not; collects what the console complains about."""

    def __init__(self, page: Page, client: Client) -> None:
        self.page = page
        self.client = client
        self.complaints: list[str] = []
        self.is_down = False
        # Playwright answers routes in greenlets, which see other context variables and so another
        # database connection; requests run in a copy of the test's own context.
        self._context = contextvars.copy_context()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.route("**/*", self._answer)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        """Go to a path and wait until the shell's scripts have run."""
        self.page.goto(f"{ORIGIN}{path}")
        self.page.wait_for_function("document.documentElement.classList.contains('ready')")
        return self.page

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if self.is_down or url.path.startswith("/live"):
            route.abort("connectionrefused")
        elif url.path.startswith("/static/"):
            self._static(route, url.path.removeprefix("/static/"))
        else:
            self._dynamic(route, f"{url.path}?{url.query}" if url.query else url.path)

    @staticmethod
    def _static(route: Route, name: str) -> None:
        found = finders.find(name)
        if not found:
            route.fulfill(status=404)
            return
        path = Path(found)
        kind = _TYPES.get(path.suffix, "application/octet-stream")
        route.fulfill(body=path.read_bytes(), headers={"Content-Type": kind})

    def _dynamic(self, route: Route, path: str) -> None:
        request = route.request
        headers = request.all_headers()
        for name, morsel in SimpleCookie(headers.get("cookie", "")).items():
            self.client.cookies[name] = morsel.value
        extra = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items() if k != "cookie"}
        send: Any = self.client.generic
        response = self._context.copy().run(
            send,
            request.method,
            path,
            request.post_data_buffer or b"",
            content_type=headers.get("content-type", "application/octet-stream"),
            **extra | {"HTTP_HOST": "localhost"},
        )
        told = dict(response.headers)
        if response.cookies:
            told["Set-Cookie"] = "\n".join(morsel.OutputString() for morsel in response.cookies.values())
        streamed: Any = getattr(response, "streaming_content", ())
        body = b"".join(streamed) if response.streaming else response.content
        route.fulfill(status=response.status_code, headers=told, body=body)


@pytest.fixture
def site(browser: Browser, db: None) -> Iterator[Any]:
    """Return a function that opens the product for a client, with the browser context's options."""
    contexts = []

    def start(client: Client | None = None, **options: Any) -> Site:
        context = browser.new_context(**{"locale": "en", "reduced_motion": "reduce"} | options)
        contexts.append(context)
        return Site(context.new_page(), client or Client(raise_request_exception=False))

    yield start
    for context in contexts:
        context.close()
