"""Answering: what is queued, how it leaves, what happens when it can't."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Attachment, Notification
from channels import bell, outbox, tasks
from channels.adapters import ADAPTERS
from channels.adapters.base import OutgoingMessage, RawDelivery, SendError
from channels.journal import record
from channels.models import Channel, Dialog, Message
from channels.services import (
    CreatedChannel,
    NothingToSend,
    NoWayToAnswer,
    closed_channels_for,
    retry_message,
    routes_for,
    send_reply,
    update_channel,
)
from channels.services.replies import AlreadyOnItsWay, reply_subject
from channels.tests.conftest import post_form, post_update, telegram_message, work
from contacts.merging import merge_cards, undo_merge
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.setup import create_starter_pipeline
from leads.inquiry import File
from leads.models import Lead
from leads.services import DealPlan, convert_lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


class Provider:
    """Telegram's send, as the test says."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.errors: list[Exception] = []

    def send(self, message: OutgoingMessage, settings: Any) -> str:
        self.sent.append(message)
        if self.errors:
            raise self.errors.pop(0)
        return str(1000 + len(self.sent))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(
        type(ADAPTERS["telegram"]), "send", lambda self, message, settings: made.send(message, settings)
    )
    return made


@pytest.fixture
def lead(bot: CreatedChannel) -> Lead:
    post_update(bot, telegram_message(1, text="Hello"))
    work(bot.channel)
    with tenant_scope(bot.channel.tenant_id):
        return Lead.objects.select_related("dialog", "contact").get()


def answer(lead: Lead, by: Membership, text: str = "Good day", **options: Any) -> Message:
    with tenant_scope(lead.tenant_id):
        return send_reply(lead=lead, by=by, text=text, now=timezone.now(), **options)


def fresh(message: Message) -> Message:
    with tenant_scope(message.tenant_id):
        return Message.objects.select_related("activity").get(pk=message.pk)


def flush(lead: Lead) -> None:
    tasks.flush_outbox(tenant_id=lead.tenant_id)


def test_reply_is_queued_with_its_entry_and_stops_the_clock(lead: Lead, alice: Membership) -> None:
    message = answer(lead, alice)
    assert (message.state, message.dialog_id) == ("queued", lead.dialog_id)
    with tenant_scope(lead.tenant_id):
        entry = Activity.objects.get(pk=message.activity_id)
        assert (entry.kind, entry.direction, entry.author, entry.lead) == ("message", "out", alice, lead)
        assert Lead.objects.get().first_response_at is not None


def test_answered_deal_has_nothing_unread(bot: CreatedChannel, lead: Lead, alice: Membership) -> None:
    with tenant_scope(lead.tenant_id):
        plan = DealPlan(pipeline=create_starter_pipeline(), title="Machine")
        deal = convert_lead(lead=lead, by=alice, now=timezone.now(), plan=plan).deal
    post_update(bot, telegram_message(2, text="And the price?"))
    work(bot.channel)
    with tenant_scope(lead.tenant_id):
        current = Deal.objects.get(pk=deal.pk)
        assert current.unread_count == 1
        send_reply(deal=current, by=alice, text="500", now=timezone.now())
        assert Deal.objects.get(pk=deal.pk).unread_count == 0


def test_reply_leaves_with_its_files_and_learns_the_providers_id(
    lead: Lead, alice: Membership, provider: Provider
) -> None:
    message = answer(lead, alice, files=[File("offer.pdf", "application/pdf", data=b"%PDF")])
    flush(lead)
    (sent,) = provider.sent
    assert (sent.text, sent.thread_key, sent.files[0].data) == ("Good day", "500", b"%PDF")
    assert (fresh(message).state, fresh(message).external_id) == ("sent", "1001")


def test_reply_is_sent_once_by_two_workers(lead: Lead, alice: Membership, provider: Provider) -> None:
    message = answer(lead, alice)
    assert outbox.send(lead.tenant_id, message.pk) is True
    assert outbox.send(lead.tenant_id, message.pk) is False
    assert len(provider.sent) == 1


def test_failed_reply_is_tried_again_after_the_pause_asked_for(
    lead: Lead, alice: Membership, provider: Provider
) -> None:
    provider.errors = [SendError("slow down", is_permanent=False, retry_after_s=120)]
    message = answer(lead, alice)
    flush(lead)
    waiting = fresh(message)
    assert (waiting.state, waiting.error) == ("queued", "slow down")
    assert waiting.next_try_at is not None
    assert waiting.next_try_at - timezone.now() > dt.timedelta(seconds=110)
    flush(lead)
    assert len(provider.sent) == 1
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=130)):
        flush(lead)
    assert (fresh(message).state, fresh(message).error) == ("sent", "")


