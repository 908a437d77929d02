"""What strangers and colleagues write is shown and never run: every text of every row, on every page, in Chromium."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import bell
from channels.adapters.base import RawDelivery
from channels.journal import drain, record
from channels.models import Channel, Message
from channels.services import create_channel, hook_url_of, save_site_form, site_form_of
from channels.sites.definition import Consent, Question
from channels.tests.conftest import MAIL, path_of
from core.tenancy import tenant_scope
from core.testing.browser import ORIGIN, browser_type_launch_args, site  # noqa: F401  (fixtures)
from crm_project.tests.trust.hostile import EVERYTHING, OUTSIDE, PAYLOADS, spoil
from crm_project.tests.walkers.asking import signed_in
from crm_project.tests.walkers.routes import Route, of_kind
from crm_project.tests.walkers.world import World
from leads.models import Lead

pytestmark = pytest.mark.django_db
# What a page of ours never has: an element out of a payload, a handler or an address that runs.
TRACES = """() => [...document.querySelectorAll('*')].filter(one =>
    one.matches('.pwn, #pwn, base[href], object, embed, meta[http-equiv=refresh]')
    || [...one.attributes].some(a => a.name.startsWith('on') || a.name.startsWith('hx-on')
        || (['href', 'src', 'action', 'formaction'].includes(a.name)
            && /^\\s*(java\\s*script|data:text|vbscript)/i.test(a.value)))
).map(one => one.outerHTML.slice(0, 200))"""

LOOKS = re.compile(r"/static/.*\.(?:css|woff2|svg|png)$")  # of no matter here, and most of the time


class Watch:
    """Everything a page did that it should not have."""

    def __init__(self, opened: Any) -> None:
        self.site, self.page, self.found = opened, opened.page, []
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.route(LOOKS, lambda route: route.fulfill(body=""))

    def _dialog(self, dialog: Any) -> None:
        self.found.append(f"{self.page.url}: a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname != "localhost":
            self.found.append(f"{self.page.url}: a request to {request.url}")

    def look(self, path: str) -> None:
        """Open a page as it is, let its scripts run, and look for traces."""
        self.page.goto(f"{ORIGIN}{path}", wait_until="load")
        self.page.wait_for_timeout(20)
        self.found += [f"{path}: {trace}" for trace in self.page.evaluate(TRACES)]
        self.found += [f"{path}: {line}" for line in self.site.complaints if _tells_of_a_hole(line)]
        self.site.complaints.clear()


def _tells_of_a_hole(complaint: str) -> bool:
    """A script or an address that the page's policy stopped was nevertheless put into the page."""
    is_stopped = (
        "Content Security Policy" in complaint and "'data:,'" not in complaint
    )  # a letter's own empty icon
    return is_stopped or OUTSIDE in complaint


@pytest.fixture(autouse=True)
def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def world(tenant: Any, admin: Any) -> World:
    """A company in which every text is an attack."""
    found = World(tenant, admin)
    with tenant_scope(tenant):
        made = create_channel(kind="chat", name="Chat", by=admin, now=timezone.now(), settings={
            "title": EVERYTHING, "greeting": EVERYTHING, "consent_text": EVERYTHING, "bot_name": PAYLOADS[1],
            "away_text": EVERYTHING, "invite_text": EVERYTHING, "scenario": f"name: {PAYLOADS[1]}",
        })  # fmt: skip
        found.rows["chat"] = made.channel
        _build_form(found.rows["channel"], admin)
        Lead.objects.update(fields=[[payload, EVERYTHING] for payload in PAYLOADS])
        assert spoil() > 100  # the walk is worth nothing where nothing was written
    return found


def _build_form(channel: Channel, by: Any) -> None:
    """Let every word of the form on the site be an attack."""
    definition, version = site_form_of(channel)
    questions = tuple(
        Question(
            f"q{number}", kind, EVERYTHING[:200], EVERYTHING[:200], EVERYTHING[:300], options=PAYLOADS[:20]
        )
        for number, kind in enumerate(("line", "text", "choice", "choices", "yes_no", "phone"))
    )
    words = dict.fromkeys(("title", "intro", "button", "thanks"), EVERYTHING[:300])
    consent = Consent(
        text=EVERYTHING, link_text=PAYLOADS[1], link_url='https://shop.example/"><img class=pwn>'
    )
    changed = dataclasses.replace(definition, fields=questions, consent=consent, **words)
    save_site_form(channel=channel, definition=changed, version=version, by=by, now=timezone.now())


