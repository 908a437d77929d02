"""Letters that a mail service posts to us, instead of a mailbox that we read.

Shapes and signatures: django-anymail, and the services' pages on inbound parsing. Where the post holds the letter
as it was sent, that is read, like a letter out of a mailbox; else anymail puts it together from its parts.
Services that have to be asked, for which anymail would speak to the network while it reads, have modules of their own.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import importlib
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from anymail.exceptions import AnymailError, AnymailWarning, AnymailWebhookValidationFailure
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.adapters.base import Forged, RawDelivery, SendError, Settings, Text, Unparseable
from channels.adapters.mail import brevo, resend, ses
from channels.adapters.mail.posted import PostedLetter
from channels.adapters.payload import LIST, read_body
from channels.adapters.text import as_dict, as_list
from leads.inquiry import File, Ignored

MAILBOX, RAW = "imap", "raw"
MAX_LETTERS = 100  # of one post


Letters = Sequence[PostedLetter | Ignored]


@dataclasses.dataclass(frozen=True, slots=True)
class Service:
    """A mail service: its name, anymail's view of its posts, and the view's setting that takes the key."""

    label: Text
    view: str
    key_name: str = ""  # empty: the service signs nothing


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A mail service whose posts leave something out, and how it is asked for it."""

    label: Text
    letters: Callable[[RawDelivery], Letters]
    verify: Callable[[RawDelivery, str], None] | None = None
    look_up: Callable[[RawDelivery, Settings], bytes | None] | None = None
    fetch: Callable[[str, Settings], File] | None = None  # a file it keeps; with its API key


ASKED = {
    "amazon_ses": Asked("Amazon SES", ses.letters, look_up=ses.look_up),
    "brevo": Asked("Brevo", brevo.letters, fetch=brevo.fetch),
    "resend": Asked("Resend", resend.letters, resend.verify, resend.look_up, resend.fetch),
}
SERVICES = {
    "mailgun": Service("Mailgun", "mailgun.MailgunInboundWebhookView", "webhook_signing_key"),
    "mailersend": Service("MailerSend", "mailersend.MailerSendInboundWebhookView", "inbound_secret"),
    "mandrill": Service("Mailchimp Transactional", "mandrill.MandrillCombinedWebhookView", "webhook_key"),
    "postal": Service("Postal", "postal.PostalInboundWebhookView", "webhook_key"),
    "mailjet": Service("Mailjet", "mailjet.MailjetInboundWebhookView"),
    "postmark": Service("Postmark", "postmark.PostmarkInboundWebhookView"),
    "sendgrid": Service("SendGrid", "sendgrid.SendGridInboundWebhookView"),
    "sparkpost": Service("SparkPost", "sparkpost.SparkPostInboundWebhookView"),
}
CHOICES: tuple[tuple[str, Text], ...] = (
    (MAILBOX, gettext_lazy("A mailbox, read by IMAP")),
    *((name, service.label) for name, service in (SERVICES | ASKED).items()),
    (RAW, gettext_lazy("A server of ours posts the raw letter")),
)
POSTED = tuple(name for name, _label in CHOICES if name != MAILBOX)
SIGNING = (
    *(name for name, service in SERVICES.items() if service.key_name),
    *(name for name, service in ASKED.items() if service.verify),
)
SIGNED = (
    *SIGNING,
    *(name for name, service in ASKED.items() if service.look_up),
)  # some without a key of ours
WITH_API_KEY = tuple(name for name, service in ASKED.items() if service.fetch)


def is_posted(settings: Settings) -> bool:
    """Say whether letters are posted to us; otherwise we read a mailbox."""
    return str(settings.get("arrival") or MAILBOX) in POSTED


def verify(delivery: RawDelivery, settings: Settings) -> None:
    """Check the service's signature; with services that sign nothing the address is the secret. Raises Forged."""
    name, key = str(settings.get("arrival") or MAILBOX), str(settings.get("service_key") or "")
    if not is_posted(settings):
        raise Forged("letters of this channel come from a mailbox")
    if name not in SIGNING:
        return
    if not key:
        raise Forged("the key is not set")
    if (asked := ASKED.get(name)) and asked.verify:
        asked.verify(delivery, key)
        return
    try:
        view = _view_of(SERVICES[name], key, delivery.url)
        view.run_validators(_request(delivery))
    except (AnymailWebhookValidationFailure, AnymailError, Unparseable, ValueError, KeyError) as exc:
        raise Forged(f"wrong or missing signature: {type(exc).__name__}") from None


def asks(settings: Settings) -> bool:
    """Say whether the service has to be asked before its posts can be read."""
    asked = ASKED.get(str(settings.get("arrival") or MAILBOX))
    return asked is not None and asked.look_up is not None


def look_up(delivery: RawDelivery, settings: Settings) -> bytes | None:
    """Ask the service what a post leaves out. Raises SendError."""
    asked = ASKED.get(str(settings.get("arrival") or MAILBOX))
    return asked.look_up(delivery, settings) if asked and asked.look_up else None