def test_failing_reply_is_given_up_after_five_tries(
    lead: Lead, alice: Membership, provider: Provider
) -> None:
    provider.errors = [SendError("away", is_permanent=False) for _number in range(9)]
    message = answer(lead, alice)
    now = timezone.now()
    for hour in range(9):
        with time_machine.travel(now + dt.timedelta(hours=hour)):
            flush(lead)
    assert (fresh(message).state, len(provider.sent)) == ("failed", 5)


def test_refused_reply_shows_the_reason_at_once(lead: Lead, alice: Membership, provider: Provider) -> None:
    provider.errors = [SendError("The person stopped the bot.", is_permanent=True)]
    message = answer(lead, alice)
    flush(lead)
    assert (fresh(message).state, fresh(message).error) == ("failed", "The person stopped the bot.")
    with tenant_scope(lead.tenant_id):
        waiting = Lead.objects.get()
        assert waiting.waiting_since is not None and waiting.first_response_at is None
        assert Notification.objects.get(code="message_failed").member == alice
        retry_message(message=message, by=alice, now=timezone.now())
        with pytest.raises(AlreadyOnItsWay):
            retry_message(message=message, by=alice, now=timezone.now())
    flush(lead)
    assert fresh(message).state == "sent"
    with tenant_scope(lead.tenant_id):
        assert Lead.objects.get().waiting_since is None


def test_uncertain_reply_is_not_repeated_by_itself(lead: Lead, alice: Membership, provider: Provider) -> None:
    provider.errors = [SendError("no answer", is_permanent=False, is_uncertain=True)]
    message = answer(lead, alice)
    flush(lead)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        flush(lead)
    assert (fresh(message).state, len(provider.sent)) == ("failed", 1)


def test_reply_whose_sender_died_is_shown_as_uncertain(
    lead: Lead, alice: Membership, provider: Provider
) -> None:
    message = answer(lead, alice)
    with tenant_scope(lead.tenant_id):
        Message.objects.filter(pk=message.pk).update(state="sending", next_try_at=timezone.now())
    flush(lead)
    assert (fresh(message).state, provider.sent) == ("failed", [])


def test_broken_adapter_fails_its_message_only(lead: Lead, alice: Membership, provider: Provider) -> None:
    provider.errors = [KeyError("oops")]
    first, second = answer(lead, alice), answer(lead, alice, text="second")
    flush(lead)
    assert [fresh(m).state for m in (first, second)] == ["failed", "sent"]


def test_replies_of_a_dialog_keep_their_order(lead: Lead, alice: Membership, provider: Provider) -> None:
    provider.errors = [SendError("away", is_permanent=False)]
    answer(lead, alice, text="one")
    answer(lead, alice, text="two")
    flush(lead)
    assert [m.text for m in provider.sent] == ["one"]
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        flush(lead)
    assert [m.text for m in provider.sent] == ["one", "one", "two"]


def test_echo_of_a_reply_is_no_new_message(
    bot: CreatedChannel, lead: Lead, alice: Membership, provider: Provider
) -> None:
    answer(lead, alice, text="Good day")
    flush(lead)
    echo = telegram_message(1001, text="Good day")
    echo["business_message"] = echo.pop("message") | {"from": {"id": 77, "is_bot": False, "first_name": "We"}}
    post_update(bot, echo)
    work(bot.channel)
    with tenant_scope(lead.tenant_id):
        assert Message.objects.filter(activity__direction="out").count() == 1


def test_reply_needs_something_to_say_and_somebody_to_say_it_to(
    lead: Lead, alice: Membership, form: CreatedChannel
) -> None:
    with pytest.raises(NothingToSend):
        answer(lead, alice, text="  ")
    post_form(form, b"phone=%2B79995554433")
    work(form.channel)
    with tenant_scope(lead.tenant_id):
        called = Lead.objects.get(channel=form.channel)
    with pytest.raises(NoWayToAnswer):
        answer(called, alice)


@pytest.mark.parametrize(
    ("subject", "answered"),
    [("Order", "Re: Order"), ("RE: Order", "RE: Order"), ("", ""), ("a\r\nBcc: x", "Re: a Bcc: x")],
)
def test_subject_of_an_answer(subject: str, answered: str) -> None:
    assert reply_subject(subject) == answered


