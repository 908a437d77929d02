"""The Avito channel: parse, send, fetch files, subscribe to notifications."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.acquaintances import ask, introduce, strangers
from channels.adapters.avito.api import DEFAULT_BASE_URL, AvitoApi, look_up_chat
from channels.adapters.avito.messages import VOICE, parse_notification
from channels.adapters.base import (
    Adapter,
    Check,
    Field,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.payload import read_json
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.reach import has_own_api, is_local, is_secure, unreachable
from channels.adapters.text import as_dict, clean_line, received
from leads.inquiry import File, Inquiry, Item

MAX_TEXT = 1000  # characters of one message
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/heic")


class AvitoAdapter(Adapter):
    kind: ClassVar[str] = "avito"
    label = _("Avito")
    channel_kind = "messenger"
    icon = "avito"
    can_send = True
    looks_up = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "client_id",
            _("Client ID"),
            kind="secret",
            is_required=True,
            help_text=_("In Avito: For professionals → Integrations → API keys."),
        ),
        Field(
            "client_secret",
            _("Client secret"),
            kind="secret",
            is_required=True,
            help_text=_("Beside the Client ID."),
        ),
        Field(
            "user_id",
            _("Number of the account"),
            is_learned=True,
            help_text=_("The test finds it out."),
        ),
        Field(
            "set_webhook",
            _("Subscribe when testing"),
            kind="bool",
            default=True,
            help_text=_("The test asks Avito to send notifications of messages to this channel's address."),
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
        "The messenger's API is part of Avito's paid tariffs. In Avito: For professionals → Integrations → API "
        "keys, copy Client ID and Client secret to here and press “Test”: Avito sends the messages of your ads here "
        "from then on. How Avito signs its notifications is not documented and not verified by us; they are let in "
        "by the secret word in this channel's address, so show the address to nobody."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Let in whoever knows the address.

        Avito sends `x-avito-messenger-signature`, but neither its algorithm nor its secret is documented. The
        journal keeps the header, so that a live account can settle it.
        """

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask who wrote and what the ad is: a notification carries only numbers."""
        try:
            chats = {item.thread_key for item in strangers(self._read(delivery, settings))}
        except Unparseable:
            return None
        found = {chat_id: told for chat_id in chats if (told := _ask(chat_id, settings))}
        return json.dumps({"chats": found}, ensure_ascii=False).encode() if found else None

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one notification. Raises Unparseable."""
        items = self._read(delivery, settings)
        details = as_dict(read_json(delivery.details)) if delivery.details else {}
        for told in map(as_dict, as_dict(details.get("chats")).values()):
            items = introduce(items, as_dict(told.get("people")))
            items = [_about(item, as_dict(told.get("product"))) for item in items]
        return items

    def _read(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        return parse_notification(read_json(delivery.body), settings, received(delivery.received_at))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and pictures; return the id of the first message. Raises SendError.

        Not idempotent: Avito has no key against repeats, so see SendError.is_uncertain.
        """
        if not message.text.strip() and not message.files:
            raise SendError(gettext("There is nothing to send."), is_permanent=True)
        if any(file.content_type not in _PICTURES for file in message.files):
            raise SendError(gettext("Avito takes pictures only, no other files."), is_permanent=True)
        chat_id = message.thread_key or message.recipient
        sent: list[str] = []
        with AvitoApi(settings) as api:
            images = [api.upload_image(file) for file in message.files]
            with one_by_one(sent):
                for text in chunks(message.text, MAX_TEXT):
                    body = {"type": "text", "message": {"text": text}}
                    sent.append(_id_of(api.call("POST", api.chat_path(chat_id, "messages"), json=body)))
                for image_id in images:
                    path = api.chat_path(chat_id, "messages", "image")
                    sent.append(_id_of(api.call("POST", path, json={"image_id": image_id})))
        return sent[0]

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a picture or file from Avito's own hosts, or a voice message by its id. Raises SendError."""
        with AvitoApi(settings) as api:
            return api.voice(ref.removeprefix(VOICE)) if ref.startswith(VOICE) else api.download(ref)

    def learn(self, settings: Settings) -> Mapping[str, str]:
        """Ask for the account's number: it tells our own messages from the clients'."""
        with AvitoApi(settings) as api:
            return {"user_id": api.account()[0]}

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask whose account this is, and subscribe or look at the subscriptions."""
        checks: list[Check] = []
        try:
            with AvitoApi(settings) as api:
                number, name = api.account()
                text = _("The keys fit: this is the account “{name}”, number {number}.")
                checks.append(Check(True, text.format(name=name, number=number)))
                if settings.get("set_webhook", True):
                    checks.append(_connect(api, settings, hook_url))
                checks.append(_subscription_state(api.subscriptions(), hook_url))
        except SendError as exc:
            checks.append(Check(False, str(exc)))
        return checks


def _ask(chat_id: str, settings: Settings) -> Mapping[str, object]:
    def fetch() -> dict[str, object]:
        with AvitoApi(settings) as api:
            chat = look_up_chat(api, chat_id)
        people = {
            number: {"name": person.name, "profile_url": person.profile_url}
            for number, person in chat.people.items()
        }
        return {"people": people, "product": dict(chat.product)}

    host = str(settings.get("base_url") or DEFAULT_BASE_URL)
    account = f"{settings.get('client_id')}:{settings.get('client_secret')}"
    return ask(host=host, account=account, who=chat_id, fetch=fetch)


def _about(item: Item, product: Mapping[str, object]) -> Item:
    """Say what the ad is called where a message only has its number (L20)."""
    if not isinstance(item, Inquiry) or not item.product or not product:
        return item
    told = {name: clean_line(value, 500) for name, value in product.items()}
    return dataclasses.replace(item, product={**item.product, **{k: v for k, v in told.items() if v}})


def _id_of(answer: Mapping[str, object]) -> str:
    return clean_line(answer.get("id"), 200)


def _connect(api: AvitoApi, settings: Settings, hook_url: str) -> Check:
    if (is_local(hook_url) or not is_secure(hook_url)) and not has_own_api(settings, DEFAULT_BASE_URL):
        return Check(False, unreachable(_("Avito"), hook_url))
    try:
        api.call("POST", "/messenger/v3/webhook", json={"url": hook_url})
    except SendError as exc:
        return Check(False, _("Avito did not accept the address: {error}").format(error=exc))
    return Check(True, _("The account's messages come to this channel now."))


def _subscription_state(urls: list[str], hook_url: str) -> Check:
    if hook_url in urls:
        return Check(True, _("Avito knows this address."))
    return Check(False, _("Avito does not send the account's messages to this address."))
