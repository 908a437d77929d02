"""What holds for every cost, whoever writes it down, and who may see them all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from contacts.sources import errors
from tenants.access import Action, Scope, Section, may, scope_of
from tenants.models import Membership
from tenants.rates import CURRENCIES

LONGEST = 366  # days one cost may cover
DAYS = (dt.date(2000, 1, 1), dt.date(2100, 12, 31))
MOST = Decimal("999999999999.99")  # what the column holds
_AMOUNT = re.compile(r"(-?)(\d{1,18})(?:\.(\d{1,2}))?", re.ASCII)


def mistakes_of(
    *, starts_on: dt.date, ends_on: dt.date, amount: Decimal, currency: str
) -> Iterator[errors.CostRefused]:
    """Yield everything that is wrong with a cost."""
    named = {ends_on: "ends_on", starts_on: "starts_on"}  # one day is told once
    outside = [name for day, name in named.items() if not DAYS[0] <= day <= DAYS[1]]
    yield from map(errors.ImpossibleDay, outside)
    if ends_on < starts_on:
        yield errors.PeriodBackwards()
    elif (ends_on - starts_on).days >= LONGEST and not outside:
        yield errors.PeriodTooLong()
    if amount < 0:
        yield errors.NegativeAmount()
    if amount > MOST:
        yield errors.AmountTooLarge()
    if currency not in CURRENCIES:
        yield errors.UnknownCurrency(currency, ", ".join(CURRENCIES))


def amount_of(text: str) -> Decimal:
    """Read an amount to the hundredth; raises NotAnAmount rather than round one."""
    if not _AMOUNT.fullmatch(text):
        raise errors.NotAnAmount
    return Decimal(text)


def sees_costs(member: Membership) -> bool:
    """Say whether the member sees every lead and deal. Money spent is the whole company's: beside a part of the deals
    it would be a wrong figure, and a way to read what others bring."""
    return all(scope_of(member, section) == Scope.ALL for section in (Section.LEADS, Section.DEALS))


def may_write_costs(member: Membership) -> bool:
    """Say whether the member may write costs down and take them back, as the settings of sources let them."""
    return may(member, Section.SETTINGS, Action.EDIT)
