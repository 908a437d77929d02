"""The sums of lines: one rule for rounding, used by deals, proposals and invoices alike.

Every line is rounded to the smallest coin, half up, at three places: its price for the quantity, its discount in
percent, its tax. A total is nothing but the sum of its lines, so what is printed always adds up. A discount never
takes more than the line costs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

COIN = Decimal("0.01")
ZERO = Decimal("0.00")
# A deal's amount has 14 digits; a line or a total beyond it is a slip of the pen.
LARGEST = Decimal("999999999999.99")
PERCENT = "percent"


class Line(Protocol):
    """What has a price: a deals.DealLine, or a line of a form that isn't saved yet."""

    quantity: Decimal
    price: Decimal
    discount_kind: str
    discount: Decimal
    vat_percent: Decimal | None


@dataclasses.dataclass(frozen=True, slots=True)
class Sums:
    """Of one line or of all: before the discount, the discount, the tax, and what is to be paid."""

    full: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What is to be paid without the tax."""
        return self.total - self.tax

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.full + other.full,
            self.discount + other.discount,
            self.tax + other.tax,
            self.total + other.total,
        )


def rounded(value: Decimal) -> Decimal:
    """Round to the smallest coin, half up, as tax offices and calculators do."""
    return value.quantize(COIN, rounding=ROUND_HALF_UP)


def line_sums(line: Line, *, is_tax_included: bool) -> Sums:
    """Work out one line; `is_tax_included`: its price holds the tax, else the tax comes on top."""
    full = rounded(line.quantity * line.price)
    discount = min(_discount(line, full), full)
    left = full - discount
    rate = line.vat_percent or Decimal(0)
    if is_tax_included:
        return Sums(full, discount, rounded(left * rate / (100 + rate)), left)
    tax = rounded(left * rate / 100)
    return Sums(full, discount, tax, left + tax)


def _discount(line: Line, full: Decimal) -> Decimal:
    if line.discount_kind == PERCENT:
        return rounded(full * line.discount / 100)
    return rounded(line.discount)


def total_of(sums: Iterable[Sums]) -> Sums:
    """Add up lines."""
    return sum(sums, Sums())


def taxes_of(lines: Iterable[tuple[Decimal | None, Sums]]) -> list[tuple[Decimal, Decimal]]:
    """Add up the tax by rate, the highest first; lines without VAT have none."""
    found: dict[Decimal, Decimal] = {}
    for rate, sums in lines:
        if rate is not None:
            found[rate.normalize()] = found.get(rate.normalize(), ZERO) + sums.tax
    return sorted(found.items(), reverse=True)
