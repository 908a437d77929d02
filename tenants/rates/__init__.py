"""Converting sums by the day's rate. Without a rate nothing is added up: currencies never mix silently (D7)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from tenants.models import CurrencyRate, Tenant

# Offered wherever a currency is chosen
CURRENCIES = (
    "RUB",
    "USD",
    "EUR",
    "KZT",
    "BYN",
    "UAH",
    "UZS",
    "GEL",
    "AMD",
    "KGS",
    "TRY",
    "CNY",
    "GBP",
    "AED",
)
# An older rate is none: it would pass for the day's
MAX_AGE = dt.timedelta(days=31)


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """What a unit of a currency costs in the company's own, and since when."""

    currency: str
    value: Decimal
    on: dt.date


@dataclasses.dataclass(frozen=True, slots=True)
class Conversion:
    """A sum in one currency; None where a rate is missing."""

    currency: str
    total: Decimal | None
    used: tuple[Rate, ...]
    missing: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Rates:
    """The rates in force on a day, against the company's currency."""

    base: str
    known: Mapping[str, Rate]

    def convert(self, sums: Mapping[str, Decimal], to: str) -> Conversion:
        """Add sums of several currencies up in one of them."""
        if set(sums) <= {to}:
            return Conversion(to, sums.get(to, Decimal(0)), (), ())
        needed = sorted(({*sums, to}) - {self.base})
        missing = tuple(currency for currency in needed if currency not in self.known)
        used = tuple(self.known[currency] for currency in needed if currency in self.known)
        if missing:
            return Conversion(to, None, used, missing)
        total = sum((amount * self._cost(c) / self._cost(to) for c, amount in sums.items()), Decimal(0))
        return Conversion(to, total, used, ())

    def _cost(self, currency: str) -> Decimal:
        return Decimal(1) if currency == self.base else self.known[currency].value


def rates_on(tenant: Tenant, day: dt.date) -> Rates:
    """Read the newest rate of every currency up to a day. One query."""
    rows = CurrencyRate.objects.filter(base=tenant.currency, on__lte=day, on__gte=day - MAX_AGE)
    newest = rows.order_by("currency", "-on").distinct("currency").values_list("currency", "value", "on")
    return Rates(tenant.currency, {currency: Rate(currency, value, on) for currency, value, on in newest})
