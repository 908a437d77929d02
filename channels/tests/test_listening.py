"""Listening to a telephone exchange of one's own: its words reach the journal, whatever breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from activities.models import Call
from channels import bell, listening
from channels.adapters.base import Settings
from channels.connections import Account
from channels.journal import ledger
from channels.listening import Listener, accounts, is_news
from channels.models import Channel, Event
from channels.services import CreatedChannel
from channels.tests.adapters.ami_server import END, RINGING, TALK, AmiServer, dialogue
from channels.tests.conftest import work
from channels.tests.test_mailboxes import account_of, until
from core.tenancy import tenant_scope
from leads.models import Lead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)
    monkeypatch.setattr("channels.connections.PAUSES_S", (0.2, 0.2, 0.2, 0.2))
    monkeypatch.setattr(listening, "PAUSES_S", (0.2,))


@pytest.fixture
def server() -> Iterator[AmiServer]:
    with AmiServer() as server:
        yield server


@pytest.fixture
def exchange(make_channel: Callable[..., CreatedChannel], server: AmiServer) -> CreatedChannel:
    return make_channel("asterisk", server.settings)


@pytest.fixture
def listener(exchange: CreatedChannel, server: AmiServer) -> Iterator[Listener]:
    started = Listener(account_of(exchange))
    started.start()
    assert until(lambda: len(server.listeners) == 1)
    yield started
    started.stop()
    server.hang_up()
    started.join(5)


def received(made: CreatedChannel) -> int:
    with tenant_scope(made.channel.tenant_id):
        return Event.objects.count()


def test_call_is_heard_and_becomes_a_lead(
    exchange: CreatedChannel, listener: Listener, server: AmiServer
) -> None:
    server.tell("Event: PeerStatus\nPeer: PJSIP/201\n")
    server.tell(dialogue(RINGING, TALK, END))
    assert until(lambda: received(exchange) == 5)
    work(exchange.channel)
    with tenant_scope(exchange.channel.tenant_id):
        call, lead = Call.objects.get(), Lead.objects.get()
        assert (call.state, call.result, call.extension) == ("finished", "answered", "201")
        assert (lead.kind, lead.phone) == ("call", "+79161112233")
        assert ledger(channel=exchange.channel).leads == 1
        assert set(Event.objects.values_list("method", flat=True)) == {"AMI"}


def test_listening_goes_on_after_the_connection_broke(
    exchange: CreatedChannel, listener: Listener, server: AmiServer
) -> None:
    def error() -> str:
        with tenant_scope(exchange.channel.tenant_id):
            return Channel.objects.values_list("last_error", flat=True).get()

    server.hang_up()
    assert until(lambda: len(server.listeners) == 1)
    assert until(lambda: error() == "")
    server.tell(dialogue(RINGING))
    assert until(lambda: received(exchange) == 2)


def test_word_is_held_while_the_database_is_away(
    exchange: CreatedChannel, listener: Listener, server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OperationalError("away")] * 2)
    real = listening.journal

    def journal(account: Account, message: bytes) -> None:
        for failure in failures:
            raise failure
        real(account, message)

    monkeypatch.setattr(listening, "journal", journal)
    server.tell(dialogue(RINGING))
    assert until(lambda: received(exchange) == 2)
    assert len(server.orders) == 1  # one login: the connection was kept


def test_silent_server_is_left(
    exchange: CreatedChannel, server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "SILENCE_S", 0.1)
    started = Listener(account_of(exchange))
    started.start()
    try:
        assert until(lambda: any(order["action"] == "Ping" for order in server.orders))
        assert len(server.listeners) == 1
        server.is_deaf = True
        assert until(lambda: len(server.listeners) > 1)
    finally:
        started.stop()
        server.hang_up()
        started.join(5)


def test_wrong_secret_is_told_on_the_channel(
    make_channel: Callable[..., CreatedChannel], server: AmiServer
) -> None:
    made = make_channel("asterisk", server.settings | {"password": "wrong"})
    started = Listener(account_of(made))
    started.start()

    def error() -> str:
        with tenant_scope(made.channel.tenant_id):
            return Channel.objects.values_list("last_error", flat=True).get()

    try:
        assert until(lambda: "Authentication failed" in error())
    finally:
        started.stop()
        started.join(5)


def test_exchange_that_only_posts_is_no_failure(
    make_channel: Callable[..., CreatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_channel("asterisk")
    started = Listener(account_of(made))
    rests: list[float] = []
    monkeypatch.setattr(started, "rest", lambda seconds: rests.append(seconds) or started.stop())
    started.run()
    assert rests == [listening.POSTED_ONLY_S]
    assert account_of(made) in accounts()
    with tenant_scope(made.channel.tenant_id):
        assert Channel.objects.get().last_error == ""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"Event: FullyBooted\r\nStatus: Fully Booted", False),
        (b"Response: Success\r\nPing: Pong", False),
        (b"", False),
        (dialogue(RINGING).split("\n\n")[0].encode(), True),
        (dialogue(RINGING).split("\n\n")[1].encode(), False),
    ],
)
def test_only_words_about_calls_are_kept(message: bytes, expected: bool) -> None:
    settings: Settings = dict[str, Any]()
    assert is_news(message, settings) is expected
