"""What comes back: bounces, complaints, answers, and the word that means no more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from activities.models import Activity
from channels import outbox
from channels.adapters.base import RawDelivery
from channels.adapters.mail.parsing import parse_mail
from channels.journal.intake import record
from channels.models import Dialog, EventItem, Message
from channels.services import send_reply
from channels.tests.conftest import post_update, telegram_message, work
from core.tenancy import tenant_scope
from leads.models import Lead
from mailings.hearing import is_stop
from mailings.models import Recipient, Subscription
from mailings.tests.conftest import NOW, recipient, states

BOUNCE = """From: MAILER-DAEMON@mx.example
To: sales@romashka.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{n}@mx.example>
Date: Fri, 27 Nov 2026 13:00:00 +0300
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna@client.example
Action: failed
Status: {status}

--b
Content-Type: text/rfc822-headers

From: sales@romashka.example
Message-ID: <{id}>

--b--
"""
COMPLAINT = """From: fbl@provider.example
To: sales@romashka.example
Subject: complaint
Message-ID: <complaint@provider.example>
Date: Fri, 27 Nov 2026 13:00:00 +0300
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

An abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: X/1
Version: 1

--b
Content-Type: message/rfc822

From: sales@romashka.example
Message-ID: <{id}>
Subject: News

Hello
--b--
"""
ANSWER = """From: Anna <anna@client.example>
To: sales@romashka.example
Subject: Re: News
Message-ID: <answer@client.example>
In-Reply-To: <{id}>
Date: Fri, 27 Nov 2026 13:00:00 +0300
Content-Type: text/plain; charset=utf-8

