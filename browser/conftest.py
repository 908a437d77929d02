"""The product served for real, a company in it, and browsers whose people are signed in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import DjangoDbBlocker

from browser import stack as serving
from browser.post_office import PostOffice, receiving
from browser.stack import Stack
from channels.services import CreatedChannel, create_channel
from conftest import make_member, make_tenant
from core.tenancy import tenant_scope
from core.testing import databases
from core.testing.browser import CHROMIUM
from deals.models import Pipeline, RejectionReason, Stage
from deals.setup import create_starter_pipeline, create_starter_reasons
from tenants.models import Membership, Role, Tenant

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
COUNTRIES = {
    "en": {"time_zone": "Europe/London", "currency": "GBP", "phone_region": "GB"},
    "ru": {"time_zone": "Europe/Moscow", "currency": "RUB", "phone_region": "RU"},
}
# What the browser and HTMX write of a 4xx, which tests look at by themselves, and of a request that a click on
# a link cut short, or a newer one of the same place replaced (hx-sync). Answers of 5xx and lost connections are
# heard of otherwise.
NO_COMPLAINTS = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:afterRequest",
    "htmx:sendError",
    "htmx:sendAbort",
)
# Playwright's loop runs in this thread to the end of the run, and Django takes that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share one running product in one worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Launch the distribution's own Chromium; without it skip, but never in CI."""
    if not Path(CHROMIUM).exists():
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing(f"{CHROMIUM} is not installed: apt-get install chromium")
    return {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def _running(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    with django_db_blocker.unblock():
        name = databases.create_copy("_browser")
    try:
        with serving.running(name) as stack:
            yield stack
    finally:
        with django_db_blocker.unblock():
            databases.drop_copy(name)


@pytest.fixture
def stack(_running: Stack, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """Serve the product; services called in the test work on its database, and commit."""
    with django_db_blocker.unblock(), databases.pointed_at(_running.database):
        yield _running


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server the product sends its letters to."""
    with receiving() as office:
        yield office


@dataclass
class Company:
    """A company of its own for one test."""

    stack: Stack
    tenant: Tenant
    admin: Membership
    manager: Membership
    colleague: Membership
    pipeline: Pipeline
    reasons: list[RejectionReason]
    form: CreatedChannel
    posted: int = field(default=0)

    def channel(
        self, kind: str, name: str, settings: dict[str, Any] | None = None, **fields: Any
    ) -> CreatedChannel:
        """Connect one more account."""
        with tenant_scope(self.tenant):
            return create_channel(
                kind=kind, name=name, by=self.admin, now=timezone.now(), settings=settings or {}, **fields
            )

    def address(self, made: CreatedChannel) -> str:
        """Where the running product takes this channel's deliveries."""
        return self.stack.url + "/" + made.hook_url.split("://", 1)[1].partition("/")[2]

    def post_form(self, **fields: str) -> None:
        """Fill in the form on the company's website."""
        answer = httpx.post(self.address(self.form), data=fields, timeout=30)
        assert answer.status_code == 200, answer.text

    def stage(self, name: str) -> Stage:
        with tenant_scope(self.tenant):
            return Stage.objects.get(pipeline=self.pipeline, name=name)


@pytest.fixture
def company(stack: Stack) -> Company:
    """An English-speaking company with a pipeline, reasons and a form on its website."""
    return make_company(stack, "en")


def make_company(stack: Stack, language: str) -> Company:
    """Make a company whose people, stages and money are those of its country."""
    tenant = make_tenant(language=language, **COUNTRIES[language])
    people = {}
    for name, role in (("Ada", Role.Code.ADMIN), ("Mary", Role.Code.MANAGER), ("Oscar", Role.Code.MANAGER)):
        people[name] = make_member(tenant, name, role)
        user = people[name].user
        user.language = language
        user.save()
    with tenant_scope(tenant):
        pipeline = create_starter_pipeline(template="simple")
        reasons = create_starter_reasons()
        made = create_channel(
            kind="form",
            name="Website",
            by=people["Ada"],
            now=timezone.now(),
            responsible_role=people["Mary"].role,
            is_reason_required=True,
        )
    return Company(stack, tenant, people["Ada"], people["Mary"], people["Oscar"], pipeline, reasons, made)


class Seat:
    """A person at a browser."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page = context.new_page()
        self.complaints: list[str] = []
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._hear)
        context.on("response", self._see)
        context.on("requestfailed", self._miss)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(NO_COMPLAINTS):
            self.complaints.append(message.text)

    def _see(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def _miss(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure} {request.url}")

    def open(self, path: str) -> Page:
        """Go to a path and wait until the page's scripts have run."""
        self.page.goto(self.url + path)
        return self.ready()

    def ready(self) -> Page:
        self.page.locator("html.ready").wait_for(state="attached")
        return self.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def seat(stack: Stack, browser: Browser) -> Iterator[Callable[..., Seat]]:
    """Return a function that seats a member (or a stranger) at a browser; nobody's console may complain."""
    taken: list[Seat] = []

    def sit(member: Membership | None = None, **options: Any) -> Seat:
        context = browser.new_context(
            **{"locale": "en", "viewport": DESKTOP, "reduced_motion": "reduce", "accept_downloads": True}
            | options
        )
        context.set_default_timeout(PATIENCE_MS)
        context.set_default_navigation_timeout(2 * PATIENCE_MS)
        if member is not None:
            context.add_cookies([{"name": stack.session_cookie, "value": sign_in(member), "url": stack.url}])
        taken.append(Seat(context, stack.url))
        return taken[-1]

    expect.set_options(timeout=PATIENCE_MS)
    yield sit
    complaints = [line for one in taken for line in one.complaints]
    for one in taken:
        one.context.close()
    assert not complaints, "\n".join([*complaints, stack.log("web")[-4000:]])


def sign_in(member: Membership) -> str:
    """Log a member in and return the session's key."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[next(name for name in client.cookies if "session" in name)].value


def number_in(text: str | None) -> int:
    """Read a shown number."""
    return int(re.sub(r"\D", "", text or "") or 0)