# --- Mail ---------------------------------------------------------------------------------------------
class Inbox:
    """An SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.answer


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    yield handler, port
    server.stop()


LETTER = b"""From: Anna <anna@client.example>\r
To: sales@romashka.example\r
Subject: =?utf-8?b?0JfQsNC60LDQtw==?=\r
Message-ID: <second@client.example>\r
References: <first@client.example>\r
In-Reply-To: <first@client.example>\r
Date: Mon, 02 Mar 2026 12:00:00 +0000\r
Content-Type: text/plain; charset=utf-8\r
\r
How much is it?\r
"""


@pytest.fixture
def mailbox(make_channel: Callable[..., CreatedChannel], smtp: tuple[Inbox, int]) -> CreatedChannel:
    return make_channel(
        "email",
        {"smtp_port": smtp[1], "smtp_security": "none", "smtp_username": "", "password": "", "username": ""},
    )


@pytest.fixture
def mailed(mailbox: CreatedChannel) -> Lead:
    with tenant_scope(mailbox.channel.tenant_id):
        record(channel=mailbox.channel, delivery=RawDelivery(LETTER, method="IMAP"), now=timezone.now())
    work(mailbox.channel)
    with tenant_scope(mailbox.channel.tenant_id):
        return Lead.objects.get()


def test_mail_reply_has_the_headers_of_the_thread(
    mailed: Lead, alice: Membership, smtp: tuple[Inbox, int]
) -> None:
    message = answer(mailed, alice, text="Сто рублей")
    assert message.external_id.endswith("@romashka.example")
    flush(mailed)
    assert fresh(message).state == "sent", fresh(message).error
    (letter,) = smtp[0].letters
    assert letter["Message-ID"] == f"<{message.external_id}>"
    assert letter["In-Reply-To"] == "<second@client.example>"
    assert letter["References"].split() == ["<first@client.example>", "<second@client.example>"]
    assert letter["Subject"] == "Re: Заказ"
    assert "Сто рублей" in letter.get_body(("plain",)).get_content()


def test_mail_that_answers_us_joins_its_dialog(
    mailed: Lead, mailbox: CreatedChannel, alice: Membership
) -> None:
    message = answer(mailed, alice)
    reply = LETTER.replace(b"<second@client.example>", b"<third@client.example>")
    reply = reply.replace(b"<first@client.example>", f"<{message.external_id}>".encode())
    with tenant_scope(mailed.tenant_id):
        record(channel=mailbox.channel, delivery=RawDelivery(reply, method="IMAP"), now=timezone.now())
    work(mailbox.channel)
    with tenant_scope(mailed.tenant_id):
        assert Dialog.objects.count() == 1
        assert Message.objects.filter(dialog=mailed.dialog_id).count() == 3


def test_bounced_mail_is_shown_as_not_sent_and_the_client_waits_again(
    mailed: Lead, mailbox: CreatedChannel, alice: Membership
) -> None:
    message = answer(mailed, alice)
    flush(mailed)
    bounce = (
        "From: MAILER-DAEMON@client.example\r\nMessage-ID: <b1@client.example>\r\nSubject: failure notice\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n"
        f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message.external_id}>\r\n--B--\r\n"
    )
    with tenant_scope(mailed.tenant_id):
        delivery = RawDelivery(bounce.encode(), method="IMAP")
        record(channel=mailbox.channel, delivery=delivery, now=timezone.now())
    work(mailbox.channel)
    assert fresh(message).state == "failed"
    with tenant_scope(mailed.tenant_id):
        assert Lead.objects.get().waiting_since is not None
        assert Notification.objects.get(code="message_failed").member == alice


def test_mails_that_overtake_each_other_are_one_dialog(mailbox: CreatedChannel) -> None:
    first = LETTER.replace(b"<second@client.example>", b"<root@client.example>")
    first = first.replace(
        b"References: <first@client.example>\r\nIn-Reply-To: <first@client.example>\r\n", b""
    )
    second = LETTER.replace(b"<first@client.example>", b"<root@client.example>")
    with tenant_scope(mailbox.channel.tenant_id):
        for raw in (second, first):
            record(channel=mailbox.channel, delivery=RawDelivery(raw, method="IMAP"), now=timezone.now())
    work(mailbox.channel)
    with tenant_scope(mailbox.channel.tenant_id):
        assert Dialog.objects.get().external_id == "root@client.example"
        assert Message.objects.count() == 2


def test_mail_is_repeated_with_the_same_id_after_its_sender_died(
    mailed: Lead, alice: Membership, smtp: tuple[Inbox, int]
) -> None:
    message = answer(mailed, alice)
    with tenant_scope(mailed.tenant_id):
        Message.objects.filter(pk=message.pk).update(state="sending", next_try_at=timezone.now())
    flush(mailed)
    assert smtp[0].letters[0]["Message-ID"] == f"<{message.external_id}>"


def test_mail_refused_by_the_server_shows_why(
    mailed: Lead, alice: Membership, smtp: tuple[Inbox, int]
) -> None:
    smtp[0].answer = "550 5.1.1 No such user"
    message = answer(mailed, alice)
    flush(mailed)
    assert fresh(message).state == "failed"
    assert "No such user" in fresh(message).error


def test_form_lead_with_an_address_is_answered_by_mail(
    form: CreatedChannel, mailbox: CreatedChannel, alice: Membership, smtp: tuple[Inbox, int]
) -> None:
    post_form(form, b"name=Boris&email=boris%40client.example&message=Price")
    work(form.channel)
    with tenant_scope(form.channel.tenant_id):
        asked = Lead.objects.get()
        (route,) = routes_for(lead=asked)
        assert (route.channel, route.recipient) == (mailbox.channel, "boris@client.example")
    message = answer(asked, alice, subject="Our price")
    flush(asked)
    assert [str(letter["To"]) for letter in smtp[0].letters] == ["Boris <boris@client.example>"]
    with tenant_scope(asked.tenant_id):
        assert Dialog.objects.get(pk=message.dialog_id).external_id == message.external_id


def test_mailbox_for_reading_only_is_no_way_to_answer(mailbox: CreatedChannel, mailed: Lead) -> None:
    with tenant_scope(mailed.tenant_id):
        Channel.objects.update(settings=mailbox.channel.settings | {"smtp_host": ""})
        assert routes_for(lead=mailed) == []


def test_switched_off_channel_is_named_instead_of_a_way(
    mailbox: CreatedChannel, mailed: Lead, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(mailed.tenant_id):
        Channel.objects.filter(pk=mailbox.channel.pk).update(is_active=False)
        assert (routes_for(lead=mailed), closed_channels_for(lead=mailed)) == ([], [mailbox.channel])
    page = client_of(admin).get(reverse("channels:composer"), {"lead": str(mailed.pk)}).content.decode()
    assert mailbox.channel.name in page and reverse("channels:detail", args=[mailbox.channel.pk]) in page
    with tenant_scope(mailed.tenant_id):
        Channel.objects.filter(pk=mailbox.channel.pk).update(is_active=True)
        assert closed_channels_for(lead=mailed) == []


# --- The pages ----------------------------------------------------------------------------------------
def test_composer_says_the_way_and_sends(
    lead: Lead, admin: Membership, client_of: Callable[[Membership], Client], provider: Provider
) -> None:
    client = client_of(admin)
    page = client.get(reverse("channels:composer"), {"lead": lead.pk})
    assert page.status_code == 200
    assert f"dialog:{lead.dialog_id}" in page.content.decode()
    sent = client.post(
        reverse("channels:reply"),
        {
            "lead": lead.pk,
            "route": f"dialog:{lead.dialog_id}",
            "text": "Hello",
            "take": "1",
            "files": SimpleUploadedFile("a.txt", b"file", "text/plain"),
        },
    )
    assert sent.status_code == 200
    flush(lead)
    assert provider.sent[0].files[0].data == b"file"
    with tenant_scope(lead.tenant_id):
        assert Lead.objects.get().taken_by == admin


def test_refused_reply_does_not_take_the_lead(
    lead: Lead, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    data = {"lead": lead.pk, "route": f"dialog:{lead.dialog_id}", "text": "Hello", "take": "1"}
    files = [SimpleUploadedFile(f"{number}.txt", b"file", "text/plain") for number in range(11)]
    response = client_of(admin).post(reverse("channels:reply"), data | {"files": files})
    assert response.status_code == 422
    with tenant_scope(lead.tenant_id):
        assert Lead.objects.get().taken_by is None
        assert not Message.objects.filter(state="queued").exists()


def test_composer_refuses_a_route_that_is_not_the_clients(
    lead: Lead, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    response = client_of(admin).post(
        reverse("channels:reply"), {"lead": lead.pk, "route": "mail:x:victim@example.com", "text": "Hello"}
    )
    assert response.status_code == 422
    with tenant_scope(lead.tenant_id):
        assert Message.objects.filter(state="queued").count() == 0


def test_composer_is_missing_for_strangers(
    lead: Lead, charlie: Membership, client_of: Callable[[Membership], Client]
) -> None:
    client = client_of(charlie)
    for data in ({"lead": lead.pk}, {"lead": "nonsense"}, {}, {"contact": lead.contact_id}):
        assert client.get(reverse("channels:composer"), data).status_code == 404
    posted = {"lead": lead.pk, "route": f"dialog:{lead.dialog_id}", "text": "Hi"}
    assert client.post(reverse("channels:reply"), posted).status_code == 404


def test_send_again_needs_the_right_to_the_entry(
    lead: Lead,
    admin: Membership,
    charlie: Membership,
    client_of: Callable[[Membership], Client],
    provider: Provider,
) -> None:
    provider.errors = [SendError("no", is_permanent=True)]
    message = answer(lead, admin)
    flush(lead)
    url = reverse("channels:send_again", args=[message.pk])
    assert client_of(charlie).post(url).status_code == 404
    assert client_of(admin).post(url).status_code == 204
    assert client_of(admin).post(url).status_code == 409


def test_stored_files_of_a_reply_are_attachments(lead: Lead, alice: Membership) -> None:
    message = answer(lead, alice, files=[File("a.txt", "text/plain", data=b"1")])
    with tenant_scope(lead.tenant_id):
        assert Attachment.objects.get(activity=message.activity_id).name == "a.txt"


def test_mail_ends_with_ones_own_signature_else_the_mailboxs(
    mailed: Lead, mailbox: CreatedChannel, alice: Membership, smtp: tuple[Inbox, int]
) -> None:
    with tenant_scope(mailed.tenant_id):
        template = "С уважением,\n{name}, {company}\nдоб. {extension}\n{extension}"
        update_channel(channel=mailbox.channel, now=timezone.now(), settings={"signature": template})
    first = answer(mailed, alice, text="Сто рублей")
    assert fresh(first).headers["signature"] == f"С уважением,\nAlice, {alice.tenant.name}"
    alice.mail_signature = "Алиса"
    second = answer(mailed, alice, text="Двести")
    unsigned = answer(mailed, alice, text="Триста", is_signed=False)
    flush(mailed)
    bodies = [letter.get_body(("plain",)).get_content() for letter in smtp[0].letters]
    assert bodies[0].startswith("Сто рублей\n\n-- \nС уважением,\nAlice")
    assert bodies[1].strip() == "Двести\n\n-- \nАлиса"
    assert bodies[2].strip() == "Триста"
    assert fresh(second).activity.text == "Двести"
    assert "signature" not in fresh(unsigned).headers


def test_signature_is_no_field_of_a_chat(lead: Lead, alice: Membership) -> None:
    alice.mail_signature = "Алиса"
    assert "signature" not in answer(lead, alice, text="Сто").headers


def test_merged_client_is_answered_in_each_dialog(
    bot: CreatedChannel,
    make_channel: Callable[..., CreatedChannel],
    lead: Lead,
    admin: Membership,
    provider: Provider,
) -> None:
    """L22: one client of two messengers; a reply goes out where it is meant to go."""
    second = make_channel("telegram", name="Second bot")
    post_update(second, telegram_message(2, chat=700, text="And here"))
    work(second.channel)
    with tenant_scope(bot.channel.tenant_id):
        other = Lead.objects.select_related("dialog", "contact").exclude(pk=lead.pk).get()
        merge = merge_cards(survivor=lead.contact, others=[other.contact], by=admin, now=timezone.now())
        routes = routes_for(contact=lead.contact)
        assert {(route.channel.name, route.recipient) for route in routes} == {
            (bot.channel.name, "500"), ("Second bot", "700"),
        }  # fmt: skip
        for route in routes:
            message = send_reply(
                by=admin, text=f"To {route.recipient}", now=timezone.now(), contact=lead.contact, route=route
            )
            outbox.send(bot.channel.tenant_id, message.pk)
        assert sorted(sent.recipient for sent in provider.sent) == ["500", "700"]
        undo_merge(merge=merge, by=admin, now=timezone.now())
        [back] = routes_for(contact=other.contact)
        assert back.recipient == "700"
