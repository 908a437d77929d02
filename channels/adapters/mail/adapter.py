"""The e-mail channel: its settings, its connection test, and what it makes of a letter."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from channels.adapters.base import (
    MAIL_METHOD,
    Adapter,
    Check,
    Field,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
)
from channels.adapters.mail import oauth, services
from channels.adapters.mail.imap import Mailbox
from channels.adapters.mail.parsing import parse_mail
from channels.adapters.mail.posted import PostedLetter
from channels.adapters.mail.smtp import send_letter, smtp_session
from core import placeholders
from leads.inquiry import File, Ignored, Inquiry, Item

CHECK_TIMEOUT_S = 4.0
_READ = ("arrival", (services.MAILBOX, ""))  # channels made before there was a choice have none
SECURITY = (("ssl", _("SSL/TLS")), ("starttls", _("STARTTLS")), ("none", _("No encryption")))
FIRST_READ = (
    ("week", _("Letters of the last week")),
    ("month", _("Letters of the last month")),
    ("new", _("Only letters of today and later")),
    ("all", _("Everything in the folder")),
)


def _check_signature(text: str) -> None:
    try:
        placeholders.check(text, known=placeholders.SIGNATURE)
    except placeholders.UnknownField as refusal:
        raise ValueError(str(refusal.message)) from None


class EmailAdapter(Adapter):
    kind: ClassVar[str] = "email"
    label = _("E-mail")
    channel_kind = "email"
    icon = "mail"
    can_send = True
    looks_up = True
    max_body_bytes: ClassVar[int] = 30 * 1024 * 1024  # a posted letter carries its files
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "address", _("Mailbox address"), is_required=True, help_text=_("Letters are answered from it.")
        ),
        Field("sender_name", _("Sender's name")),
        Field(
            "arrival",
            _("How letters come"),
            kind="choice",
            default=services.MAILBOX,
            choices=services.CHOICES,
            help_text=_(
                "A mail service posts each letter to an address of ours, shown here after saving. Of what the service "
                "offers choose the raw letter (MIME) where it does."
            ),
        ),
        Field(
            "service_key",
            _("Key of the service"),
            kind="secret",
            is_required=True,
            only_with=("arrival", services.SIGNING),
            help_text=_(
                "Posts are signed with it: Mailgun's HTTP webhook signing key, MailerSend's secret of the inbound "
                "route, Mailchimp's webhook key, Postal's public key, Resend's signing secret."
            ),
        ),
        Field(
            "service_api_key",
            _("API key of the service"),
            kind="secret",
            is_required=True,
            only_with=("arrival", services.WITH_API_KEY),
            help_text=_("Resend is asked for each letter with it, Brevo for the files of a letter."),
        ),
        Field("imap_host", _("IMAP server"), is_required=True, only_with=_READ),
        Field("imap_port", _("IMAP port"), kind="number", default=993, only_with=_READ),
        Field(
            "imap_security",
            _("IMAP security"),
            kind="choice",
            default="ssl",
            choices=SECURITY,
            only_with=_READ,
        ),
        Field("username", _("User name"), help_text=_("Empty: the address.")),
        Field(
            "password",
            _("Password"),
            kind="secret",
            help_text=_(
                "Yandex, Mail.ru and Gmail need a password for applications, not that of the account."
            ),
        ),
        Field(
            "oauth_provider",
            _("How to log in"),
            kind="choice",
            default="",
            choices=oauth.CHOICES,
            help_text=_("Microsoft 365 takes no passwords; Google and Yandex take both."),
        ),
        Field("client_id", _("Application ID"), help_text=_("Of your application at the mail provider.")),
        Field("client_secret", _("Application secret"), kind="secret"),
        Field(
            "refresh_token",
            _("Refresh token"),
            kind="secret",
            help_text=_("Comes by itself when you sign in at the provider from this page."),
        ),
        Field(
            "access_token",
            _("OAuth access token"),
            kind="secret",
            help_text=_("Instead of a password (XOAUTH2). It is used as it is and not renewed."),
        ),
        Field("folder", _("Folder"), default="INBOX", only_with=_READ),
        Field(
            "sent_folder",
            _("Folder of sent letters"),
            only_with=_READ,
            help_text=_("If set, answers written in a mail program appear in the dialogs too."),
        ),
        Field(
            "first_read",
            _("At first read"),
            kind="choice",
            default="week",
            choices=FIRST_READ,
            only_with=_READ,
        ),
        Field(
            "is_idle",
            _("Let the server tell of new letters"),
            kind="bool",
            default=True,
            only_with=_READ,
            help_text=_("Otherwise the folder is looked through every minute."),
        ),
        Field("smtp_host", _("SMTP server"), help_text=_("Empty: letters can be read but not answered.")),
        Field("smtp_port", _("SMTP port"), kind="number", default=465),
        Field("smtp_security", _("SMTP security"), kind="choice", default="ssl", choices=SECURITY),
        Field("smtp_username", _("SMTP user name"), help_text=_("Empty: the same as for reading.")),
        Field(
            "smtp_password",
            _("SMTP password"),
            kind="secret",
            help_text=_("Empty: the same as for reading."),
        ),
        Field(
            "signature",
            _("Signature of letters"),
            kind="lines",
            validate=_check_signature,
            help_text=_(
                "For those who have none of their own in their profile. Filled in: {name}, {company}, {address} of the "
                "mailbox, {extension} of the telephone."
            ),
        ),
    )
    help_text = _(
        "Letters are read by IMAP and stay unread in the mailbox. Addresses: imap.yandex.ru and "
        "smtp.yandex.ru, imap.mail.ru and smtp.mail.ru, imap.gmail.com and smtp.gmail.com. "
        "Microsoft 365 (outlook.office365.com and smtp.office365.com) is entered by signing in at the provider: "
        "register an application there, allow it the address shown below, and put its ID and secret here."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """A letter needs no letter before it."""
        return None

    def is_posted_to(self, settings: Settings) -> bool:
        """Only where a mail service posts the letters; a mailbox we go and read."""
        return services.is_posted(settings)

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check the mail service's signature. Raises Forged."""
        services.verify(delivery, settings)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make an inquiry of each letter: one out of a mailbox, or those of a service's post. Raises Unparseable."""
        if not services.is_posted(settings) or delivery.method == MAIL_METHOD:
            return [parse_mail(delivery, settings)]
        return [
            post if isinstance(post, Ignored) else _read(delivery, post, settings)
            for post in services.letters(delivery, settings)
        ]

    def has_question(self, delivery: RawDelivery, settings: Settings) -> bool:
        """Only some mail services tell too little; a letter out of a mailbox is all there."""
        return services.asks(settings) and delivery.method != MAIL_METHOD

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask the mail service for the letter, or whether it really wrote this. Raises SendError."""
        return services.look_up(delivery, settings)

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a letter's file that the mail service keeps. Raises SendError."""
        return services.fetch(ref, settings)

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send by SMTP; return the Message-ID. Raises SendError."""
        return send_letter(message, settings)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Log in to both servers and open the folders, saying each step."""
        reading = (
            _check_posts(settings, hook_url) if services.is_posted(settings) else _check_reading(settings)
        )
        return [*reading, *_check_sending(settings)]