def fetch(ref: str, settings: Settings) -> File:
    """Download a file that the service keeps. Raises SendError."""
    asked = ASKED.get(str(settings.get("arrival") or MAILBOX))
    if asked is None or asked.fetch is None:
        raise SendError(_("Letters no longer come by the service that keeps this file."), is_permanent=True)
    return asked.fetch(ref, settings)


def letters(delivery: RawDelivery, settings: Settings) -> Letters:
    """Return the letters of one post, each as if it had come from a mailbox. Raises Unparseable."""
    name = str(settings.get("arrival") or MAILBOX)
    if name == RAW:
        return [PostedLetter(delivery.body)]
    found = ASKED[name].letters(delivery) if name in ASKED else _letters_of(name, delivery)
    if not found:
        label = (SERVICES | ASKED)[name].label
        raise Unparseable(_("There is no letter in what {name} sent.").format(name=label))
    return found[:MAX_LETTERS]


def as_mail(delivery: RawDelivery, letter: PostedLetter) -> RawDelivery:
    """Headers of the post say nothing of the letter, and must not pass for what our mailbox reader notes."""
    return RawDelivery(letter.raw, method="MAIL", received_at=delivery.received_at)


def _letters_of(name: str, delivery: RawDelivery) -> Letters:
    fields, _files = read_body(delivery)
    found = [raw for raw in _raw_letters(name, fields) if raw.strip()]
    return [PostedLetter(raw) for raw in found or _put_together(SERVICES[name], delivery)]


def _raw_letters(name: str, fields: dict[str, Any]) -> Iterator[bytes]:
    match name:
        case "mailgun":
            yield _bytes(fields.get("body-mime"))
        case "sendgrid":
            yield _bytes(fields.get("email"))
        case "postmark":
            yield _bytes(fields.get("RawEmail"))
        case "mailersend":
            yield _bytes(as_dict(fields.get("data")).get("raw"))
        case "postal":
            yield _bytes(fields.get("message"), is_base64=_is_true(fields.get("base64")))
        case "mandrill":
            for event in _json_list(fields.get("mandrill_events")):
                yield _bytes(as_dict(as_dict(event).get("msg")).get("raw_msg"))
        case "sparkpost":
            for event in as_list(fields.get(LIST)) or [fields]:
                message = as_dict(as_dict(as_dict(event).get("msys")).get("relay_message"))
                content = as_dict(message.get("content"))
                is_base64 = _is_true(content.get("email_rfc822_is_base64"))
                yield _bytes(content.get("email_rfc822"), is_base64=is_base64)


def _bytes(value: object, *, is_base64: bool = False) -> bytes:
    if not isinstance(value, str):
        return b""
    if not is_base64:
        return value.encode("utf-8", "surrogateescape")
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        raise Unparseable(_("The letter's base64 is broken.")) from None


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _json_list(value: object) -> list[Any]:
    try:
        return as_list(json.loads(value)) if isinstance(value, str) else []
    except (ValueError, RecursionError):
        return []


def _put_together(service: Service, delivery: RawDelivery) -> list[bytes]:
    """Let anymail make a letter of its parts. Whatever its reading breaks on, the post can't be understood."""
    try:
        view = _view_of(service, "unused", delivery.url)
        events = view.parse_events(_request(delivery))
        return [event.message.as_bytes() for event in events if event.message is not None]
    except Unparseable:
        raise
    except (
        Exception
    ) as exc:  # it trusts the shape of a post: KeyError, TypeError, AnymailError, header errors …
        reason = _("What {name} sent can't be read as a letter: {error}")
        text = reason.format(name=service.label, error=type(exc).__name__)
        raise Unparseable(text) from None


def _view_of(service: Service, key: str, url: str) -> Any:
    module, _dot, name = service.view.partition(".")
    options = {service.key_name: key} if service.key_name else {}
    if service.view.startswith("mandrill."):
        options["webhook_url"] = url
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", AnymailWarning
        )  # the address is the secret; SendGrid is kept as it is
        return getattr(importlib.import_module(f"anymail.webhooks.{module}"), name)(**options)


def _request(delivery: RawDelivery) -> HttpRequest:
    """Make the request that anymail reads; its form is read by us, since Django's limits are those of pages."""
    request = HttpRequest()
    request.method = "POST"
    request.META = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in delivery.headers.items()
    }
    request.META["CONTENT_TYPE"] = delivery.header("content-type")
    content_type = request.META["CONTENT_TYPE"].partition(";")[0].strip().lower()
    request.content_type, request._body = content_type, delivery.body
    is_json = content_type.endswith("json")
    fields, files = ({}, []) if is_json else read_body(dataclasses.replace(delivery, query=""))
    post = QueryDict(mutable=True)
    post.update({name: value for name, value in fields.items() if isinstance(value, str)})
    request.POST, request.FILES = post, _uploads(files)  # type: ignore[assignment]
    return request


def _uploads(files: list[File]) -> MultiValueDict[str, Any]:
    """Services name the parts attachment-1, attachment1 …; their order is kept, the names of parts are not."""
    found: MultiValueDict[str, Any] = MultiValueDict()
    for number, file in enumerate(files, start=1):
        for name in (f"attachment-{number}", f"attachment{number}"):
            found[name] = SimpleUploadedFile(file.name, file.data or b"", file.content_type)
    return found