{text}
"""


@pytest.fixture
def sent(tenant, draft, person, start, post, server):
    anna = person("Anna", email="anna@client.example")
    mailing = start(draft(anna))
    post.run(mailing)
    return mailing, anna


@pytest.fixture
def arrives(tenant, mailbox, sent):
    """Return a function that puts a letter into the mailbox."""

    def arrive(template: str, **values: str) -> Recipient:
        mailing, anna = sent
        with tenant_scope(tenant):
            told = {"id": recipient(mailing, anna).message.external_id} | values
            raw = template.format(**told).replace("\n", "\r\n").encode()
            record(channel=mailbox, delivery=RawDelivery(body=raw, method="IMAP"), now=timezone.now())
        work(mailbox)
        with tenant_scope(tenant):
            return recipient(mailing, anna)

    return arrive


def subscription(tenant) -> Subscription | None:
    with tenant_scope(tenant):
        return Subscription.objects.filter(kind="email", value="anna@client.example").first()


def test_a_hard_bounce_ends_the_address(tenant, arrives):
    row = arrives(BOUNCE, n="1", status="5.1.1")
    assert row.bounced_at is not None
    assert row.state == Recipient.State.SENT
    assert subscription(tenant).bounced_at is not None


@pytest.mark.parametrize("status", ["4.2.2", "5.2.2"])
def test_a_full_mailbox_is_good_again_tomorrow(tenant, arrives, status):
    row = arrives(BOUNCE, n="1", status=status)
    assert row.bounced_at is not None
    found = subscription(tenant)
    assert (found.bounced_at, found.soft_count) == (None, 1)


def test_a_complaint_unsubscribes(tenant, arrives):
    row = arrives(COMPLAINT)
    assert row.complained_at is not None
    assert subscription(tenant).how == Subscription.How.COMPLAINT


def test_an_answer_joins_the_timeline_and_counts(tenant, arrives, sent):
    row = arrives(ANSWER, text="How much is it?")
    assert row.replied_at is not None
    assert subscription(tenant) is None
    with tenant_scope(tenant):
        answer = Activity.objects.get(kind="email", direction="in")
        assert answer.contact_id == sent[1].pk
        assert Dialog.objects.open().count() == 1  # now somebody has to look after it


def test_an_answer_of_one_word_unsubscribes(tenant, arrives):
    row = arrives(ANSWER, text="Стоп")
    assert row.unsubscribed_at is not None
    assert row.replied_at is None
    assert subscription(tenant).how == Subscription.How.WORD


def test_the_word_is_on_the_timeline_and_is_no_inquiry(tenant, arrives, sent, mailbox):
    arrives(ANSWER, text="Стоп")
    with tenant_scope(tenant):
        said = Activity.objects.get(kind="email", direction="in")
        assert (said.contact_id, said.lead_id, said.text.strip()) == (sent[1].pk, None, "Стоп")
        assert "automatic" not in said.data
        assert not Lead.objects.exists() and not Dialog.objects.open().exists()
        item = EventItem.objects.get(event__channel=mailbox)
        assert (item.outcome, bool(item.reason)) == (EventItem.Outcome.IGNORED, True)


def test_the_word_after_a_colleague_has_written_is_looked_at(tenant, arrives, sent, alice):
    """It may be an answer to them; it unsubscribes all the same."""
    with tenant_scope(tenant):
        dialog = recipient(*sent).message.dialog
        send_reply(dialog=dialog, text="Shall we go on?", by=alice, now=timezone.now())
    row = arrives(ANSWER, text="Стоп")
    assert row.unsubscribed_at is not None
    with tenant_scope(tenant):
        assert Lead.objects.count() == 1


def test_the_word_to_nobodys_mailing_is_an_inquiry(tenant, bot):
    for number, text in enumerate(("How much?", "СТОП"), start=1):
        post_update(bot, telegram_message(number, text=text, date=int(timezone.now().timestamp())))
    work(bot.channel)
    with tenant_scope(tenant):
        assert Lead.objects.get().unread_count == 2
        assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("СТОП", True), (" stop! ", True), ("Отписаться.", True), ("Please stop calling", False), ("", False)],
)
def test_only_the_word_alone_is_the_word(text, expected):
    assert is_stop(text) is expected


def test_what_is_no_bounce_says_nothing():
    letter = parse_mail(RawDelivery(body=ANSWER.format(id="x@y", text="Hi").encode(), method="IMAP"), {})
    assert (letter.undelivered_id, letter.is_passing, letter.complained_id) == ("", False, "")


def test_a_bot_writes_to_who_wrote_and_stop_is_honoured(tenant, bot, draft, start, post, alice, monkeypatch):
    """The client waits as before: a mailing is nobody's answer. Their STOP is kept for the bot."""
    post_update(bot, telegram_message(1, text="How much?", date=int(timezone.now().timestamp()) - 300))
    work(bot.channel)
    with tenant_scope(tenant):
        dialog = Dialog.objects.select_related("contact").get()
        dialog.contact.owner = alice
        dialog.contact.save(update_fields=["owner"])
        assert dialog.waiting_since is not None
    mailing = start(draft(dialog.contact, channel=bot.channel, text="Hello, {client_first_name}!"))
    said: list[str] = []
    adapter = outbox.adapter_for("telegram")
    monkeypatch.setattr(adapter, "send", lambda message, settings: said.append(message.text) or "77")
    post.run(mailing)
    assert said == ["Hello, Anna!\n\nЧтобы не получать рассылки, ответьте СТОП."]
    assert states(mailing) == {"sent": 1}
    with tenant_scope(tenant):
        dialog.refresh_from_db()
        assert dialog.waiting_since is not None
        Recipient.objects.update(sent_at=NOW)
    post_update(bot, telegram_message(2, text="СТОП", date=int(timezone.now().timestamp()) + 5))
    work(bot.channel)
    with tenant_scope(tenant):
        row = recipient(mailing, dialog.contact)
        assert row.unsubscribed_at is not None
        assert Lead.objects.get().unread_count == 1
        assert EventItem.objects.order_by("-pk")[0].outcome == EventItem.Outcome.JOINED
        found = Subscription.objects.get()
        assert (found.kind, found.value, found.how) == ("telegram", "500", "word")
        assert draft(dialog.contact, channel=bot.channel) is not None
        again = Recipient.objects.exclude(mailing=mailing).get()
        assert again.reason == Recipient.Reason.UNSUBSCRIBED


def test_a_messenger_that_says_read_says_opened(tenant, sent):
    from channels import happenings
    from channels.happenings import Happening

    mailing, anna = sent
    with tenant_scope(tenant):
        message = Message.objects.get(pk=recipient(mailing, anna).message_id)
        happenings.tell(Happening(happenings.READ, message, NOW + dt.timedelta(hours=1)))
        assert recipient(mailing, anna).opened_at == NOW + dt.timedelta(hours=1)
