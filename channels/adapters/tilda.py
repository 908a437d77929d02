"""Forms and carts of sites made with Tilda."""

from __future__ import annotations

import dataclasses
import hmac
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Answer, Check, Field, Forged, RawDelivery, Settings, Unparseable
from channels.adapters.field_map import FIELD_MAP
from channels.adapters.form import FormAdapter
from channels.adapters.form_fields import FormField
from channels.adapters.payload import read_body, read_field, read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text, digest
from leads.inquiry import Inquiry, Item

HONEYPOT = "form-spec-comments"
DEFAULT_KEY_NAME = "api_key"
# «Фикус - 4900 x 1 ≡ 4900»: how the cart writes one product into a string.
_PRODUCT = re.compile(r"\A(?P<title>.{1,300}?) - (?P<price>[\d.,]{1,20}) x [\d.,]{1,10} ≡ ")


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
            help_text=_("Under which Tilda sends the key: a header or a field of the post."),
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

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make one inquiry of a form or an order. Raises Unparseable."""
        data, files = read_body(delivery)
        payment = _payment(data.pop("payment", None))
        data.pop(str(settings.get("api_key_name") or DEFAULT_KEY_NAME), None)
        item = self.item(delivery, data, files, settings)
        return [_with_order(item, payment) if payment and isinstance(item, Inquiry) else item]

    def trap_filled(self, fields: Iterable[FormField], settings: Settings) -> str:
        """Name Tilda's own trap field when it is filled."""
        return next((field.name for field in fields if field.name == HONEYPOT), "")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the API key as Tilda does, and a key of our own where the body has no tranid."""
        headers = {"idempotency-key": digest(delivery.body), **delivery.headers}
        if settings.get("api_key"):
            name = str(settings.get("api_key_name") or DEFAULT_KEY_NAME)
            headers[name.lower()] = str(settings["api_key"])
        return dataclasses.replace(delivery, headers=headers)

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


def _payment(value: Any) -> dict[str, Any]:
    """The cart comes as JSON in a string, or unfolded; a broken one is treated as no cart."""
    if isinstance(value, str) and value.strip():
        try:
            value = read_json(value.encode("utf-8", "surrogatepass"))
        except Unparseable:
            return {"products": [value]}
    return as_dict(value)


def _with_order(inquiry: Inquiry, payment: dict[str, Any]) -> Inquiry:
    products = [_product(item) for item in _product_list(payment)]
    lines = [product["line"] for product in products]
    shown = [
        (gettext("Order number"), clean_line(payment.get("orderid"))),
        (gettext("Products"), clean_text("\n".join(lines), 5000)),
        (gettext("Total"), clean_line(payment.get("amount"))),
        (gettext("Promo code"), clean_line(payment.get("promocode"))),
        (gettext("Delivery"), clean_line(payment.get("delivery"))),
        (gettext("Delivery address"), clean_line(payment.get("delivery_address"))),
    ]
    first = (
        {name: value for name, value in products[0].items() if value and name != "line"} if products else {}
    )
    return dataclasses.replace(
        inquiry,
        text=inquiry.text or clean_text("\n".join(lines)),
        fields=(*inquiry.fields, *((label, value) for label, value in shown if value)),
        product=first,
    )


def _product_list(payment: dict[str, Any]) -> list[Any]:
    products = payment.get("products")
    if isinstance(products, dict):  # products[0][name]=… unfolded
        products = list(products.values())
    if isinstance(products, str):
        products = [products]
    return as_list(products)[:100]


def _product(item: Any) -> dict[str, str]:
    """Title, price and address of one product, written as a line or as an object."""
    facts = as_dict(item)
    if facts:
        title, price = clean_line(facts.get("name") or facts.get("title")), clean_line(facts.get("price"))
        count = clean_line(facts.get("quantity") or "1")
        line = f"{title} × {count}, {clean_line(facts.get('amount') or price)}"
        return {"title": title, "price": price, "url": clean_line(facts.get("url"), 2000), "line": line}
    line = clean_line(item)
    match = _PRODUCT.match(line)
    return {
        "title": match["title"] if match else line,
        "price": match["price"] if match else "",
        "url": "",
        "line": line,
    }
