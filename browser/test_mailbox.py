"""A mailbox on a real Dovecot, read by the running product; the answer leaves by SMTP."""

from __future__ import annotations

import email.policy
import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from browser.waiting import until
from channels.models import Channel
from channels.tests.adapters.dovecot import dovecot  # noqa: F401  (fixture)
from core.tenancy import tenant_scope
from leads.models import Lead

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
BROKEN = (
    b"",
    b"\x00\xff\xfe not a letter at all",
    b'From: =?utf-8?q?\xd0?= <broken\r\nContent-Type: multipart/mixed; boundary="\r\n\r\n--\r\n',
    b"From: x@example.com\r\nContent-Type: text/plain; charset=nonsense\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
)


def letter(number: int, subject: str = "Two coffee machines") -> bytes:
    message = EmailMessage()
    message["From"] = "Anna Brown <anna@client.example>"
    message["To"] = "sales@test.ru"
    message["Subject"] = subject
    message["Message-ID"] = f"<letter-{number}@client.example>"
    message.set_content(f"Hello, how soon could you deliver? ({number})")
    return message.as_bytes(policy=email.policy.SMTP)


def test_letter_becomes_a_lead_and_the_reply_joins_its_thread(company, seat, dovecot, post_office):  # noqa: F811
    box = dovecot.mailbox()
    settings = box.settings | post_office.settings
    company.channel("email", "Sales mailbox", settings, responsible_role=company.manager.role)
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    box.deliver(letter(1), sender="anna@client.example")
    expect(page.locator("[data-show-new]")).to_contain_text("1 new inquiry", timeout=90_000)
    mary.press(".")
    expect(page.locator("[data-row]")).to_contain_text("Anna Brown")
    mary.press("Enter")
    page.wait_for_url(re.compile("/leads/[0-9a-f-]{36}/"))
    mary.ready()
    mary.press("r")
    reply = page.locator("[data-reply-text]")
    expect(reply).to_be_visible()
    expect(page.locator("[data-reply-subject]")).to_have_value("Re: Two coffee machines")
    reply.fill("On Thursday.")
    page.locator("[data-reply-send]").click()
    until(lambda: post_office.letters, "the reply never left")
    (sent,) = post_office.letters
    assert sent["To"] == "Anna Brown <anna@client.example>" or sent["To"] == "anna@client.example"
    assert sent["Subject"] == "Re: Two coffee machines"
    assert sent["In-Reply-To"] == "<letter-1@client.example>"
    assert "<letter-1@client.example>" in sent["References"]
    assert "On Thursday." in sent.get_body(("plain",)).get_content()
    answer = EmailMessage()
    for name, value in (("From", "anna@client.example"), ("To", box.user), ("Subject", sent["Subject"])):
        answer[name] = value
    answer["Message-ID"], answer["In-Reply-To"] = "<letter-2@client.example>", sent["Message-ID"]
    answer.set_content("Thank you, that suits us.")
    box.deliver(answer.as_bytes(policy=email.policy.SMTP), sender="anna@client.example")
    expect(page.locator("body")).to_contain_text("that suits us", timeout=90_000)
    with tenant_scope(company.tenant):
        assert Lead.objects.count() == 1


def test_broken_letters_do_not_stop_the_mailbox(company, dovecot):  # noqa: F811
    box = dovecot.mailbox()
    for number, raw in enumerate(BROKEN):
        box.append(raw or b"\r\n")
        box.append(letter(number, subject=f"After {number}"))
    channel = company.channel("email", "Sales mailbox", box.settings).channel
    until(
        lambda: subjects(company) == {f"After {number}" for number in range(len(BROKEN))},
        "letters are missing",
    )
    with tenant_scope(company.tenant):
        assert Channel.objects.get(pk=channel.pk).last_error == ""


def subjects(company) -> set[str]:
    from channels.models import EventItem

    with tenant_scope(company.tenant):
        keys = EventItem.objects.filter(outcome__in=("lead", "joined")).values_list("key", flat=True)
        return {f"After {match[1]}" for key in keys if (match := re.search(r"letter-(\d)@", key))}
