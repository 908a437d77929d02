"""The VK channel: verify, parse, send, fetch files, connect the Callback API."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import json
import re
from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.acquaintances import ask, introduce, strangers
from channels.adapters.base import (
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
from channels.adapters.text import as_dict
from channels.adapters.vk import sending, setup
from channels.adapters.vk.api import DEFAULT_BASE_URL, MEDIA_HOSTS, VkApi, VkError, look_up_person
from channels.adapters.vk.events import parse_event
from channels.adapters.vk.thread import CHATS_FROM
from leads.inquiry import File, Item

# A body that is no JSON may still be VK's, cut off on its way: it is kept as a dead letter, not refused.
_SECRET = re.compile(rb'"secret"\s*:\s*("(?:[^"\\]|\\.)*")')


class VkAdapter(Adapter):
    kind: ClassVar[str] = "vk"
    label = _("VK")
    channel_kind = "messenger"
    icon = "vk"
    can_send = True
    looks_up = True
    is_repeatable: ClassVar[bool] = True  # random_id
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "token",
            _("Community's key"),
            kind="secret",
            is_required=True,
            help_text=_(
                "In the community: Manage → API usage → Access tokens → Create token, with all rights."
            ),
        ),
        Field(
            "secret",
            _("Secret key"),
            kind="secret",
            is_generated=True,
            help_text=_("VK sends it with every event. Made by us when left empty."),
        ),
        Field(
            "set_webhook",
            _("Connect the community when testing"),
            kind="bool",
            default=True,
            help_text=_("The test adds this channel's address to the community's Callback API."),
        ),
        Field(
            "confirmation",
            _("Confirmation string"),
            is_learned=True,
            help_text=_("What VK wants to hear when it tries the address. The test finds it out."),
        ),
        Field(
            "group_id",
            _("Number of the community"),
            is_learned=True,
            help_text=_("The test finds it out."),
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
        "In the community: Manage → API usage → Access tokens, create a token with all rights and paste it here; "
        "under Messages switch the community's messages on. Then press “Test”: the address is added to the "
        "community's Callback API by itself. By hand it goes under API usage → Callback API: the address, the "
        "same secret key here and there, the confirmation string copied to here, API version 5.199, and the types of "
        "events: messages, comments, orders, lead forms."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """A person who wrote to the community; no group chats, no comments that everybody reads."""
        return None if thread_key.isdecimal() and int(thread_key) < CHATS_FROM else NEVER

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Answer VK's trial of the address with the string it wants to hear."""
        try:
            body = read_json(delivery.body)
        except Unparseable:
            return None
        if not isinstance(body, dict) or body.get("type") != "confirmation":
            return None
        return Answer(str(settings.get("confirmation") or ""))

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the secret key in the body."""
        secret = str(settings.get("secret") or "")
        given = _told_secret(delivery.body).encode("utf-8", "replace")
        if not secret or not hmac.compare_digest(given, secret.encode()):
            raise Forged("wrong or missing secret key")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Put our secret key into the body; all else stays byte for byte as recorded."""
        body = delivery.body.rstrip()
        mark = f'"secret": {json.dumps(str(settings.get("secret") or ""))}'.encode()
        inside = body[:-1].rstrip() if body.endswith(b"}") else body
        comma = b"" if inside.endswith((b"{", b",")) or not inside else b", "
        return dataclasses.replace(
            delivery, body=inside + comma + mark + (b"}" if inside is not body else b"")
        )

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Anything but exactly this makes VK send the event again."""
        return Answer("ok")

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask who wrote: events carry only the number."""
        try:
            numbers = {item.person.messenger_id for item in strangers(parse_event(delivery, settings))}
        except Unparseable:
            return None
        people = {number: told for number in numbers if (told := _ask(number, settings))}
        return json.dumps({"people": people}, ensure_ascii=False).encode() if people else None

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one event. Raises Unparseable."""
        details = as_dict(read_json(delivery.details)) if delivery.details else {}
        return introduce(parse_event(delivery, settings), as_dict(details.get("people")))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and files; return the id of the first message. Raises SendError."""
        with VkApi(settings) as api:
            return sending.send(api, message, group_id=str(settings.get("group_id") or ""))

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download what an event linked, from VK's own hosts only. Raises SendError."""
        return web.download_media(ref, hosts=MEDIA_HOSTS, proxy=str(settings.get("proxy") or ""))

    def learn(self, settings: Settings) -> Mapping[str, str]:
        """Ask for the community's number and the confirmation string, which changes with its servers."""
        with VkApi(settings) as api:
            group_id, _name = api.group()
            try:
                return {"group_id": group_id, "confirmation": setup.confirmation_code(api, group_id)}
            except VkError as error:
                if not error.is_about_rights:
                    raise
                return {"group_id": group_id}

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask whose key this is, and connect the Callback API or look at it."""
        try:
            with VkApi(settings) as api:
                return setup.check(api, settings, hook_url)
        except SendError as exc:
            return [Check(False, str(exc))]


def _ask(number: str, settings: Settings) -> Mapping[str, str]:
    def fetch() -> dict[str, str]:
        with VkApi(settings) as api:
            person = look_up_person(api, number)
        return {"name": person.name, "username": person.username, "profile_url": person.profile_url}

    host, account = str(settings.get("base_url") or DEFAULT_BASE_URL), str(settings.get("token") or "")
    return ask(host=host, account=account, who=number, fetch=fetch)


def _told_secret(body: bytes) -> str:
    try:
        value = read_json(body)
    except Unparseable:
        found = _SECRET.findall(body)
        value = {"secret": _unquoted(found[-1])} if found else {}
    told = value.get("secret") if isinstance(value, dict) else None
    return told if isinstance(told, str) else ""


def _unquoted(text: bytes) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return ""
