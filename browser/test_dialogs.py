"""A day at the dialogs: a message arrives by itself, is answered by keys, closed with an outcome, the next opens."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from browser.waiting import until
from channels.dialogs.starters import create_starter_outcomes
from channels.models import CannedReply, Dialog
from core.tenancy import tenant_scope
from leads.models import Lead

SECRET = "telegram-secret-of-the-hook"


class Telegram(BaseHTTPRequestHandler):
    """Takes every message, as the provider would."""

    numbers = itertools.count(9000)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"ok": True, "result": {"message_id": next(self.numbers)}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def telegram() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Telegram)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def bot(company, telegram):
    settings = {"token": "123456:test-token", "secret_token": SECRET, "base_url": telegram}
    made = company.channel("telegram", "Bot", settings, responsible_role=company.manager.role)
    with tenant_scope(company.tenant):
        create_starter_outcomes()
        CannedReply.objects.create(shortcut="hello", text="Hello, {client_name}! How can I help?")
    return made


def write(company, bot, name: str, text: str, *, chat: int, number: int) -> None:
    """Write to the bot as a person would, and wait until it stands in a dialog."""
    person = {"id": chat, "is_bot": False, "first_name": name}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": chat, "type": "private", "first_name": name},
        "date": int(time.time()),
        "text": text,
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answer = httpx.post(
        company.address(bot), json={"update_id": number, "message": message}, headers=headers, timeout=30
    )
    assert answer.status_code == 200, answer.text

    def stands() -> bool:
        with tenant_scope(company.tenant):
            return bool(Dialog.objects.filter(preview=text).exists())

    until(stands, "The message never reached its dialog.")


def test_a_message_is_answered_by_keys_closed_and_the_next_opens(company, seat, bot):
    write(company, bot, "Bella", "Is the mill in stock?", chat=501, number=1)
    mary = seat(company.manager)
    page = mary.open("/dialogs/")
    rows = page.locator("#dl-list [data-row]")
    expect(rows).to_have_count(1)

    # Another arrives by itself: behind the bar, so that nothing moves
    write(company, bot, "Anna", "How much is it?", chat=502, number=2)
    expect(page.locator("[data-show-new]")).to_contain_text("1 new dialog")
    expect(rows).to_have_count(1)
    mary.press(".")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Anna")

    # Opened, and the thread grows while it is read
    mary.press("Enter")
    thread = page.locator("#thread")
    expect(thread).to_contain_text("How much is it?")
    write(company, bot, "Anna", "For two machines", chat=502, number=3)
    expect(thread).to_contain_text("For two machines")

    # Answered by a canned reply from the keyboard
    mary.press("r")
    page.keyboard.type("/he")
    expect(page.locator("#canned [role=option]")).to_contain_text("/hello")
    mary.press("Enter")
    expect(page.locator("#talk-text")).to_have_value("Hello, Anna! How can I help?")
    mary.press("Control+Enter")
    answer = thread.locator(".t-out")
    expect(answer).to_contain_text("Hello, Anna! How can I help?")
    expect(answer).to_contain_text(re.compile("sent", re.IGNORECASE))
    expect(page.locator("#talk-text")).to_have_value("")
    expect(page.locator("#talk-head")).to_contain_text("Mary")

    # Closed with an outcome: the next dialog opens, and the toast takes it back
    mary.press("e", "1")
    expect(page.locator("#toast-list")).to_contain_text("Closed, Answered: Anna")
    expect(page.locator("#talk-head h2")).to_have_text("Bella")
    expect(rows).to_have_count(1)
    with tenant_scope(company.tenant):
        assert Dialog.objects.get(contact__name="Anna").closed_at is not None
        assert Lead.objects.get(contact__name="Anna").is_open
    mary.press("u")
    expect(page.locator("#talk-head h2")).to_have_text("Anna")
    expect(rows).to_have_count(2)


def test_what_an_answer_says_is_shown_though_news_replaced_its_form(company, seat, bot):
    write(company, bot, "Bella", "Is the mill in stock?", chat=501, number=1)
    mary = seat(company.manager)
    page = mary.open("/dialogs/")
    expect(page.locator("#dl-list [data-row]")).to_have_count(1)
    page.get_by_role("link", name="Bella").click()
    expect(page.locator("#talk-head h2")).to_have_text("Bella")
    page.evaluate("""document.addEventListener("htmx:beforeSend", ({ target }) => {
        const head = target.closest("#talk-head")
        if (head) setTimeout(() => head.replaceWith(head.cloneNode(true)))
    })""")
    mary.press("e", "1")
    expect(page.locator("#toast-list")).to_contain_text("Closed, Answered: Bella")


def test_colleagues_see_who_looks_and_who_types(company, seat, bot):
    write(company, bot, "Anna", "How much is it?", chat=502, number=1)
    mary, oscar = seat(company.manager), seat(company.colleague)
    pages = [person.open("/dialogs/") for person in (mary, oscar)]
    for page in pages:
        page.locator("[data-row] [data-open]").click()
        expect(page.locator("#thread")).to_contain_text("How much is it?")
    expect(pages[1].locator("[data-lookers]")).to_contain_text("Mary is looking")
    mary.press("r")
    pages[0].keyboard.type("Hel")
    expect(pages[1].locator("[data-typing]")).to_contain_text("Mary is typing")
    mary.press("Escape")
    expect(pages[1].locator("[data-typing]")).to_be_empty()
