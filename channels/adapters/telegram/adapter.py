"""The Telegram channel: verify, parse, send, fetch files, connect the webhook."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import (
    A_DAY,
    NEVER,
    Adapter,
    Answer,
    Check,
    Field,
    Forged,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.payload import read_json
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.telegram.api import DEFAULT_BASE_URL, Moved, TelegramApi
from channels.adapters.telegram.thread import address
from channels.adapters.telegram.updates import parse_update
from channels.adapters.text import as_dict, as_int, clean_line, received
from leads.inquiry import File, Item

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (a header's name)
MAX_TEXT = 4096  # characters of one message
MAX_CAPTION = 1024
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
_PORTS = (None, 443, 80, 88, 8443)  # to which Telegram delivers


class TelegramAdapter(Adapter):
    kind: ClassVar[str] = "telegram"
    label = _("Telegram")
    channel_kind = "messenger"
    icon = "telegram"
    can_send = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "token", _("Bot token"), kind="secret", is_required=True, help_text=_("As @BotFather gave it.")
        ),
        Field(
            "secret_token",
            _("Webhook secret"),
            kind="secret",
            is_generated=True,
            help_text=_("Telegram sends it with every update. Made by us when left empty."),
        ),
        Field(
            "set_webhook",
            _("Connect the bot when testing"),
            kind="bool",
            default=True,
            help_text=_("The test tells Telegram to send this bot's updates to the channel's address."),
        ),
        Field(
            "base_url",
            _("API address"),
            default=DEFAULT_BASE_URL,
            help_text=_("Change it for an own Bot API server or a mirror."),
        ),
        Field(
            "proxy",
            _("Proxy"),
            help_text=_("Where the API is unreachable directly: http://user:password@host:port"),
        ),
    )
    help_text = _(
        "Make a bot with @BotFather, paste its token here and press “Test connection”: the bot is connected "
        "to this address by itself. To receive the dialogs of your own account, connect the bot in Telegram "
        "Business."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """A person who wrote to the bot; in a business account only while its day is open; no groups."""
        return NEVER if thread_key.startswith("-") else A_DAY if "@" in thread_key else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the secret header that we gave to setWebhook."""
        secret = str(settings.get("secret_token") or "")
        given = delivery.header(SECRET_HEADER)
        if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            raise Forged("wrong or missing secret token")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the secret header."""
        secret = str(settings.get("secret_token") or "")
        return dataclasses.replace(delivery, headers={**delivery.headers, SECRET_HEADER: secret})

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Stop the spinner of a pressed button; other updates need only 200."""
        try:
            query = as_dict(as_dict(read_json(delivery.body)).get("callback_query"))
        except Unparseable:
            query = {}
        query_id = clean_line(query.get("id"), 64)
        if not query_id:
            return Answer()
        return Answer(
            json.dumps({"method": "answerCallbackQuery", "callback_query_id": query_id}), "application/json"
        )

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one update. Raises Unparseable."""
        update = read_json(delivery.body)
        if not isinstance(update, dict):
            raise Unparseable(gettext("This is not a Telegram update: it has no update_id."))
        return parse_update(update, received(delivery.received_at))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and files; return the id of the first message. Raises SendError.

        Not idempotent: Telegram has no key against repeats, so see SendError.is_uncertain.
        """
        if not message.text.strip() and not message.files:
            raise SendError(gettext("There is nothing to send."), is_permanent=True)
        with TelegramApi(settings) as api:
            try:
                return _send_to(api, address(message.thread_key or message.recipient), message)
            except Moved as moved:
                return _send_to(api, {"chat_id": moved.chat_id}, message)

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download by file_id. Raises SendError."""
        with TelegramApi(settings) as api:
            return api.download(ref)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask who the bot is, and connect or look at the webhook."""
        checks: list[Check] = []
        try:
            with TelegramApi(settings) as api:
                bot = as_dict(api.call("getMe", {}))
                name = clean_line(bot.get("username") or bot.get("first_name"), 100)
                checks.append(Check(True, _("The token fits: this is @{name}.").format(name=name)))
                if settings.get("set_webhook", True):
                    checks.append(_connect(api, settings, hook_url))
                checks.extend(_webhook_state(as_dict(api.call("getWebhookInfo", {})), hook_url))
        except SendError as exc:
            checks.append(Check(False, str(exc)))
        return checks


def _send_to(api: TelegramApi, where: Mapping[str, str | int], message: OutgoingMessage) -> str:
    sent: list[str] = []
    with one_by_one(sent):
        _send_pieces(api, where, message, sent)
    return sent[0]


def _send_pieces(
    api: TelegramApi, where: Mapping[str, str | int], message: OutgoingMessage, sent: list[str]
) -> None:
    extra: dict[str, Any] = {}
    if replied := as_int(message.in_reply_to):
        extra["reply_parameters"] = {"message_id": replied, "allow_sending_without_reply": True}
    has_caption = bool(message.files) and len(message.text) <= MAX_CAPTION
    for chunk in [] if has_caption else chunks(message.text, MAX_TEXT):
        sent.append(_id_of(api.call("sendMessage", {**where, **extra, "text": chunk})))
        extra = {}
    for index, file in enumerate(message.files):
        caption = {"caption": message.text} if has_caption and index == 0 and message.text.strip() else {}
        sent.append(_id_of(api.call("sendDocument", {**where, **extra, **caption}, {"document": file})))
        extra = {}


def _id_of(result: Any) -> str:
    return clean_line(as_dict(result).get("message_id"), 40)


def _connect(api: TelegramApi, settings: Settings, hook_url: str) -> Check:
    problem = _unreachable(hook_url)
    if (
        problem is not None
        and str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/") == DEFAULT_BASE_URL
    ):
        return problem
    try:
        parameters = {"url": hook_url, "allowed_updates": list(ALLOWED_UPDATES), "max_connections": 10}
        api.call("setWebhook", {**parameters, "secret_token": str(settings.get("secret_token") or "")})
    except SendError as exc:
        return Check(False, _("Telegram did not accept the address: {error}").format(error=exc))
    return Check(True, _("The bot's updates come to this channel now."))


def _unreachable(hook_url: str) -> Check | None:
    parts = urllib.parse.urlsplit(hook_url)
    if parts.scheme == "https" and parts.port in _PORTS:
        return None
    return Check(
        False,
        _("Telegram delivers only to https addresses on port 443, 80, 88 or 8443, not to {url}").format(
            url=hook_url
        ),
    )


def _webhook_state(info: dict[str, Any], hook_url: str) -> list[Check]:
    url = clean_line(info.get("url"), 300)
    if not url:
        return [Check(False, _("The bot has no webhook yet."))]
    if url != hook_url:
        host = urllib.parse.urlsplit(url).hostname or url
        return [Check(False, _("The bot's updates go to another address, at {host}.").format(host=host))]
    checks = [
        Check(
            True,
            _("Waiting to be delivered: {count}.").format(
                count=as_int(info.get("pending_update_count")) or 0
            ),
        )
    ]
    if error := clean_line(info.get("last_error_message"), 300):
        checks.append(Check(False, _("Telegram's last error when delivering: {error}").format(error=error)))
    return checks
