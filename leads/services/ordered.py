"""The product an inquiry is about becomes a line of its deal (L20)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from deals.forms.fields import MoneyField
from deals.models import Deal
from deals.products import lines
from leads.models import Lead


def price_of(lead: Lead) -> Decimal | None:
    """Read the price of the product a message is about, when it is a number."""
    try:
        price: Decimal | None = MoneyField(required=False).clean(str(lead.product.get("price") or ""))
    except ValidationError:
        return None
    return price


def put_product(*, lead: Lead, deal: Deal, now: dt.datetime) -> Deal:
    """Put the product of a lead under its new deal and return the deal as it stands then.

    A product of the catalogue with this article or name is that product. Without a price anywhere there is no line:
    the object of interest says it all. It is part of making the deal, so it asks for no right of its own.
    """
    title = str(lead.product.get("title") or "").strip()[:500]
    if not title:
        return deal
    product, price = lines.find_product(title), price_of(lead)
    if price is None and (product is None or product.currency != deal.currency):
        return deal
    given: dict[str, Any] = {} if price is None else {"price": price}
    named = {"name": title} if product is None else {}
    line = lines.add_line(deal=deal, by=None, now=now, product=product, **given, **named)
    if deal.amount == line.price:  # the wizard proposed the product's own price
        return lines.set_terms(deal=deal, by=None, now=now, is_amount_of_lines=True)
    return line.deal
