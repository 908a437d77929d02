"""Forms and carts of sites made with Tilda."""

from __future__ import annotations

import dataclasses
import hmac
import urllib.parse
from collections.abc import Iterable
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Answer, Check, Field, Forged, RawDelivery, Settings
from channels.adapters.field_map import FIELD_MAP
from channels.adapters.form import TILDA_HONEYPOT, FormAdapter
from channels.adapters.form_fields import FormField
from channels.adapters.payload import read_field
from channels.adapters.text import digest

DEFAULT_KEY_NAME = "api_key"


class TildaAdapter(FormAdapter):
    kind: ClassVar[str] = "tilda"
    label = _("Tilda")
    icon = "tilda"
    allows_cors = False  # Tilda's server posts, not the visitor's browser
    fields: ClassVar[tuple[Field, ...]] = (
        FIELD_MAP,
        Field(
            "api_key",
            _("API key"),
            kind="secret",
            help_text=_(
                "The same as in Tilda's webhook settings. Optional: the address is a secret already."
            ),
        ),
        Field(
            "api_key_name",
            _("Name of the API key"),
            default=DEFAULT_KEY_NAME,
            help_text=_(
                "Under which Tilda sends the key: a field of the post, or a header, "
                "whose name must have no underscore: servers drop those that have."
            ),
        ),
    )
    help_text = _(
        "In Tilda: Site settings → Forms → Webhook, paste the address of this channel, turn on sending "
        "cookies, and connect the webhook to the forms of the pages. Tilda tries the address at once."
    )

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Answer the trial post `test=test` that Tilda sends when the address is added."""
        return Answer("ok") if delivery.body.strip() == b"test=test" else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the API key, when one is set, in the header or the field of its name."""
        key = str(settings.get("api_key") or "")
        if not key:
            return
        name = str(settings.get("api_key_name") or DEFAULT_KEY_NAME)
        given = delivery.header(name) or read_field(delivery, name)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), key.encode()):
            raise Forged("wrong or missing api key")

    def is_secret(self, name: str, settings: Settings) -> bool:
        """The key may come as a field of any name."""
        return name == str(settings.get("api_key_name") or DEFAULT_KEY_NAME)

    def trap_filled(self, fields: Iterable[FormField], settings: Settings) -> str:
        """Name Tilda's own trap field when it is filled."""
        return next((field.name for field in fields if field.name == TILDA_HONEYPOT), "")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the API key as Tilda does, and a key of our own where the body has no tranid."""
        body, headers = delivery.body, {"idempotency-key": digest(delivery.body), **delivery.headers}
        if key := str(settings.get("api_key") or ""):
            name = str(settings.get("api_key_name") or DEFAULT_KEY_NAME)
            if "_" in name:  # servers drop such a header
                body += b"&" + urllib.parse.urlencode({name: key}).encode()
            else:
                headers[name.lower()] = key
        return dataclasses.replace(delivery, body=body, headers=headers)

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Tilda wants any 200 within five seconds."""
        return Answer("ok")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say what Tilda needs of the address; it can only be tried from Tilda's side."""
        checks = super().check(settings, hook_url)
        if not hook_url.startswith("https://"):
            checks.append(
                Check(False, _("Tilda reaches only addresses that are open to the internet over https."))
            )
        return checks
