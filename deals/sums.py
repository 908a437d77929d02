"""Figures of deals: counts and sums by currency, and how they read. Currencies are never added up without a rate (D7)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from tenants.models import Tenant
from tenants.rates import Rate, Rates, rates_on

Sums = dict[str, Decimal]  # currency -> sum


@dataclasses.dataclass(slots=True)
class Totals:
    """Figures of one column or group, or of several together."""

    count: int = 0
    sums: Sums = dataclasses.field(default_factory=dict)
    weighted: Sums = dataclasses.field(default_factory=dict)  # times the probability of the stage
    steps: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, count: int, sums: Sums, weighted: Sums, steps: Mapping[str, int] | None = None) -> None:
        self.count += count
        for mine, others in ((self.sums, sums), (self.weighted, weighted)):
            for currency, amount in others.items():
                mine[currency] = mine.get(currency, Decimal(0)) + amount
        for name, value in (steps or {}).items():
            self.steps[name] = self.steps.get(name, 0) + value

    def include(self, other: Totals) -> None:
        self.add(other.count, other.sums, other.weighted, other.steps)


def weighed(sums: Sums, probability_percent: int) -> Sums:
    """Multiply sums by a probability."""
    return {currency: amount * probability_percent / 100 for currency, amount in sums.items()}


class Purse:
    """Writes sums of a board or list: side by side as they are, and together where the rates are known."""

    def __init__(self, currency: str, read_rates: Callable[[], Rates]) -> None:
        """`currency` comes first and is what the others are turned into; rates are read once they are needed."""
        self.currency, self._read_rates = currency, read_rates
        self._rates: Rates | None = None

    @property
    def rates(self) -> Rates:
        if self._rates is None:
            self._rates = self._read_rates()
        return self._rates

    def beside(self, sums: Sums, *, is_short: bool = False) -> str:
        """Write the sums side by side, the own currency first."""
        write = formats.money_short if is_short else formats.money
        order = sorted(sums, key=lambda currency: (currency != self.currency, currency))
        return " + ".join(write(sums[c] if is_short else _whole(sums[c]), c) for c in order)

    def together(self, sums: Sums) -> str:
        """Write the sum of several currencies as one, or nothing: there is one only, or a rate is missing."""
        total = self._total(sums)
        return f"≈ {formats.money(_whole(total), self.currency)}" if total is not None else ""

    def short(self, sums: Sums) -> str:
        """Write a sum in as few signs as can be: as one where the rates are known, else side by side."""
        total = self._total(sums)
        if total is not None:
            return formats.money_short(total, self.currency)
        return self.beside(sums, is_short=True)

    def _total(self, sums: Sums) -> Decimal | None:
        return self.rates.convert(sums, self.currency).total if len(sums) > 1 else None

    def rates_used(self, sums: Sums) -> str:
        """Name the rates that turn the sums into one: 1 $ = 80,50 ₽ on 17 Nov."""
        if len(sums) < 2:
            return ""
        found = self.rates.convert(sums, self.currency)
        return "; ".join(self._in_words(rate) for rate in found.used) if found.total is not None else ""

    def missing(self, sums: Sums) -> str:
        """Say which rates are missing for adding the sums up, or nothing."""
        if len(sums) < 2:
            return ""
        lacking = self.rates.convert(sums, self.currency).missing
        return _without(lacking) if lacking else ""

    def _in_words(self, rate: Rate) -> str:
        return _("1 %(foreign)s = %(rate)s %(own)s on %(day)s") % {
            "foreign": formats.currency_sign(rate.currency),
            "rate": formats.rate(rate.value),
            "own": formats.currency_sign(self.rates.base),
            "day": formats.short_date(rate.on),
        }


def purse_of(tenant: Tenant, now: dt.datetime) -> Purse:
    """Write sums of all pipelines: the company's currency first, by the rates of the reader's day."""
    return Purse(tenant.currency, lambda: rates_on(tenant, timezone.localdate(now)))


def _without(currencies: Iterable[str]) -> str:
    names = list(currencies)
    text = ngettext(
        "There is no rate for %(names)s: the sums stand side by side and are not added up.",
        "There are no rates for %(names)s: the sums stand side by side and are not added up.",
        len(names),
    )
    return text % {"names": get_text_list(names, _("and"))}


def _whole(amount: Decimal) -> Decimal:
    """Drop the kopecks of a sum: a column's head is no invoice."""
    return amount.quantize(Decimal(1))
