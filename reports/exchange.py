"""Sums of several currencies in the company's own, as far as the rates are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from core import formats
from core.zones import company_zone
from reports.periods import Period
from tenants.models import Tenant
from tenants.rates import Rate, Rates, rates_on


@dataclasses.dataclass(slots=True)
class Exchange:
    """Turns sums into the company's currency by the rates of one day, and remembers what it could not turn."""

    rates: Rates
    used: dict[str, Rate] = dataclasses.field(default_factory=dict)
    missing: set[str] = dataclasses.field(default_factory=set)

    @classmethod
    def at_the_end(cls, tenant: Tenant, period: Period) -> Exchange:
        """Take the rates of a period's last day, of today where it isn't over."""
        today = timezone.localdate(timezone=company_zone())
        return cls(rates_on(tenant, min(period.last or today, today)))

    @property
    def currency(self) -> str:
        return self.rates.base

    def total(self, sums: Mapping[str, Decimal]) -> Decimal:
        """Add up what can be; a currency without a rate is left out and kept in `missing`."""
        whole = Decimal(0)
        for currency, amount in sums.items():
            if currency == self.currency:
                whole += amount
            elif currency in self.rates.known:
                self.used[currency] = self.rates.known[currency]
                whole += self.rates.convert({currency: amount}, self.currency).total or Decimal(0)
            elif amount:
                self.missing.add(currency)
        return whole.quantize(Decimal("0.01"))

    def rates_in_words(self) -> str:
        """Name the rates that were used: 1 $ = 80,50 ₽ on 17 Nov."""
        return "; ".join(
            _("1 %(foreign)s = %(rate)s %(own)s on %(day)s")
            % {
                "foreign": formats.currency_sign(rate.currency),
                "rate": formats.rate(rate.value),
                "own": formats.currency_sign(self.currency),
                "day": formats.short_date(rate.on),
            }
            for _currency, rate in sorted(self.used.items())
        )

    def lacking(self, every: Iterable[tuple[str, Mapping[str, Decimal]]]) -> str:
        """Say what stands outside all sums for want of a rate: cost $ 120, revenue $ 3 000; or nothing."""
        parts = [
            f"{name} {formats.money(sums[currency], currency)}"
            for name, sums in every
            for currency in sorted(self.missing & sums.keys())
        ]
        if not parts:
            return ""
        told = _("There is no rate for %(currencies)s: not in the sums are %(parts)s.")
        return told % {
            "currencies": get_text_list(sorted(self.missing), _("and")),
            "parts": ", ".join(parts),
        }