def _read(delivery: RawDelivery, post: PostedLetter, settings: Settings) -> Inquiry:
    """Files to be fetched count only where none came within the letter: then they are the same ones."""
    inquiry = parse_mail(services.as_mail(delivery, post), settings)
    return inquiry if inquiry.files or not post.files else dataclasses.replace(inquiry, files=post.files)


def _check_reading(settings: Settings) -> Iterator[Check]:
    try:
        with Mailbox(settings, timeout_s=CHECK_TIMEOUT_S) as mailbox:
            yield Check(True, _("IMAP: connected and logged in."))
            folder = str(settings.get("folder") or "INBOX")
            mailbox.select(folder)
            yield Check(True, _("IMAP: the folder {name} can be read.").format(name=folder))
            if sent := str(settings.get("sent_folder") or ""):
                mailbox.select(sent)
                yield Check(True, _("IMAP: the folder {name} can be read.").format(name=sent))
            elif sent := mailbox.sent_folder():
                yield Check(True, _("IMAP: sent letters are in the folder {name}.").format(name=sent))
            if settings.get("is_idle", True) and not mailbox.can_idle:
                yield Check(True, _("IMAP: this server can't tell of new letters, so we look each minute."))
    except SendError as exc:
        yield Check(False, f"IMAP: {exc}")


def _check_posts(settings: Settings, hook_url: str) -> Iterator[Check]:
    yield Check(True, _("Letters are posted to {url}").format(url=hook_url))
    if settings.get("arrival") not in services.SIGNED:
        yield Check(True, _("Nothing is signed there: keep the address to yourselves."))


def _check_sending(settings: Settings) -> Iterator[Check]:
    if not settings.get("smtp_host"):
        yield Check(True, _("SMTP: not set, so letters can't be answered from here."))
        return
    try:
        with smtp_session(settings, timeout_s=CHECK_TIMEOUT_S) as server:
            server.noop()
        yield Check(True, _("SMTP: connected and logged in."))
    except SendError as exc:
        yield Check(False, f"SMTP: {exc}")
