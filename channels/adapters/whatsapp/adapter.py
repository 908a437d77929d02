"""The WhatsApp channel: parse, send, fetch files, connect the number."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.base import A_DAY, Check, Field, OutgoingMessage, RawDelivery, SendError, Settings
from channels.adapters.meta.connect import check_account
from channels.adapters.meta.graph import GraphApi
from channels.adapters.meta.hook import (
    APP_SECRET,
    CONNECTION,
    SUBSCRIBE,
    VERIFY_TOKEN,
    MetaAdapter,
    verify_token,
)
from channels.adapters.text import as_dict, clean_line, received
from channels.adapters.whatsapp.notifications import parse_notification
from channels.adapters.whatsapp.outgoing import send_message
from leads.inquiry import File, Item

FIELDS = ("messages", "message_echoes", "smb_message_echoes", "calls", "account_update")


class WhatsAppAdapter(MetaAdapter):
    kind: ClassVar[str] = "whatsapp"
    label = _("WhatsApp")
    channel_kind = "messenger"
    icon = "brand-whatsapp"
    can_send = True
    product = "whatsapp_business_account"
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "access_token",
            _("Access token"),
            kind="secret",
            is_required=True,
            help_text=_(
                "Of a system user of the Business Manager, without end, with the permissions "
                "whatsapp_business_messaging and whatsapp_business_management."
            ),
        ),
        APP_SECRET,
        Field(
            "phone_number_id",
            _("Phone number ID"),
            help_text=_("In Meta's app: WhatsApp → API Setup. Needed to answer."),
        ),
        Field(
            "waba_id",
            _("WhatsApp Business Account ID"),
            help_text=_("In the same place. Needed to connect the account when testing."),
        ),
        VERIFY_TOKEN,
        SUBSCRIBE,
        *CONNECTION,
    )
    help_text = _(
        "In Meta's developer tools make an app with the product WhatsApp, add your number, and copy the app "
        "secret, a token and the two IDs here. “Test connection” then tells Meta to deliver to this address; "
        "it has to be open to the internet over https. Answers go out within 24 hours of the client's last "
        "message."
    )

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """Later Meta takes approved templates only (error 131047)."""
        return A_DAY

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one notification. Raises Unparseable."""
        return parse_notification(self.read(delivery), received(delivery.received_at))

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send text and files; return the id of the first message. Raises SendError.

        Not idempotent: WhatsApp has no key against repeats, so see SendError.is_uncertain.
        """
        with GraphApi(settings) as api:
            return send_message(api, _phone_number_id(settings), message)

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download by media id: the API gives an address that lives five minutes. Raises SendError."""
        with GraphApi(settings, timeout=web.DOWNLOAD_TIMEOUT) as api:
            told = api.get(clean_line(ref, 200))
            file = api.download(clean_line(told.get("url"), 2000))
        content_type = clean_line(told.get("mime_type"), 150).partition(";")[0].strip()
        return dataclasses.replace(file, content_type=content_type or file.content_type)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask whose number it is, and let Meta deliver its messages here."""
        return check_account(
            settings,
            hook_url,
            product=self.product,
            fields=FIELDS,
            name=lambda api: _number(api, settings),
            subscribe=lambda api: _subscribe(api, settings, hook_url),
        )


def _phone_number_id(settings: Settings) -> str:
    if told := clean_line(settings.get("phone_number_id"), 60):
        return told
    raise SendError(gettext("The phone number ID is not set: it is needed to answer."), is_permanent=True)


def _number(api: GraphApi, settings: Settings) -> list[Check]:
    told = api.get(_phone_number_id(settings), fields="display_phone_number,verified_name,quality_rating")
    number, name = (
        clean_line(told.get("display_phone_number"), 40),
        clean_line(told.get("verified_name"), 200),
    )
    checks = [Check(True, _("The token fits: this is {number}, {name}.").format(number=number, name=name))]
    if told.get("quality_rating") == "RED":
        checks.append(Check(False, _("Meta rates the quality of this number as low: many clients complain.")))
    return checks


def _subscribe(api: GraphApi, settings: Settings, hook_url: str) -> list[Check]:
    """Let the account's events come through this app, and to this channel whatever else the app does.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
    """
    account = clean_line(settings.get("waba_id"), 60)
    if not account:
        return [Check(False, _("Without the WhatsApp Business Account ID the account can't be connected."))]
    body = {}
    if hook_url.startswith("https://"):
        body = {"override_callback_uri": hook_url, "verify_token": verify_token(settings, hook_url)}
    answer = as_dict(api.post(f"{account}/subscribed_apps", body))
    if answer.get("success") not in (True, "true"):
        return [Check(False, _("Meta did not connect the account."))]
    return [Check(True, _("The account's messages come to this channel now."))]
