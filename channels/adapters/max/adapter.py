"""The MAX channel: verify, parse, send, fetch files, subscribe and stay subscribed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import (
    NEVER,
    Adapter,
    Check,
    Field,
    Forged,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
)
from channels.adapters.max.api import DEFAULT_BASE_URL, MaxApi
from channels.adapters.max.content import VIDEO, person_name
from channels.adapters.max.updates import USER, parse_updates
from channels.adapters.payload import read_json
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.reach import has_own_api, is_local, is_secure, unreachable
from channels.adapters.text import clean_line, received
from leads.inquiry import File, Item

SECRET_HEADER = "x-max-bot-api-secret"  # noqa: S105 (a header's name)
MAX_TEXT = 4000  # characters of one message
PIECE_PAUSE_S = 0.6  # two messages a second go into one dialog
UPDATE_TYPES = (
    "message_created",
    "message_edited",
    "message_removed",
    "message_callback",
    "bot_started",
    "bot_stopped",
    "bot_added",
    "bot_removed",
    "dialog_removed",
)


class MaxAdapter(Adapter):
    kind: ClassVar[str] = "max"
    label = "MAX"
    channel_kind = "messenger"
    icon = "max"
    can_send = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "token",
            _("Bot token"),
            kind="secret",
            is_required=True,
            help_text=_("On business.max.ru: Chat bots → the bot → ⋮ → Settings, beside “Token”."),
        ),
        Field(
            "secret",
            _("Webhook secret"),
            kind="secret",
            is_generated=True,
            help_text=_("MAX sends it with every update. Made by us when left empty."),
        ),
        Field(
            "set_webhook",
            _("Connect the bot and keep it connected"),
            kind="bool",
            default=True,
            help_text=_(
                "MAX forgets an address that it could not reach for 8 hours: it is told again by itself."
            ),
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
        "A company or sole trader makes a bot on business.max.ru (Chat bots); MAX looks it over first. Paste its "
        "token here and press “Test”: the bot is connected to this address by itself, and connected again if MAX "
        "drops it. The address must be https with a certificate of a known authority."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """A person who wrote to the bot; no groups, whose ids are negative."""
        return NEVER if thread_key.startswith("-") else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the secret header that we gave when subscribing."""
        secret = str(settings.get("secret") or "")
        given = delivery.header(SECRET_HEADER)
        if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            raise Forged("wrong or missing secret")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the secret header."""
        secret = str(settings.get("secret") or "")
        return dataclasses.replace(delivery, headers={**delivery.headers, SECRET_HEADER: secret})

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one update. Raises Unparseable."""
        return parse_updates(read_json(delivery.body), received(delivery.received_at))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and files; return the id of the first message. Raises SendError.

        Not idempotent: MAX has no key against repeats, so see SendError.is_uncertain.
        """
        if not message.text.strip() and not message.files:
            raise SendError(gettext("There is nothing to send."), is_permanent=True)
        where = _address(message.thread_key or message.recipient)
        with MaxApi(settings) as api:
            attachments = [api.upload(file) for file in message.files]
            sent: list[str] = []
            with one_by_one(sent):
                for body in _bodies(message.text, attachments):
                    if sent:
                        time.sleep(PIECE_PAUSE_S)
                    sent.append(api.send(where, body))
        return sent[0]

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download what an update linked, from MAX's own hosts only. Raises SendError."""
        with MaxApi(settings) as api:
            is_token = ref.startswith(VIDEO)
            return api.download(api.video_url(ref.removeprefix(VIDEO)) if is_token else ref)

    def keep_alive(self, settings: Settings, hook_url: str) -> Mapping[str, str]:
        """Subscribe again if MAX dropped the address."""
        if settings.get("set_webhook", True):
            with MaxApi(settings) as api:
                if hook_url not in api.subscriptions():
                    _subscribe(api, settings, hook_url)
        return {}

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask who the bot is, and subscribe or look at the subscriptions."""
        checks: list[Check] = []
        try:
            with MaxApi(settings) as api:
                bot = api.call("GET", "/me")
                name = clean_line(bot.get("username"), 100) or person_name(bot)
                checks.append(Check(True, _("The token fits: this is @{name}.").format(name=name)))
                if settings.get("set_webhook", True):
                    checks.append(_connect(api, settings, hook_url))
                checks.append(_subscription_state(api.subscriptions(), hook_url))
        except SendError as exc:
            checks.append(Check(False, str(exc)))
        return checks


def _address(thread: str) -> dict[str, str]:
    if thread.startswith(USER):
        return {"user_id": thread.removeprefix(USER)}
    return {"chat_id": thread}


def _bodies(text: str, attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the text over the first file when it fits, else before the files; a message carries one file."""
    pieces = chunks(text, MAX_TEXT)
    bodies: list[dict[str, Any]] = [{"text": piece} for piece in pieces]
    for attachment in attachments:
        if len(bodies) == 1 and len(pieces) == 1 and "attachments" not in bodies[0]:
            bodies[0]["attachments"] = [attachment]
        else:
            bodies.append({"attachments": [attachment]})
    return bodies


def _connect(api: MaxApi, settings: Settings, hook_url: str) -> Check:
    if (is_local(hook_url) or not is_secure(hook_url)) and not has_own_api(settings, DEFAULT_BASE_URL):
        return Check(False, unreachable("MAX", hook_url))
    try:
        _subscribe(api, settings, hook_url)
    except SendError as exc:
        return Check(False, _("MAX did not accept the address: {error}").format(error=exc))
    return Check(True, _("The bot's updates come to this channel now."))


def _subscribe(api: MaxApi, settings: Settings, hook_url: str) -> None:
    secret = str(settings.get("secret") or "")
    api.call(
        "POST",
        "/subscriptions",
        body={"url": hook_url, "update_types": list(UPDATE_TYPES), "secret": secret},
    )


def _subscription_state(urls: list[str], hook_url: str) -> Check:
    if hook_url in urls:
        return Check(True, _("MAX knows this address."))
    return Check(False, _("MAX does not send the bot's updates to this address."))
