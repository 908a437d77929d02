"""The Viber channel: verify, parse, send, fetch files, set the webhook."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
from typing import ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.base import (
    Adapter,
    Check,
    Field,
    Forged,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
)
from channels.adapters.payload import read_json
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.reach import has_own_api, is_local, is_secure, unreachable
from channels.adapters.text import clean_line, received
from channels.adapters.viber.api import DEFAULT_BASE_URL, MEDIA_HOSTS, ViberApi
from channels.adapters.viber.callbacks import parse_callback
from leads.inquiry import File, Item

SIGNATURE_HEADER = "x-viber-content-signature"
MAX_TEXT = 7000  # characters of one message
MAX_NAME = 28
EVENT_TYPES = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")


class ViberAdapter(Adapter):
    kind: ClassVar[str] = "viber"
    label = "Viber"
    channel_kind = "messenger"
    icon = "viber"
    can_send = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "token",
            _("Bot token"),
            kind="secret",
            is_required=True,
            help_text=_("In Viber: More → Settings → Bots → the bot → Edit info → “Your app key”."),
        ),
        Field(
            "sender_name",
            _("Name shown to clients"),
            help_text=_("Up to 28 characters. Left empty, clients see the name of whoever answers."),
        ),
        Field(
            "set_webhook",
            _("Connect the bot when testing"),
            kind="bool",
            default=True,
            help_text=_("The test tells Viber to send this bot's messages to the channel's address."),
        ),
        Field(
            "base_url",
            _("API address"),
            default=DEFAULT_BASE_URL,
            help_text=_("Change it for a mirror."),
        ),
        Field(
            "proxy",
            _("Proxy"),
            help_text=_("Where the API is unreachable directly: http://user:password@host:port"),
        ),
    )
    help_text = _(
        "Viber's bots are made on commercial terms, at partners.viber.com or through a partner of Viber. Paste the "
        "bot's token here and press “Test”: the bot is connected to this address by itself. The address must be "
        "https with a certificate of a known authority. In Russia Viber is blocked: name a proxy there."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """A subscriber of the bot: whoever wrote to it is one."""
        return None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check HMAC-SHA256 of the raw body, keyed with the bot's token."""
        expected = _signature(delivery.body, settings)
        given = delivery.header(SIGNATURE_HEADER).strip().lower()
        if not expected or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise Forged("wrong or missing signature")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the signature header."""
        headers = {**delivery.headers, SIGNATURE_HEADER: _signature(delivery.body, settings)}
        return dataclasses.replace(delivery, headers=headers)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one callback. Raises Unparseable."""
        return parse_callback(read_json(delivery.body), received(delivery.received_at))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text; return the number of the first message. Raises SendError.

        Not idempotent: Viber has no key against repeats, so see SendError.is_uncertain. Files leave only by
        public addresses, which ours are not.
        """
        if message.files:
            raise SendError(gettext("Viber takes no files from outside: send a link."), is_permanent=True)
        if not message.text.strip():
            raise SendError(gettext("There is nothing to send."), is_permanent=True)
        receiver = message.thread_key or message.recipient
        name = str(settings.get("sender_name") or "") or message.sender_name or gettext("Manager")
        sender = {"name": clean_line(name, MAX_NAME)}
        sent: list[str] = []
        with ViberApi(settings) as api, one_by_one(sent):
            for text in chunks(message.text, MAX_TEXT):
                body = {"receiver": receiver, "type": "text", "text": text, "sender": sender}
                answer = api.call("send_message", {**body, "min_api_version": 1})
                sent.append(clean_line(answer.get("message_token"), 40))
        return sent[0]

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download what a message linked, from Viber's own hosts only. Raises SendError."""
        return web.download_media(ref, hosts=MEDIA_HOSTS, proxy=str(settings.get("proxy") or ""))

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask who the bot is, and set the webhook or look at it."""
        checks: list[Check] = []
        try:
            with ViberApi(settings) as api:
                bot = api.call("get_account_info", {})
                name = clean_line(bot.get("name"), 100)
                checks.append(Check(True, _("The token fits: this is the bot “{name}”.").format(name=name)))
                if settings.get("set_webhook", True):
                    checks.append(_connect(api, settings, hook_url))
                    bot = api.call("get_account_info", {})
                checks.append(_webhook_state(clean_line(bot.get("webhook"), 500), hook_url))
        except SendError as exc:
            checks.append(Check(False, str(exc)))
        return checks


def _signature(body: bytes, settings: Settings) -> str:
    token = str(settings.get("token") or "")
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest() if token else ""


def _connect(api: ViberApi, settings: Settings, hook_url: str) -> Check:
    if (is_local(hook_url) or not is_secure(hook_url)) and not has_own_api(settings, DEFAULT_BASE_URL):
        return Check(False, unreachable("Viber", hook_url))
    try:
        api.call("set_webhook", {"url": hook_url, "event_types": list(EVENT_TYPES), "send_name": True})
    except SendError as exc:
        return Check(False, _("Viber did not accept the address: {error}").format(error=exc))
    return Check(True, _("The bot's messages come to this channel now."))


def _webhook_state(url: str, hook_url: str) -> Check:
    if url == hook_url:
        return Check(True, _("Viber knows this address."))
    return Check(False, _("Viber does not send the bot's messages to this address."))
