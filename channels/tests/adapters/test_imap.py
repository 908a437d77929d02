import imaplib
import socket
import threading
import time

import pytest

from channels.adapters.base import Unparseable
from channels.adapters.mail import EmailAdapter
from channels.adapters.mail import imap as imap_module
from channels.adapters.mail.imap import Mailbox, MailboxError
from channels.tests.adapters.samples import SHARED, recorded

adapter = EmailAdapter()


def letter(number: int, text: str = "Здравствуйте") -> bytes:
    return (
        "From: =?utf-8?b?0JjQstCw0L0=?= <ivan@example.ru>\r\n"
        f"To: sales@test.ru\r\nMessage-ID: <m{number}@example.ru>\r\n"
        f"Subject: letter {number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text} {number}\r\n"
    ).encode()


@pytest.fixture
def box(dovecot):
    return dovecot.mailbox()


def read(box, cursor=None, **settings):
    """Read all that is new; return subjects and the last cursor."""
    with Mailbox({**box.settings, **settings}) as mailbox:
        fetched = list(mailbox.fetch_new(cursor or {}))
    subjects = [adapter.parse(one.delivery(), box.settings)[0].subject for one in fetched]
    return subjects, (fetched[-1].cursor if fetched else cursor)


def test_new_letters_come_once_oldest_first(box):
    for number in (1, 2):
        box.append(letter(number))
    subjects, cursor = read(box)
    assert subjects == ["letter 1", "letter 2"]
    assert read(box, cursor) == ([], cursor)  # though `n:*` finds the last letter again
    box.deliver(letter(3))
    assert read(box, cursor)[0] == ["letter 3"]


def test_reading_leaves_letters_unread(box):
    box.append(letter(1))
    read(box)
    assert all("Seen" not in flags for flags in box.flags())


def test_received_at_is_the_servers_date(box):
    import datetime as dt

    box.append(letter(1), when=dt.datetime.now(dt.UTC) - dt.timedelta(hours=5))
    with Mailbox(box.settings) as mailbox:
        (fetched,) = mailbox.fetch_new({})
    age = dt.datetime.now(dt.UTC) - fetched.received_at
    assert dt.timedelta(hours=4, minutes=58) < age < dt.timedelta(hours=5, minutes=2)
    assert fetched.delivery().received_at == fetched.received_at


