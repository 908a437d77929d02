"""Send letters by SMTP."""

from __future__ import annotations

import email.policy
import email.utils
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import OutgoingMessage, SendError, Settings
from channels.adapters.mail.headers import normal_id
from channels.adapters.mail.oauth import access_token
from channels.adapters.text import as_int, clean_line, clean_text

TIMEOUT_S = 20.0
MAX_REFERENCES = 20
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[^\s<>@,;:\"()\[\]\\]{1,253}")
_SAFE_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{3,400}")


class _GuardedSmtp(smtplib.SMTP):
    """smtplib over a socket to an address that was checked."""

    context: ssl.SSLContext | None = None
    _host = ""  # for which STARTTLS checks the certificate

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = web.open_socket(host, port, timeout=timeout, allow_private=web.private_hosts_allowed())
        return self.context.wrap_socket(plain, server_hostname=host) if self.context else plain


@contextmanager
def smtp_session(settings: Settings, *, timeout_s: float = TIMEOUT_S) -> Iterator[smtplib.SMTP]:
    """Connect and log in. Raises SendError: nothing has been sent then."""
    host = str(settings.get("smtp_host") or "").strip()
    if not host:
        raise SendError(_("The outgoing mail server (SMTP) is not set."), is_permanent=True)
    security = str(settings.get("smtp_security") or "ssl")
    port = as_int(settings.get("smtp_port")) or {"ssl": 465, "starttls": 587}.get(security, 25)
    server = _GuardedSmtp(timeout=timeout_s)
    try:
        with _translated(host):
            _open(server, host, port, security)
            _log_in(server, settings)
        yield server
    finally:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def send_letter(message: OutgoingMessage, settings: Settings) -> str:
    """Send a letter and return its Message-ID without brackets. Raises SendError."""
    letter = compose(message, settings)
    sender, recipient = _address_of(settings), _recipient(message)
    body = letter.as_bytes(policy=email.policy.SMTP.clone(cte_type="7bit"))
    with smtp_session(settings) as server, _translated(str(settings.get("smtp_host")), is_sending=True):
        server.sendmail(sender, [recipient], body)
    return normal_id(str(letter["Message-ID"]))


def compose(message: OutgoingMessage, settings: Settings) -> EmailMessage:
    """Build the letter: our Message-ID, threading, text with an HTML alternative, attachments.

    Every header value is one clean line, so nothing can be injected. Raises SendError.
    """
    letter = EmailMessage(policy=email.policy.SMTP)
    sender = _address_of(settings)
    name = clean_line(message.sender_name or settings.get("sender_name"), 100)
    letter["From"] = email.utils.formataddr((name, sender))
    letter["To"] = email.utils.formataddr((clean_line(message.recipient_name, 100), _recipient(message)))
    letter["Subject"] = clean_line(message.subject, 500)
    letter["Date"] = email.utils.formatdate(usegmt=True)
    letter["Message-ID"] = _bracketed(message.message_id) or email.utils.make_msgid(
        domain=sender.rpartition("@")[2]
    )
    if answered := _bracketed(message.in_reply_to):
        letter["In-Reply-To"] = answered
    references = [_bracketed(reference) for reference in reversed(message.references)]
    references = list(dict.fromkeys(filter(None, [*references, answered])))[-MAX_REFERENCES:]
    if references:
        letter["References"] = " ".join(references)
    for name, value in message.headers.items():
        letter[name] = clean_line(value, 900)
    _fill(letter, message)
    return letter


def _fill(letter: EmailMessage, message: OutgoingMessage) -> None:
    letter.set_content(clean_text(message.text), charset="utf-8")
    if message.html:
        letter.add_alternative(clean_text(message.html), subtype="html", charset="utf-8")
    for file in message.files:
        main, _slash, sub = clean_line(file.content_type, 100).partition("/")
        is_plain_type = bool(main and sub) and main not in ("multipart", "message")
        main, sub = (main, sub) if is_plain_type else ("application", "octet-stream")
        letter.add_attachment(
            file.data or b"", maintype=main, subtype=sub, filename=clean_line(file.name, 200) or "file"
        )


def _open(server: _GuardedSmtp, host: str, port: int, security: str) -> None:
    context = ssl.create_default_context() if security != "none" else None
    server._host = host
    server.context = context if security == "ssl" else None
    server.connect(host, port)
    server.ehlo()
    if security == "starttls":
        server.starttls(context=context)
        server.ehlo()


def _log_in(server: smtplib.SMTP, settings: Settings) -> None:
    username = str(settings.get("smtp_username") or settings.get("username") or settings.get("address") or "")
    password = str(settings.get("smtp_password") or settings.get("password") or "")
    token = access_token(settings)
    if not server.has_extn("auth"):
        return
    if token:
        server.user, server.password = username, token
        server.auth("XOAUTH2", lambda _challenge=None: f"user={username}\1auth=Bearer {token}\1\1")
    elif password:
        server.login(username, password)


class _translated:
    """Turn smtplib's errors into SendError: a code of 5xx is final, 4xx and the network are not."""

    def __init__(self, host: str, *, is_sending: bool = False) -> None:
        self._host, self._is_sending = host, is_sending

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, exc: BaseException | None, _trace: object) -> None:
        if exc is None or isinstance(exc, SendError):
            return
        if isinstance(exc, smtplib.SMTPRecipientsRefused):
            code, words = next(iter(exc.recipients.values()), (550, b""))
            message = _("The server refused the recipient: {error}").format(error=_words(words))
            raise SendError(message, is_permanent=code >= 500) from exc
        if isinstance(exc, smtplib.SMTPAuthenticationError):
            message = _("The outgoing mail server refused the login: {error}").format(
                error=_words(exc.smtp_error)
            )
            raise SendError(message, is_permanent=exc.smtp_code >= 500) from exc
        if isinstance(exc, smtplib.SMTPResponseException):
            message = _("The outgoing mail server refused: {error}").format(error=_words(exc.smtp_error))
            raise SendError(message, is_permanent=exc.smtp_code >= 500) from exc
        if isinstance(exc, smtplib.SMTPNotSupportedError | UnicodeError):
            message = _("The outgoing mail server can't do that: {error}").format(error=_words(str(exc)))
            raise SendError(message, is_permanent=True) from exc
        if isinstance(exc, smtplib.SMTPException | OSError | ValueError):
            message = _("{host} can't be reached: {error}").format(host=self._host, error=_words(str(exc)))
            is_refused = isinstance(exc, web.AddressRefused | ssl.SSLCertVerificationError)
            raise SendError(message, is_permanent=is_refused, is_uncertain=self._is_sending) from exc


def _address_of(settings: Settings) -> str:
    address = _ascii(clean_line(settings.get("address"), 320))
    if not _ADDRESS.fullmatch(address):
        raise SendError(_("The mailbox's own address is not set."), is_permanent=True)
    return address


def _recipient(message: OutgoingMessage) -> str:
    address = _ascii(clean_line(message.recipient, 320))
    if not _ADDRESS.fullmatch(address):
        raise SendError(_("There is no address to send to."), is_permanent=True)
    return address


def _ascii(address: str) -> str:
    """Write a Cyrillic domain in the form that every server takes."""
    local, at, domain = address.rpartition("@")
    try:
        return local + at + (domain if domain.isascii() else domain.encode("idna").decode())
    except UnicodeError:
        return address


def _bracketed(message_id: str) -> str:
    clean = normal_id(message_id)
    return f"<{clean}>" if _SAFE_ID.fullmatch(clean) else ""


def _words(value: bytes | str) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return clean_line(text, 300)
