"""Reading mailboxes of a real IMAP server into the journal."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from channels import bell
from channels.adapters.base import SendError
from channels.journal import ledger
from channels.mailboxes import Account, MailReader, accounts, read_once
from channels.models import Channel, Event
from channels.services import CreatedChannel
from channels.tests.adapters.dovecot import Dovecot, TestMailbox, dovecot
from channels.tests.conftest import work
from core.tenancy import tenant_scope
from leads.models import Lead

__all__ = ["dovecot"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)
    monkeypatch.setattr(bell, "send", lambda task, tenant_id: None)


@pytest.fixture
def box(dovecot: Dovecot) -> TestMailbox:  # noqa: F811
    return dovecot.mailbox()


@pytest.fixture
def mail(make_channel: Callable[..., CreatedChannel], box: TestMailbox) -> CreatedChannel:
    return make_channel("email", box.settings)


def letter(number: int) -> bytes:
    return (
        f"From: Anna <anna{number}@client.example>\r\nTo: sales@test.ru\r\nMessage-ID: <m{number}@client.example>\r\n"
        f"Subject: letter {number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nПривет {number}\r\n"
    ).encode()


def account_of(made: CreatedChannel) -> Account:
    return Account(made.channel.tenant_id, made.channel.pk, made.channel.updated_at)


def figures(made: CreatedChannel) -> dict[str, int]:
    with tenant_scope(made.channel.tenant_id):
        return ledger(channel=made.channel).as_dict()


def test_letters_are_journaled_once_with_the_place_to_go_on(mail: CreatedChannel, box: TestMailbox) -> None:
    for number in (1, 2):
        box.append(letter(number))
    assert [read_once(account_of(mail)) for _turn in range(2)] == [2, 0]
    box.append(letter(3))
    assert read_once(account_of(mail)) == 1
    work(mail.channel)
    assert figures(mail)["leads"] == 3
    with tenant_scope(mail.channel.tenant_id):
        assert Lead.objects.order_by("number").first().subject == "letter 1"
        assert Channel.objects.get().cursor["INBOX"]["uid"] == 3


def test_letter_and_place_are_written_together_or_not_at_all(
    mail: CreatedChannel, box: TestMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.append(letter(1))

    def die(self: Channel, **kwargs: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Channel, "save", die)
        with pytest.raises(RuntimeError):
            read_once(account_of(mail))
    with tenant_scope(mail.channel.tenant_id):
        assert Event.objects.count() == 0
    assert read_once(account_of(mail)) == 1


def test_renumbered_folder_brings_only_duplicates(mail: CreatedChannel, box: TestMailbox) -> None:
    box.create("Лиды")
    with tenant_scope(mail.channel.tenant_id):
        Channel.objects.update(settings=mail.channel.settings | {"folder": "Лиды"})
    box.append(letter(1), "Лиды")
    read_once(account_of(mail))
    box.recreate("Лиды")
    for number in (1, 2):
        box.append(letter(number), "Лиды")
    assert read_once(account_of(mail)) == 2
    work(mail.channel)
    assert (figures(mail)["leads"], figures(mail)["duplicates"]) == (2, 1)


def test_letter_that_lay_in_the_mailbox_keeps_its_time(mail: CreatedChannel, box: TestMailbox) -> None:
    from datetime import timedelta

    from django.utils import timezone

    came = timezone.now() - timedelta(days=2)
    box.append(letter(1), when=came)
    read_once(account_of(mail))
    work(mail.channel)
    with tenant_scope(mail.channel.tenant_id):
        assert abs((Lead.objects.get().received_at - came).total_seconds()) < 2


def test_wrong_password_is_told_on_the_channel(
    mail: CreatedChannel, make_channel: Any, box: TestMailbox
) -> None:
    broken = make_channel("email", box.settings | {"password": "wrong"})
    with pytest.raises(SendError):
        read_once(account_of(broken))
    with pytest.raises(CommandError):
        call_command("poll_mail", "--once", "--channel", str(broken.channel.pk))
    with tenant_scope(broken.channel.tenant_id):
        assert Channel.objects.get(pk=broken.channel.pk).last_error


def test_poll_mail_reads_one_channel(
    mail: CreatedChannel, box: TestMailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.append(letter(1))
    call_command("poll_mail", "--once", "--channel", str(mail.channel.pk))
    assert capsys.readouterr().out.strip() == f"{mail.channel.pk}: 1"


def test_only_switched_on_mailboxes_are_read(mail: CreatedChannel, form: CreatedChannel) -> None:
    mine = [a for a in accounts() if a.tenant_id == mail.channel.tenant_id]
    assert mine == [account_of(mail)]
    with tenant_scope(mail.channel.tenant_id):
        Channel.objects.update(is_active=False)
    assert [a for a in accounts() if a.tenant_id == mail.channel.tenant_id] == []


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.django_db(transaction=True)
def test_reader_hears_of_new_letters_at_once(mail: CreatedChannel, box: TestMailbox) -> None:
    box.append(letter(1))
    reader = MailReader(account_of(mail))
    reader.start()
    try:
        assert until(lambda: figures(mail)["received"] == 1)
        time.sleep(0.5)
        box.append(letter(2))
        assert until(lambda: figures(mail)["received"] == 2)
    finally:
        reader.stop()


@pytest.mark.django_db(transaction=True)
def test_waiting_for_a_silent_server_holds_no_database_connection(mail: CreatedChannel) -> None:
    def held() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    with socket.create_server(("127.0.0.1", 0)) as silent, tenant_scope(mail.channel.tenant_id):
        port = silent.getsockname()[1]
        Channel.objects.update(settings=mail.channel.settings | {"imap_port": port})
    before = held()
    with socket.create_server(("127.0.0.1", port)) as silent:
        reader = MailReader(account_of(mail))
        reader.start()
        waiting, _address = silent.accept()
        try:
            assert until(lambda: held() == before, 5)
        finally:
            reader.stop()
            waiting.close()


@pytest.mark.django_db(transaction=True)
def test_reader_survives_a_server_that_is_away(
    mail: CreatedChannel, box: TestMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.connections.PAUSES_S", (0.3, 0.3, 0.3, 0.3))
    port = mail.channel.settings["imap_port"]
    with tenant_scope(mail.channel.tenant_id):
        Channel.objects.update(settings=mail.channel.settings | {"imap_port": 1})
    reader = MailReader(account_of(mail))
    reader.start()

    def error() -> str:
        with tenant_scope(mail.channel.tenant_id):
            return Channel.objects.values_list("last_error", flat=True).get()

    try:
        assert until(lambda: error() != "")
        box.append(letter(1))
        with tenant_scope(mail.channel.tenant_id):
            Channel.objects.update(settings=mail.channel.settings | {"imap_port": port})
        assert until(lambda: figures(mail)["received"] == 1)
        assert until(lambda: error() == "")
    finally:
        reader.stop()
