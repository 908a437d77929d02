"""Changing the lines of a deal; its amount follows them unless somebody set it by hand (D7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import ordering
from deals.models import Deal, DealLine, ListPrice, PriceList, Product
from deals.products import arithmetic
from deals.products.arithmetic import Sums
from deals.products.errors import (
    DiscountTooLarge,
    LineGone,
    OtherCurrency,
    SumTooLarge,
    TooManyLines,
    WrongPriceList,
)
from deals.services import changes
from tenants.models import Membership

FIELDS = ("name", "sku", "unit", "quantity", "price", "discount_kind", "discount", "vat_percent")
MAX_LINES = 200


@transaction.atomic
def add_line(
    *,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    product: Product | None = None,
    **values: Any,
) -> DealLine:
    """Put a line under a deal: a product with what the catalogue says of it, or free words.

    `values` are some of FIELDS and go before the catalogue's. The first line of a deal without an amount makes the
    amount follow the lines. Raises OtherCurrency where a product has no price in the deal's currency and none is
    given, DiscountTooLarge, SumTooLarge, TooManyLines, NotAllowed, DealGone.
    """
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None)
    rows = DealLine.objects.filter(deal=current)
    if len(rows) >= MAX_LINES:
        raise TooManyLines
    line = DealLine(deal=current, product=product, position=ordering.end_of(rows))
    if product is not None and "price" not in values:
        values["price"] = price_of(current, product)
    _set(line, _from_catalogue(product) | values)
    if not rows and current.amount is None:
        current.is_amount_of_lines = True
    _check(line, current)
    line.save(force_insert=True)
    _changed(current, by=by, now=now, act="added", line=line)
    return line


@transaction.atomic
def update_line(*, line: DealLine, by: Membership | None, now: dt.datetime, **values: Any) -> DealLine:
    """Change a line. Raises as add_line, and LineGone."""
    deal, current = _lock(line, by=by, now=now)
    if not _set(current, values):
        return current
    _check(current, deal)
    current.save()
    _changed(deal, by=by, now=now, act="changed", line=current)
    return current


@transaction.atomic
def remove_line(*, line: DealLine, by: Membership | None, now: dt.datetime) -> None:
    """Take a line off its deal; one that is gone already is no fault."""
    try:
        deal, current = _lock(line, by=by, now=now)
    except LineGone:
        return
    current.delete()
    _changed(deal, by=by, now=now, act="removed", line=current)


@transaction.atomic
def move_line(*, line: DealLine, by: Membership | None, now: dt.datetime, step: int) -> None:
    """Move a line one place up (-1) or down (1)."""
    deal, current = _lock(line, by=by, now=now)
    ordering.move(DealLine.objects.filter(deal=deal), current, step)
    changes.tell(deal)


@transaction.atomic
def set_terms(
    *,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    is_tax_included: bool | None = None,
    is_amount_of_lines: bool | None = None,
) -> Deal:
    """Say whether prices hold the tax, and whether the amount follows the lines; what is None stays."""
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None)
    if is_tax_included is not None:
        current.is_tax_included = is_tax_included
    if is_amount_of_lines is not None:
        current.is_amount_of_lines = is_amount_of_lines
    _changed(current, by=by, now=now, act="terms")
    return current


@transaction.atomic
def choose_price_list(
    *, deal: Deal, price_list: PriceList | None, by: Membership | None, now: dt.datetime
) -> Deal:
    """Let a deal's next lines cost what a price list says; those it has keep their prices. Raises WrongPriceList."""
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None)
    if price_list is not None and (price_list.is_archived or price_list.currency != current.currency):
        raise WrongPriceList
    current.price_list = price_list
    _changed(current, by=by, now=now, act="terms")
    return current


# --- Reading -----------------------------------------------------------------------------------------
def sums_of(deal: Deal, lines: Iterable[DealLine]) -> Sums:
    """Add up a deal's lines."""
    return arithmetic.total_of(
        arithmetic.line_sums(line, is_tax_included=deal.is_tax_included) for line in lines
    )


def price_of(deal: Deal, product: Product) -> Decimal:
    """Find what a product costs in a deal: its price list's price, else the catalogue's. Raises OtherCurrency."""
    listed = ListPrice.objects.filter(price_list=deal.price_list_id, product=product).first()
    if deal.price_list_id and listed is not None:
        return listed.price
    if product.currency != deal.currency:
        raise OtherCurrency(product=product.name, product_currency=product.currency, currency=deal.currency)
    return product.price


def suggested_price_list(deal: Deal) -> PriceList | None:
    """Find the price list made for clients of this deal's kind; one made for everybody is chosen by people."""
    kind = deal.company.client_type if deal.company else ""
    if not kind:
        return None
    found: PriceList | None = (
        PriceList.objects.active().filter(client_type=kind, currency=deal.currency).first()
    )
    return found


def find_product(text: str) -> Product | None:
    """Find the one product of this article, or else of this name; nothing where several are meant (L20)."""
    wanted = text.strip()
    if not wanted:
        return None
    rows = Product.objects.active()
    for condition in ({"sku__iexact": wanted}, {"name__iexact": wanted}):
        found = list(rows.filter(**condition)[:2])
        if len(found) == 1:
            return found[0]
    return None


# --- Parts -------------------------------------------------------------------------------------------
def _from_catalogue(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {}
    return {
        "name": product.name,
        "sku": product.sku,
        "unit": product.unit,
        "vat_percent": product.vat_percent,
    }


def _lock(line: DealLine, *, by: Membership | None, now: dt.datetime) -> tuple[Deal, DealLine]:
    """Lock the deal first, as everything that touches lines does, and read the line as it stands now."""
    deal = changes.lock_deal(deal=line.deal, by=by, now=now, version=None)
    current: DealLine | None = DealLine.objects.filter(pk=line.pk).first()
    if current is None:
        raise LineGone
    current.deal = deal
    return deal, current


def _set(line: DealLine, values: Mapping[str, Any]) -> bool:
    """Set the given fields; say whether anything changed."""
    is_changed = False
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"{name} of a line is not set this way.")
        is_changed = is_changed or getattr(line, name) != value
        setattr(line, name, value)
    return is_changed


def _check(line: DealLine, deal: Deal) -> None:
    full = line.quantity * line.price
    if line.discount_kind == DealLine.Discount.PERCENT:
        is_too_much = line.discount > 100
    else:
        is_too_much = line.discount > arithmetic.rounded(full) if full < arithmetic.LARGEST else False
    if is_too_much:
        raise DiscountTooLarge
    if (
        full > arithmetic.LARGEST
        or arithmetic.line_sums(line, is_tax_included=deal.is_tax_included).total > arithmetic.LARGEST
    ):
        raise SumTooLarge


def _changed(
    deal: Deal, *, by: Membership | None, now: dt.datetime, act: str, line: DealLine | None = None
) -> None:
    """Let the amount follow, write the timeline, tell open pages. The deal is locked."""
    before = deal.amount
    if deal.is_amount_of_lines:
        total = sums_of(deal, DealLine.objects.filter(deal=deal)).total
        if total > arithmetic.LARGEST:
            raise SumTooLarge
        deal.amount = total
    changes.touch(deal, by=by, now=now)
    deal.save()
    told: dict[str, Any] = {"act": act, "line": line.name if line else "", "currency": deal.currency}
    if deal.amount != before:
        told |= {"from": changes.in_words(before), "to": changes.in_words(deal.amount)}
    if line is not None or deal.amount != before:
        changes.record(deal, by=by, now=now, code="lines_changed", **told)
    changes.tell(deal)
