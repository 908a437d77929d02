"""Money spread evenly over days, so that periods side by side add up to exactly the whole. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from reports.attribution import KOPECK


def share(
    amount: Decimal, starts_on: dt.date, ends_on: dt.date, first: dt.date | None, last: dt.date | None
) -> Decimal:
    """Return what of an amount spent from `starts_on` to `ends_on` falls on the days `first` to `last`.

    All ends are inclusive, None is open. Rounded at the days' ends and not by itself: whatever way a cost is cut into
    periods, the parts add up to it.
    """
    begins, ends = max(first or starts_on, starts_on), min(last or ends_on, ends_on)
    if ends < begins:
        return Decimal(0)
    days = (ends_on - starts_on).days + 1
    before, through = (begins - starts_on).days, (ends - starts_on).days + 1
    return _spent_by(amount, through, days) - _spent_by(amount, before, days)


def _spent_by(amount: Decimal, day: int, days: int) -> Decimal:
    return (amount * day / days).quantize(KOPECK, ROUND_HALF_UP)
