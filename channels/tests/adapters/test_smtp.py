import email
import email.policy
import smtplib
import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from channels.adapters.base import OutgoingMessage, SendError
from channels.adapters.mail import EmailAdapter
from channels.adapters.mail.smtp import compose
from channels.tests.adapters.samples import delivery
from leads.inquiry import File

adapter = EmailAdapter()
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


class Handler:
    """Keeps what came; refuses when told to."""

    def __init__(self):
        self.letters, self.refuse_rcpt, self.refuse_data, self.hang_up = [], "", "", False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse_rcpt:
            return self.refuse_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.hang_up:
            server.transport.close()
        if self.refuse_data:
            return self.refuse_data
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def smtp():
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"secret", handled=False)

    handler = Handler()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_require_tls=False,
        auth_required=True,
    )
    controller.start()
    yield (
        handler,
        {
            "address": "sales@shop.ru",
            "sender_name": "Магазин, отдел продаж",
            "password": "secret",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
        },
    )
    controller.stop()


def message(**changes) -> OutgoingMessage:
    told = {
        "text": "Добрый день!",
        "recipient": "ivan@client.ru",
        "subject": "Re: Фикус",
        "message_id": "our-1@shop.ru",
    }
    return OutgoingMessage(**{**told, **changes})


def parsed(handler):
    return email.message_from_bytes(handler.letters[-1][2], policy=email.policy.default)


def test_letter_leaves_with_our_id_and_threading(smtp):
    handler, settings = smtp
    sent = adapter.send(
        message(in_reply_to="q@client.ru", references=("q@client.ru", "p@client.ru")), settings
    )
    assert sent == "our-1@shop.ru"
    assert handler.letters[0][:2] == ("sales@shop.ru", ["ivan@client.ru"])
    letter = parsed(handler)
    assert letter["Message-ID"] == "<our-1@shop.ru>"
    assert letter["In-Reply-To"] == "<q@client.ru>"
    assert letter["References"] == "<p@client.ru> <q@client.ru>"
    assert letter["From"].addresses[0].display_name == "Магазин, отдел продаж"
    assert letter["Subject"] == "Re: Фикус"
    assert letter["Date"].datetime.tzinfo is not None
    assert letter.get_content().strip() == "Добрый день!"
    assert handler.letters[0][2].isascii()


def test_letter_has_html_and_attachments(smtp):
    handler, settings = smtp
    files = (
        File("кп.pdf", "application/pdf", b"%PDF"),
        File("x", "мусор", b"1"),
        File("y", "message/rfc822", b"2"),
    )
    adapter.send(message(html="<p>Добрый день!</p>", files=files), settings)
    letter = parsed(handler)
    assert letter.get_body(["html"]).get_content().strip() == "<p>Добрый день!</p>"
    assert letter.get_body(["plain"]).get_content().strip() == "Добрый день!"
    attached = [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in letter.iter_attachments()
    ]
    assert attached == [
        ("кп.pdf", "application/pdf", b"%PDF"),
        ("x", "application/octet-stream", b"1"),
        ("y", "application/octet-stream", b"2"),
    ]


def test_what_we_send_we_understand(smtp):
    handler, settings = smtp
    adapter.send(message(html="<p>x</p>", files=(File("кп.pdf", "application/pdf", b"%PDF"),)), settings)
    (inquiry,) = adapter.parse(delivery(handler.letters[0][2]), settings)
    assert inquiry.is_own
    assert (inquiry.external_id, inquiry.text, inquiry.files[0].name) == (
        "our-1@shop.ru",
        "Добрый день!",
        "кп.pdf",
    )
    assert inquiry.person.email == "ivan@client.ru"


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@evil.ru", "a\nBcc: x@evil.ru", "a\u2028Bcc: x", "a\x85Bcc: x", "a\x0bB\x0c: x"]
)
def test_headers_cannot_be_injected(evil):
    settings = {"address": "sales@shop.ru"}
    letter = compose(
        message(
            subject=evil,
            sender_name=evil,
            recipient_name=evil,
            message_id=f"i{evil}@x",
            in_reply_to=f"i{evil}@x",
            references=(f"r{evil}@x",),
            files=(File(evil, f"text/{evil}", b"1"),),
        ),
        settings,
    )
    raw = letter.as_bytes(policy=email.policy.SMTP)
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in raw and b"\rBcc" not in raw
    again = email.message_from_bytes(raw, policy=email.policy.default)
    assert "Bcc" not in again
    assert head.count(b"\r\nSubject:") == 1


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b.ru\r\nRCPT TO:<x@evil.ru>", "a@b.ru, c@d.ru", "<a@b.ru>"]
)
def test_bad_recipient_is_a_permanent_error(smtp, recipient):
    handler, settings = smtp
    with pytest.raises(SendError) as caught:
        adapter.send(message(recipient=recipient), settings)
    assert caught.value.is_permanent
    assert handler.letters == []


def test_cyrillic_domain_is_written_for_the_servers(smtp):
    handler, settings = smtp
    adapter.send(message(recipient="ivan@почта.рф"), settings)
    assert handler.letters[0][1] == ["ivan@xn--80a1acny.xn--p1ai"]


@pytest.mark.parametrize(
    ("attribute", "answer", "is_permanent"),
    [
        ("refuse_rcpt", "550 no such user", True),
        ("refuse_rcpt", "451 try later", False),
        ("refuse_data", "554 spam", True),
        ("refuse_data", "452 full", False),
    ],
)
def test_refusals_are_told_apart(smtp, attribute, answer, is_permanent):
    handler, settings = smtp
    setattr(handler, attribute, answer)
    with pytest.raises(SendError) as caught:
        adapter.send(message(), settings)
    assert caught.value.is_permanent is is_permanent
    assert not caught.value.is_uncertain
    assert answer[4:] in str(caught.value)


def test_broken_connection_while_sending_is_uncertain(smtp):
    handler, settings = smtp
    handler.hang_up = True
    with pytest.raises(SendError) as caught:
        adapter.send(message(), settings)
    assert caught.value.is_uncertain and not caught.value.is_permanent


def test_absent_server_is_neither_permanent_nor_uncertain():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = {
            "address": "a@b.ru",
            "smtp_host": "127.0.0.1",
            "smtp_port": probe.getsockname()[1],
            "smtp_security": "none",
        }
    with pytest.raises(SendError) as caught:
        adapter.send(message(), settings)
    assert not caught.value.is_permanent and not caught.value.is_uncertain
    with pytest.raises(SendError) as caught:
        adapter.send(message(), {"address": "a@b.ru"})
    assert caught.value.is_permanent


def test_wrong_password_is_permanent(smtp):
    _handler, settings = smtp
    with pytest.raises(SendError) as caught:
        adapter.send(message(), {**settings, "password": "wrong"})
    assert caught.value.is_permanent
    checks = adapter.check({**settings, "imap_host": "127.0.0.1", "imap_port": 9, "password": "wrong"}, "")
    assert [check.is_ok for check in checks] == [False, False]


def test_check_logs_in_to_both_servers(smtp, dovecot):
    _handler, settings = smtp
    reading = dovecot.mailbox().settings
    checks = adapter.check({**reading, **settings, "username": reading["username"]}, "")
    assert all(check.is_ok for check in checks)
    assert "SMTP" in str(checks[-1].text)


def test_starttls_is_demanded_when_set(smtp):
    _handler, settings = smtp
    with pytest.raises(SendError):
        adapter.send(message(), {**settings, "smtp_security": "starttls"})
    assert issubclass(smtplib.SMTPNotSupportedError, smtplib.SMTPException)