@pytest.fixture
def watch(site: Any, world: World) -> Watch:  # noqa: F811
    return Watch(site(signed_in(world.by)))


def addresses(world: World) -> Iterator[str]:
    """Every page of the company that shows something of what was written."""
    client, seen = signed_in(world.by), set()
    for route in of_kind("tenant"):
        for address in _of_route(route, world):
            answer = client.get(address)
            is_page = answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith(
                "text/html"
            )
            if is_page and "pwn" in answer.content.decode() and address not in seen:
                seen.add(address)
                yield address


def _of_route(route: Route, world: World) -> Iterator[str]:
    yield world.address(route)
    if route.name.startswith("channels:") and route.kwargs == ("pk",) and "channel" in route.path:
        yield reverse(route.name, args=[world.rows["chat"].pk])


def test_no_text_runs_on_any_page(world: World, watch: Watch) -> None:
    shown = list(addresses(world))
    assert len(shown) > 50
    for address in shown:
        watch.look(address)
    assert not watch.found, "\n".join(watch.found)


def test_no_text_runs_where_visitors_of_a_site_see_it(world: World, site: Any) -> None:  # noqa: F811
    with tenant_scope(world.tenant):
        channels = list(Channel.objects.filter(kind__in=("form", "chat")))
    assert len(channels) == 2
    stranger = Watch(site(Client(raise_request_exception=False)))
    for channel in channels:
        with tenant_scope(world.tenant):
            url = hook_url_of(channel)
        if channel.kind == "form":
            stranger.look(path_of(url).replace("/hooks/form/", "/f/"))
    assert not stranger.found, "\n".join(stranger.found)


LETTERS = (
    *PAYLOADS,
    "<body onload=alert(1)>",
    "<p style=\"background:url(https://evil.example/a)\">x</p>",
    "<table background=https://evil.example/b><tr><td>x</table>",
    "<video poster=https://evil.example/c src=https://evil.example/d autoplay></video>",
    "<img srcset='https://evil.example/e 1x' src=cid:none>",
    "<img src='https://evil.example/f'><IMG SRC=//evil.example/g><img src=\" https://evil.example/h\">",
    "<img alt='a\" src=\"https://evil.example/i' src=https://evil.example/j>",
    "<svg><image href=https://evil.example/k /></svg>",
    "<noscript><p title=\"</noscript><img src=x class=pwn onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src class=pwn onerror=alert(1)>",
    "<a href='jav&#x09;ascript:alert(1)' class=pwn>x</a>",
    "<input type=image src=https://evil.example/l>",
)  # fmt: skip


def test_letter_runs_nothing_and_asks_nobody(world: World, watch: Watch) -> None:
    with tenant_scope(world.tenant):
        mailbox = create_channel(
            kind="email", name="Mail", by=world.by, now=timezone.now(), settings=MAIL
        ).channel
        for number, payload in enumerate(("<br>".join(LETTERS), *LETTERS[-12:])):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = "anna@client.example", "a@b.example", "Hi"
            letter["Message-ID"] = f"<{number}@client.example>"
            letter.set_content(
                f"<p>Hello, here is what I want to say.</p>{payload}<p>Bye</p>", subtype="html"
            )
            record(
                channel=mailbox, delivery=RawDelivery(letter.as_bytes(), method="IMAP"), now=timezone.now()
            )
    drain(world.tenant.pk)
    with tenant_scope(world.tenant):
        entries = list(
            Message.objects.filter(channel=mailbox).exclude(html="").values_list("activity_id", flat=True)
        )
        leads = list(Lead.objects.filter(channel=mailbox).values_list("pk", flat=True))
    assert len(entries) == 13
    for entry in entries:
        watch.look(reverse("channels:letter", args=[entry]))
    for lead in leads[:1]:
        watch.look(reverse("leads:detail", args=[lead]))  # with the letter in its frame
        watch.page.wait_for_timeout(300)
    assert not watch.found, "\n".join(watch.found)
