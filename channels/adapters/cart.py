"""The cart of a form as Tilda writes it, in its own webhooks and through other services."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from django.utils.translation import gettext

from channels.adapters.base import Unparseable
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text
from leads.inquiry import Inquiry

MAX_PRODUCTS = 100
# «Фикус - 4900 x 1 ≡ 4900», and with options «Фикус (Размер: 1 м) - 2x4900 = 9800»: a product as a line.
_PRODUCT = re.compile(
    r"\A(?P<title>.{1,300}?) - (?:(?P<price>[\d.,]{1,20}) ?x ?[\d.,]{1,10} ≡ |[\d.,]{1,10} ?x ?(?P<each>[\d.,]{1,20}) = )"
)


def take_cart(data: dict[str, Any]) -> dict[str, Any]:
    """Take the cart out of a post: JSON in a string, or unfolded; {} where `payment` is something else."""
    value = data.get("payment")
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = read_json(value.encode("utf-8", "surrogatepass"))
        except Unparseable:
            value = {"products": [value]}  # cut off: better shown as it is than lost
    cart = as_dict(value)
    if not {"products", "orderid", "amount"} & set(cart):
        return {}
    del data["payment"]
    return cart


def with_order(inquiry: Inquiry, cart: dict[str, Any]) -> Inquiry:
    """Add what was ordered to the inquiry."""
    products = [_product(item) for item in _products(cart)]
    lines = [product["line"] for product in products]
    shown = [
        (gettext("Order number"), clean_line(cart.get("orderid"))),
        (gettext("Products"), clean_text("\n".join(lines), 5000)),
        (gettext("Total"), clean_line(cart.get("amount"))),
        (gettext("Discount"), clean_line(cart.get("discount"))),
        (gettext("Promo code"), clean_line(cart.get("promocode"))),
        (gettext("Payment"), clean_line(cart.get("sys"))),
        (gettext("Delivery"), clean_line(cart.get("delivery"))),
        (gettext("Delivery price"), clean_line(cart.get("delivery_price"))),
        (gettext("Delivery address"), clean_line(cart.get("delivery_address"))),
        (gettext("Recipient"), clean_line(cart.get("delivery_fio"))),
        (gettext("Delivery comment"), clean_text(cart.get("delivery_comment"), 2000)),
    ]
    first = (
        {name: value for name, value in products[0].items() if value and name != "line"} if products else {}
    )
    return dataclasses.replace(
        inquiry,
        text=inquiry.text or clean_text("\n".join(lines)),
        fields=(*inquiry.fields, *((label, value) for label, value in shown if value)),
        product=first or inquiry.product,
    )


def _products(cart: dict[str, Any]) -> list[Any]:
    products = cart.get("products")
    if isinstance(products, dict):  # products[0][name]=… unfolded
        products = list(products.values())
    return (as_list(products) or [products] if products else [])[:MAX_PRODUCTS]


def _product(item: Any) -> dict[str, str]:
    """Title, price and address of one product, written as a line or as an object."""
    facts = as_dict(item)
    if facts:
        title, price = clean_line(facts.get("name") or facts.get("title")), clean_line(facts.get("price"))
        count = clean_line(facts.get("quantity") or "1")
        options = _options(facts.get("options"))
        line = f"{title}{f' ({options})' if options else ''} × {count}, {clean_line(facts.get('amount') or price)}"
        return {"title": title, "price": price, "url": clean_line(facts.get("url"), 2000), "line": line}
    line = clean_line(item)
    match = _PRODUCT.match(line)
    return {
        "title": match["title"] if match else line,
        "price": (match["price"] or match["each"]) if match else "",
        "url": "",
        "line": line,
    }


def _options(value: Any) -> str:
    """Read the chosen options of a product: «Цвет: Зелёный, Размер: M»."""
    options = value.values() if isinstance(value, dict) else as_list(value)
    pairs = (
        (clean_line(as_dict(option).get("option"), 100), clean_line(as_dict(option).get("variant"), 100))
        for option in list(options)[:20]
    )
    return ", ".join(": ".join(filter(None, pair)) for pair in pairs if any(pair))
