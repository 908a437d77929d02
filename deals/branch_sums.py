"""What the deals of companies are worth: the sums of a head company and its branches (D11), one query."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Count, Sum

from deals.models import Deal, Stage
from tenants.models import Membership

Money = dict[str, Decimal]  # by currency: they are never added to each other (D7)


@dataclasses.dataclass(slots=True)
class Sums:
    """Open and won deals of a company, or of several together."""

    open_count: int = 0
    won_count: int = 0
    open: Money = dataclasses.field(default_factory=dict)
    won: Money = dataclasses.field(default_factory=dict)

    def add(self, *, state: str, currency: str, count: int, amount: Decimal | None) -> None:
        """Count deals of one state and currency in."""
        is_won = state == Stage.Kind.WON
        if is_won:
            self.won_count += count
        else:
            self.open_count += count
        if amount:
            money = self.won if is_won else self.open
            money[currency] = money.get(currency, Decimal(0)) + amount


def sums_of(companies: Collection[uuid.UUID], member: Membership) -> tuple[dict[uuid.UUID, Sums], Sums]:
    """Add up the deals the member may see: by company, and of all of them together."""
    rows = Deal.objects.present().visible_to(member)
    found = (
        rows.filter(company__in=companies, state__in=(Stage.Kind.OPEN, Stage.Kind.WON))
        .order_by("currency")
        .values_list("company_id", "state", "currency")
        .annotate(count=Count("pk"), total=Sum("amount"))
    )
    each: dict[uuid.UUID, Sums] = {pk: Sums() for pk in companies}
    together = Sums()
    for pk, state, currency, count, amount in found:
        for sums in (each[pk], together):
            sums.add(state=state, currency=currency, count=count, amount=amount)
    return each, together