def test_first_read_takes_the_last_week_only(box):
    import datetime as dt

    box.append(letter(1), when=dt.datetime.now(dt.UTC) - dt.timedelta(days=30))
    box.append(letter(2), when=dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    assert read(box)[0] == ["letter 2"]
    assert read(box, first_read="new")[0] == []
    assert read(box, first_read="all")[0] == ["letter 1", "letter 2"]


def test_start_cursor_skips_what_is_there(box):
    box.append(letter(1))
    with Mailbox(box.settings) as mailbox:
        cursor = mailbox.start_cursor()
    box.append(letter(2))
    assert read(box, cursor)[0] == ["letter 2"]


def test_renumbered_folder_is_read_again_and_keys_stay(box):
    box.create("Leads")
    box.append(letter(1), "Leads")
    box.append(letter(2), "Leads")
    with Mailbox({**box.settings, "folder": "Leads"}) as mailbox:
        before = list(mailbox.fetch_new({}))
    box.recreate("Leads")
    box.append(letter(2), "Leads")
    with Mailbox({**box.settings, "folder": "Leads"}) as mailbox:
        after = list(mailbox.fetch_new(before[-1].cursor))
    assert [one.cursor["uidvalidity"] for one in after] != [before[-1].cursor["uidvalidity"]]
    keys = [adapter.parse(one.delivery(), {})[0].key for one in (*before, *after)]
    assert keys[2] == keys[1] != keys[0]


def test_copies_delivered_twice_have_one_key(box):
    nameless = letter(1).replace(b"Message-ID: <m1@example.ru>\r\n", b"")
    for raw in (nameless, nameless, letter(2), letter(2)):
        box.deliver(raw)
    with Mailbox(box.settings) as mailbox:
        fetched = list(mailbox.fetch_new({}))
    keys = [adapter.parse(one.delivery(), {})[0].key for one in fetched]
    assert fetched[0].raw != fetched[1].raw
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_folder_with_a_cyrillic_name_is_read(box):
    box.append(letter(1), "Отправленные")
    assert read(box, folder="Отправленные")[0] == ["letter 1"]


def test_sent_folder_is_found_and_its_letters_are_own(box):
    box.append(letter(1), "Sent")
    with Mailbox(box.settings) as mailbox:
        assert mailbox.sent_folder() == "Sent"
        (fetched,) = mailbox.fetch_new({}, "Sent", is_sent=True)
    (inquiry,) = adapter.parse(fetched.delivery(), {})
    assert inquiry.is_own
    assert inquiry.person.email == "sales@test.ru"


def test_idle_wakes_when_a_letter_comes(box):
    box.append(letter(1))
    with Mailbox(box.settings) as mailbox:
        assert mailbox.can_idle
        (first,) = mailbox.fetch_new({})
        assert mailbox.idle(0.2) is False
        timer = threading.Timer(0.3, box.deliver, [letter(2)])
        timer.start()
        started = time.monotonic()
        assert mailbox.idle(10) is True
        assert time.monotonic() - started < 5
        assert [one.uid for one in mailbox.fetch_new(first.cursor)] == [first.uid + 1]
        timer.join()


def test_letter_that_came_before_waiting_began_counts_at_once(box):
    box.append(letter(1))
    with Mailbox(box.settings) as mailbox:
        list(mailbox.fetch_new({}))
        box.append(letter(2))
        mailbox.select("INBOX")
        started = time.monotonic()
        assert mailbox.idle(10) is True
        assert time.monotonic() - started < 2


def test_large_letter_comes_with_its_beginning_only(box, monkeypatch):
    monkeypatch.setattr(imap_module, "MAX_LETTER_BYTES", 20_000)
    monkeypatch.setattr(imap_module, "BEGINNING_BYTES", 5_000)
    box.append(letter(1, "слово " * 5000))
    box.append(letter(2))
    with Mailbox(box.settings) as mailbox:
        large, small = mailbox.fetch_new({})
    assert len(large.raw) == 5_000
    (inquiry,) = adapter.parse(large.delivery(), {})
    assert inquiry.subject == "letter 1"
    assert inquiry.fields[0][1] == str(large.full_size)
    assert small.full_size == 0


def test_letter_that_breaks_the_connection_is_passed_by_at_last(box, monkeypatch):
    box.append(letter(1))
    box.append(letter(2))
    honest = imaplib.IMAP4.uid

    def breaking(self, command, *args):
        if command == "FETCH" and args[0] == "1" and "BODY" in args[1]:
            raise imaplib.IMAP4.abort("socket error: EOF")
        return honest(self, command, *args)

    monkeypatch.setattr(imaplib.IMAP4, "uid", breaking)
    for _attempt in range(3):
        with Mailbox(box.settings) as mailbox, pytest.raises(MailboxError) as caught:
            list(mailbox.fetch_new({}))
        assert not caught.value.is_permanent
    with Mailbox(box.settings) as mailbox:
        poison, healthy = mailbox.fetch_new({})
    with pytest.raises(Unparseable):
        adapter.parse(poison.delivery(), {})
    assert adapter.parse(healthy.delivery(), {})[0].subject == "letter 2"


def test_letter_the_server_does_not_give_now_comes_later(box, monkeypatch):
    box.append(letter(1))
    honest = imaplib.IMAP4.uid

    def throttled(self, command, *args):
        if command == "FETCH" and "BODY" in args[1]:
            return "NO", [b"[UNAVAILABLE] Temporary failure"]
        return honest(self, command, *args)

    with monkeypatch.context() as patch:
        patch.setattr(imaplib.IMAP4, "uid", throttled)
        for _attempt in range(5):
            with Mailbox(box.settings) as mailbox, pytest.raises(MailboxError) as caught:
                list(mailbox.fetch_new({}))
            assert not caught.value.is_permanent
            assert "UNAVAILABLE" in str(caught.value)
        with monkeypatch.context() as fewer:
            fewer.setattr(Mailbox, "MAX_REFUSALS", 5)
            with Mailbox(box.settings) as mailbox:
                (given_up,) = mailbox.fetch_new({})
        assert given_up.raw == b""
    assert read(box)[0] == ["letter 1"]


def test_letter_removed_while_reading_is_skipped(box, monkeypatch):
    for number in (1, 2):
        box.append(letter(number))
    honest = imaplib.IMAP4.uid

    def expunged(self, command, *args):
        if command == "FETCH" and "BODY" in args[1] and args[0] == "1":
            return "OK", [None]
        if command == "SEARCH" and "UID 1" in str(args):
            return "OK", [b""]
        return honest(self, command, *args)

    monkeypatch.setattr(imaplib.IMAP4, "uid", expunged)
    assert read(box)[0] == ["letter 2"]


def test_cursor_of_another_mailbox_does_not_hold(box, dovecot):
    other = dovecot.mailbox()
    for number in (1, 2, 3):
        box.append(letter(number))
    other.append(letter(4))
    _subjects, cursor = read(box)
    validity = read(other)[1]["uidvalidity"]
    assert read(other, {**cursor, "uidvalidity": validity})[0] == ["letter 4"]


def test_wrong_password_is_permanent_and_says_so(box):
    with pytest.raises(MailboxError) as caught, Mailbox({**box.settings, "password": "wrong"}):
        pass
    assert caught.value.is_permanent
    assert "uthentication" in str(caught.value)
    with pytest.raises(MailboxError) as caught, Mailbox({**box.settings, "password": "пароль"}):
        pass
    assert caught.value.is_permanent


def test_silent_or_absent_server_is_not_permanent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {
            "imap_host": "127.0.0.1",
            "imap_port": silent.getsockname()[1],
            "imap_security": "none",
            "username": "u",
            "password": "p",
        }
        started = time.monotonic()
        with pytest.raises(MailboxError) as caught:
            Mailbox(settings, timeout_s=0.5).connect()
        assert time.monotonic() - started < 5
        assert not caught.value.is_permanent
    with pytest.raises(MailboxError) as caught:
        Mailbox(settings, timeout_s=0.5).connect()
    assert not caught.value.is_permanent


def test_connection_that_dies_while_idle_is_an_error(box):
    box.append(letter(1))
    with Mailbox(box.settings) as mailbox:
        list(mailbox.fetch_new({}))
        mailbox.box.client.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(MailboxError):
            mailbox.idle(1)


def test_check_says_each_step(box):
    texts = [(check.is_ok, str(check.text)) for check in adapter.check(box.settings, "")]
    assert [is_ok for is_ok, _text in texts] == [True, True, True, True]
    assert "Sent" in texts[2][1]
    assert "SMTP" in texts[3][1]
    checks = adapter.check({**box.settings, "folder": "Nowhere"}, "")
    assert [check.is_ok for check in checks] == [True, False, True]
    checks = adapter.check({**box.settings, "password": "wrong"}, "")
    assert [check.is_ok for check in checks] == [False, True]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_every_recorded_letter_goes_through_the_server(box):
    """Each letter once, each either understood or refused in words, none stopping the reading."""
    files = [parameter.values[0] for parameter in recorded("email")]
    with box.client() as client:
        for path in files:
            raw = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            assert client.append("INBOX", "", "", raw or b"\r\n")[0] == "OK", path
    with Mailbox(box.settings) as mailbox:
        fetched = list(mailbox.fetch_new({}))
    assert len(fetched) == len(files)
    refused = 0
    for one in fetched:
        try:
            adapter.parse(one.delivery(), box.settings)
        except Unparseable as exc:
            refused += 1
            assert len(str(exc)) > 10
    assert refused < 16
