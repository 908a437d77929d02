"""Currency rates: typed in by hand, or taken from the bank."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from tenants.errors import OwnCurrency
from tenants.models import CurrencyRate, Membership, Tenant
from tenants.rates import CURRENCIES
from tenants.rates.bank import BankDay


@transaction.atomic
def set_rate(
    *, tenant: Tenant, by: Membership, currency: str, on: dt.date, value: Decimal, now: dt.datetime
) -> CurrencyRate:
    """Set what a unit of a currency costs from a day on; raise OwnCurrency for the company's own.

    One typed in stays when the bank's rate of that day arrives.
    """
    if currency == tenant.currency:
        raise OwnCurrency
    rate, _created = CurrencyRate.objects.update_or_create(
        base=tenant.currency,
        currency=currency,
        on=on,
        defaults={"value": value, "origin": CurrencyRate.Origin.HAND, "set_by": by, "set_at": now},
    )
    return rate


def delete_rate(*, rate: CurrencyRate, by: Membership) -> None:
    """Take a rate away: the one before it is in force again."""
    rate.delete()


@transaction.atomic
def follow_bank(*, tenant: Tenant, by: Membership, is_on: bool) -> Tenant:
    """Say whether the bank's rates are taken every day."""
    tenant.follows_bank_rates = is_on
    tenant.save(update_fields=["follows_bank_rates"])
    return tenant


@transaction.atomic
def take_bank_rates(*, tenant: Tenant, day: BankDay, now: dt.datetime) -> int:
    """Keep the bank's rates of a day, of the currencies one may choose; return how many are new.

    In the scope of the tenant. Taking a day twice changes nothing, and what was typed in stays.
    """
    rows = [
        CurrencyRate(
            base=tenant.currency,
            currency=currency,
            on=day.on,
            value=round(value, 8),
            origin=CurrencyRate.Origin.BANK,
            set_at=now,
        )
        for currency, value in day.against(tenant.currency).items()
        if currency in CURRENCIES
    ]
    before = CurrencyRate.objects.filter(base=tenant.currency, on=day.on).count()
    CurrencyRate.objects.bulk_create(rows, ignore_conflicts=True)
    note_bank(tenant=tenant, now=now)
    return CurrencyRate.objects.filter(base=tenant.currency, on=day.on).count() - before


def note_bank(*, tenant: Tenant, now: dt.datetime, error: str = "") -> None:
    """Remember when the bank was asked last, and what went wrong."""
    Tenant.objects.filter(pk=tenant.pk).update(bank_asked_at=now, bank_error=error[:200])
