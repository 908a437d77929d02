"""What all channels of Meta share: the verification of an address, the signature, the batches."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import urllib.parse
from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Answer, Field, Forged, RawDelivery, Settings, Unparseable
from channels.adapters.meta.graph import DEFAULT_BASE_URL, DEFAULT_VERSION
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text

SIGNATURE_HEADER = "x-hub-signature-256"
_PREFIX = "sha256="
_PRODUCTS = {
    "whatsapp_business_account": "WhatsApp",
    "page": "Facebook",
    "instagram": "Instagram",
}

APP_SECRET = Field(
    "app_secret",
    _("App secret"),
    kind="secret",
    is_required=True,
    help_text=_("In Meta's app: App settings → Basic → App secret. Deliveries are signed with it."),
)
VERIFY_TOKEN = Field(
    "verify_token",
    _("Verify token"),
    help_text=_(
        "Meta asks for it beside the address: write the same word here and there. Where this is empty, it is "
        "the last part of the channel's address."
    ),
)
SUBSCRIBE = Field(
    "subscribe",
    _("Connect when testing"),
    kind="bool",
    default=True,
    help_text=_("The test tells Meta to send the app's events to the channel's address."),
)
CONNECTION = (
    Field("base_url", _("API address"), default=DEFAULT_BASE_URL),
    Field("api_version", _("API version"), default=DEFAULT_VERSION),
    Field(
        "proxy",
        _("Proxy"),
        help_text=_("Where the API is unreachable directly: http://user:password@host:port"),
    ),
)


class MetaAdapter(Adapter):
    """Base of the channels whose events come from a Meta app."""

    product: ClassVar[str]  # `object` of its deliveries

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Echo the challenge to who knows the verify token.

        https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
        """
        if delivery.method != "GET":
            return None
        query = dict(urllib.parse.parse_qsl(delivery.query, max_num_fields=50))
        if query.get("hub.mode") != "subscribe":
            return None
        expected, given = verify_token(settings, delivery.url), query.get("hub.verify_token", "")
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            return Answer("wrong verify token", status=403)
        return Answer(clean_line(query.get("hub.challenge"), 200))

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check HMAC-SHA256 of the raw body with the app's secret."""
        secret = str(settings.get("app_secret") or "")
        given = delivery.header(SIGNATURE_HEADER).strip().lower()
        if not secret or not hmac.compare_digest(
            given.encode("utf-8", "replace"), signature(delivery.body, secret)
        ):
            raise Forged("wrong or missing signature")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the signature."""
        made = signature(delivery.body, str(settings.get("app_secret") or "")).decode()
        return dataclasses.replace(delivery, headers={**delivery.headers, SIGNATURE_HEADER: made})

    def read(self, delivery: RawDelivery) -> dict[str, Any]:
        """Read a notification of this product. Raises Unparseable."""
        body = read_json(delivery.body)
        name = clean_text(as_dict(body).get("object"), 60)
        if name == self.product:
            return as_dict(body)
        if name in _PRODUCTS:
            raise Unparseable(
                gettext("This is an event of {product}: it needs a channel of its own kind.").format(
                    product=_PRODUCTS[name]
                )
            )
        raise Unparseable(gettext("This is no event of {product}.").format(product=_PRODUCTS[self.product]))


def signature(body: bytes, secret: str) -> bytes:
    """Write the signature as it stands in the header."""
    return (_PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()).encode()


def verify_token(settings: Settings, hook_url: str) -> str:
    """Return the word Meta has to know: the setting, else the token in the channel's address."""
    path = urllib.parse.urlsplit(hook_url).path
    parts = path.partition("/hooks/")[2].split("/")  # kind, token
    return str(settings.get("verify_token") or "") or (parts[1] if len(parts) > 1 else "")


def entries(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """List the entries of a notification."""
    yield from (as_dict(entry) for entry in as_list(body.get("entry")))


def changes(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the changed fields of an entry with their values."""
    for change in map(as_dict, as_list(entry.get("changes"))):
        yield clean_line(change.get("field"), 60), as_dict(change.get("value"))
