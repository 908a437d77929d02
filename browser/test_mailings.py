"""A mailing from the list of contacts to the letter in a mailbox, and its reader who has had enough."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone
from playwright.sync_api import Browser, expect

from browser.waiting import until
from contacts.identity import Key
from contacts.services import create_contact
from core.tenancy import tenant_scope


class Sink:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = Sink()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


def test_a_mailing_goes_out_and_its_reader_unsubscribes(company, seat, browser: Browser, sink):
    kept, port = sink
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    posted = {"arrival": "raw", "address": "sales@test.example"}  # nobody has to be asked for letters
    company.channel("email", "Sales mailbox", smtp | posted)
    with tenant_scope(company.tenant):
        for name, address in (("Anna Brown", "anna@client.example"), ("Boris Smith", "boris@client.example")):
            create_contact(
                by=company.manager,
                now=timezone.now(),
                name=name,
                keys=[Key("email", address)],
                owner=company.manager,
            )
        create_contact(
            by=company.manager, now=timezone.now(), name="Without Mail", keys=[], owner=company.manager
        )
    mary = seat(company.manager)
    page = mary.open("/contacts/")
    page.locator("[data-select-all]").check()
    page.get_by_role("button", name="Mailing", exact=True).click()
    page.fill("#dialog-body [name=name]", "Spring")
    page.locator("#dialog-body").get_by_role("button", name="Write the letter").click()
    page.wait_for_url(re.compile("/mailings/[0-9a-f-]{36}/edit/"))
    mary.ready()
    page.fill("[name=subject]", "News for ")
    page.locator("[name=subject]").press("End")
    page.get_by_role("button", name="Client's first name").click()
    expect(page.locator("[name=subject]")).to_have_value("News for {client_first_name}")
    page.fill(
        "[name=text]",
        "Hello {client_first_name}, from {client_city}!\n\nLook: [prices](https://ours.example/p)",
    )
    page.fill("[name=per_hour]", "3600")
    page.locator("[name=is_working_time]").uncheck()
    page.get_by_role("button", name="Save and look").click()
    page.wait_for_url(re.compile("/mailings/[0-9a-f-]{36}/$"))
    mary.ready()
    letter = page.locator("#mailing-preview")
    expect(letter).to_contain_text("Hello Anna, from")
    expect(letter.locator("mark").first).to_have_text("Client's city")
    letter.get_by_role("link", name="Next recipient").click()
    expect(page.locator("#mailing-preview")).to_contain_text("Hello Boris")
    expect(page.locator(".rec-r")).to_contain_text("no e-mail address")
    page.get_by_role("link", name="Start…").click()
    page.locator("#dialog-body").get_by_role("button", name="Start", exact=True).click()
    until(lambda: len(kept.letters) == 2, "the letters never left")
    expect(page.locator(".kpis")).to_contain_text("2", timeout=60_000)

    sent = next(one for one in kept.letters if "anna@client.example" in one["To"])
    assert sent["Subject"] == "News for Anna"
    link = str(sent["List-Unsubscribe"]).strip("<>")
    outside = browser.new_context(locale="en-GB")
    try:
        theirs = outside.new_page()
        theirs.goto(company.stack.url + "/" + link.split("://", 1)[1].partition("/")[2])
        expect(theirs.get_by_role("heading")).to_have_text("Unsubscribe from mailings?")
        theirs.get_by_role("button", name="Unsubscribe").click()
        expect(theirs.get_by_role("heading")).to_have_text("You are unsubscribed")
    finally:
        outside.close()
    page = mary.open(page.url.removeprefix(mary.url))
    page.locator(".kpi", has_text="Unsubscribed").get_by_role("link").click()
    mary.ready()
    expect(page.locator("tbody")).to_contain_text("Anna Brown")
    page.locator("tbody a", has_text="Anna Brown").first.click()
    mary.ready()
    expect(page.locator("#client-mailings")).to_contain_text("Takes no mailings")
    expect(page.locator(".timeline")).to_contain_text("News for Anna")
    expect(page.locator(".timeline")).to_contain_text("Unsubscribed from mailings")
