"""The Messenger channel of a Facebook page, and the same for Instagram."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import acquaintances
from channels.adapters.base import A_DAY, Check, Field, OutgoingMessage, RawDelivery, Settings
from channels.adapters.client import download_public
from channels.adapters.field_map import FieldMap
from channels.adapters.meta import leads
from channels.adapters.meta.events import Context, client_id, messaging, read_event
from channels.adapters.meta.graph import FILE_HOSTS, GraphApi
from channels.adapters.meta.hook import (
    APP_SECRET,
    CONNECTION,
    SUBSCRIBE,
    VERIFY_TOKEN,
    MetaAdapter,
    changes,
    entries,
)
from channels.adapters.meta.outgoing import send_message
from channels.adapters.text import as_dict, clean_line, digest, received
from leads.inquiry import File, Ignored, Item

PROFILES_S = 15  # for the names of one delivery; the rest stay without
HUMAN_AGENT = Field(
    "human_agent",
    _("Answer up to seven days later"),
    kind="bool",
    default=False,
    help_text=_("Only with Meta's permission “Human Agent” for your app; without it a day is the limit."),
)


class MessengerAdapter(MetaAdapter):
    kind: ClassVar[str] = "messenger"
    label = _("Facebook Messenger")
    channel_kind = "messenger"
    icon = "brand-messenger"
    can_send = True
    looks_up = True
    product = "page"
    profile_fields: ClassVar[str] = "first_name,last_name,name"
    subscribed: ClassVar[tuple[str, ...]] = (
        "messages",
        "message_edits",
        "message_echoes",
        "messaging_postbacks",
        "messaging_referrals",
        "messaging_optins",
        "message_deliveries",
        "message_reads",
        "standby",
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "access_token",
            _("Access token of the page"),
            kind="secret",
            is_required=True,
            help_text=_("Without end, with the permissions pages_messaging and pages_manage_metadata."),
        ),
        APP_SECRET,
        Field(
            "page_id",
            _("Page ID"),
            help_text=_("Where several pages share the app: only this one's messages are taken."),
        ),
        VERIFY_TOKEN,
        SUBSCRIBE,
        HUMAN_AGENT,
        *CONNECTION,
    )
    help_text = _(
        "In Meta's developer tools make an app with the product Messenger, copy its secret and a token of your "
        "page here and press “Test connection”: Meta then delivers to this address; it has to be open to the "
        "internet over https. Answers go out within 24 hours of the client's last message. Leads of the page's "
        "advert forms are taken too, where the token has the permission leads_retrieval."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """Later Meta takes a person's own answer only, never a mailing."""
        return A_DAY

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask for the answers of leads, which are needed, and for names, without which it goes on. Raises SendError."""
        body = leads.read_or_empty(delivery)
        numbers = leads.lead_numbers(body) if self.product == "page" else []
        details: dict[str, Any] = {"leads": leads.fetch_leads(numbers, settings)} if numbers else {}
        if profiles := self._profiles(_clients(body), settings):
            details["profiles"] = profiles
        return leads.dump(details) if details else None

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make one item of each message, button, receipt … and lead of the batch. Raises Unparseable."""
        body, when = self.read(delivery), received(delivery.received_at)
        profiles = as_dict(leads.details_of(delivery).get("profiles"))
        own_id = clean_line(settings.get("page_id"), 100)
        context = Context(self.product, own_id, when, profiles)
        items = [item for entry, event in messaging(body) for item in read_event(event, entry, context)]
        items += leads.leadgen_items(body, delivery, when, FieldMap(), is_all=not items)
        items += _news(body)
        empty = Ignored(
            key=f"empty:{digest(delivery.body)}", reason=gettext("A notification that tells nothing.")
        )
        return items or [empty]

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and files; return the id of the first message. Raises SendError.

        Not idempotent: Meta has no key against repeats, so see SendError.is_uncertain.
        """
        with GraphApi(settings) as api:
            return send_message(api, self.product, message, may_tag=settings.get("human_agent") is True)

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download from the address the message gave, of Meta's hosts only. Raises SendError."""
        if settings.get("proxy"):
            with GraphApi(settings) as api:
                return api.download(ref)
        return download_public(ref, hosts=FILE_HOSTS)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask whose account it is, and let Meta deliver its messages here."""
        return leads.check_page(settings, hook_url, product=self.product, fields=self.subscribed)

    def _profiles(self, clients: Iterable[str], settings: Settings) -> dict[str, Any]:
        """Fetch names. Nobody waits for one that can't be had: not for a refusal, not for a network that is away."""
        until = time.monotonic() + PROFILES_S
        waiting = itertools.takewhile(lambda _client: time.monotonic() < until, clients)
        return {client: told for client in waiting if (told := self._profile(client, settings))}

    def _profile(self, client: str, settings: Settings) -> dict[str, Any]:
        def fetch() -> dict[str, Any]:
            with GraphApi(settings) as api:
                return dict(api.get(client, fields=self.profile_fields))

        host = str(settings.get("base_url") or "")
        account = f"{self.product}:{settings.get('access_token')}"
        return acquaintances.ask(host=f"meta {host}", account=account, who=client, fetch=fetch)


class InstagramAdapter(MessengerAdapter):
    kind: ClassVar[str] = "instagram"
    label = _("Instagram")
    icon = "brand-instagram"
    product = "instagram"
    profile_fields = "name,username"
    subscribed = ("messages", "messaging_postbacks", "messaging_referral", "messaging_seen", "standby")
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "access_token",
            _("Access token"),
            kind="secret",
            is_required=True,
            help_text=_(
                "Of the page the account is linked to, with instagram_manage_messages and "
                "pages_manage_metadata; or of the account itself, with the API address "
                "https://graph.instagram.com."
            ),
        ),
        APP_SECRET,
        Field(
            "page_id",
            _("Account ID"),
            help_text=_("Where several accounts share the app: only this one's messages are taken."),
        ),
        VERIFY_TOKEN,
        SUBSCRIBE,
        HUMAN_AGENT,
        *CONNECTION,
    )
    help_text = _(
        "The account has to be a professional one, and “Allow access to messages” switched on in its settings. "
        "In Meta's developer tools make an app with Instagram messaging, copy its secret and a token here and "
        "press “Test connection”. Answers go out within 24 hours of the client's last message."
    )


def _clients(body: dict[str, Any]) -> list[str]:
    """List who wrote to us, once each; what we wrote needs no name."""
    found = []
    for _entry, event in messaging(body):
        is_said = any(name in event for name in ("message", "postback", "referral", "optin"))
        is_own = as_dict(event.get("message")).get("is_echo") is True
        if is_said and not is_own and (client := client_id(event)):
            found.append(client)
    return list(dict.fromkeys(found))


def _news(body: dict[str, Any]) -> list[Item]:
    """Changes of the page that are neither messages nor leads."""
    news: list[Item] = []
    for entry in entries(body):
        for field, value in changes(entry):
            if field == leads.LEADGEN or "sender" in value:
                continue
            key = f"{field}:{digest(entry.get('id'), json.dumps(value, sort_keys=True))}"
            if field in ("comments", "live_comments", "feed", "mentions"):
                words = clean_line(value.get("text") or value.get("message"), 150) or field
                news.append(
                    Ignored(key=key, reason=gettext("A comment, not a message: {text}").format(text=words))
                )
            else:
                news.append(
                    Ignored(key=key, reason=gettext("Of no consequence: {name}.").format(name=field or "?"))
                )
    return news
