"""What sources cost and what they bring (R8): leads, deals by attribution, revenue, and the money spent."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F, QuerySet, Sum

from contacts.models import SourceCost
from reports.attribution import divided
from reports.periods import Period
from reports.queries.shares import Earned, Shares
from reports.rollups.days import days_within
from reports.rollups.reading import Figured
from reports.rollups.shares import CREATED, WHOLE, WON
from reports.spreading import share

Sums = dict[str, Decimal]  # currency -> sum


@dataclasses.dataclass(frozen=True, slots=True)
class Spent:
    """Money spent evenly over some days."""

    source: Any
    campaign: str
    starts_on: dt.date
    ends_on: dt.date
    amount: Decimal
    currency: str


@dataclasses.dataclass(slots=True)
class Figures:
    """What one source (or group, campaign, channel kind) cost and brought; shares of deals are exact fractions."""

    cost: Sums = dataclasses.field(default_factory=dict)
    leads: int = 0
    targeted: int = 0
    deals: Fraction = Fraction(0)
    deal_rows: int = 0  # deals in which it has a share
    won: Fraction = Fraction(0)
    won_rows: int = 0
    revenue: Sums = dataclasses.field(default_factory=dict)
    came: dict[dt.date, Sums] = dataclasses.field(default_factory=dict)  # revenue, day by day

    @property
    def is_nothing(self) -> bool:
        return not (self.cost or self.leads or self.deal_rows or self.won_rows)


@dataclasses.dataclass(frozen=True, slots=True)
class Costs:
    """Money spent. What was spent on single days is added up by the database: spreading it over days changes nothing."""

    costs: QuerySet[SourceCost]
    longer: Sequence[Spent]

    def by(self, name: str, period: Period) -> Iterator[tuple[Any, str, Decimal]]:
        """Give what falls on the days of a period: (value of a column, currency, sum); one query."""
        singles = self._singles(period).values_list(name, "currency").annotate(sum=Sum("amount"))
        yield from singles
        for cost in self.longer:
            if part := share_of(cost, period):
                yield getattr(cost, name), cost.currency, part

    def days(self, period: Period) -> dict[dt.date, Sums]:
        """Give what was spent on single days, day by day; one query."""
        found: dict[dt.date, Sums] = defaultdict(dict)
        for day, currency, amount in (
            self._singles(period).values_list("starts_on", "currency").annotate(sum=Sum("amount"))
        ):
            found[day][currency] = amount
        return dict(found)

    def _singles(self, period: Period) -> QuerySet[SourceCost]:
        return within(self.costs.filter(starts_on=F("ends_on")), period).order_by()


def read_costs(costs: QuerySet[SourceCost], span: Period) -> Costs:
    """Read the costs over several days that a period cuts; one query."""
    names = ("source", "campaign", "starts_on", "ends_on", "amount", "currency")
    longer = within(costs, span).exclude(starts_on=F("ends_on")).order_by().values_list(*names)
    return Costs(costs, [Spent(*row) for row in longer])


def within(costs: QuerySet[SourceCost], period: Period) -> QuerySet[SourceCost]:
    """Narrow to costs with a day in the period."""
    if period.first:
        costs = costs.filter(ends_on__gte=period.first)
    return costs.filter(starts_on__lte=period.last) if period.last else costs


def add_leads(figures: dict[Any, Figures], leads: Figured, column: str, place: Callable[[Any], Any]) -> None:
    """Count leads, and the targeted ones of them, by the value of a column; one query or a few."""
    for (value, quality), (count,) in leads.by(column, "quality").items():
        one = figures[place(value)]
        one.leads += count
        one.targeted += count if quality == "targeted" else 0


def add_shares(
    figures: Mapping[Any, Figures], shares: Shares, period: Period, place: Callable[[str], Any]
) -> None:
    """Add the deals created in a period and those won in it, shared out by one dimension."""
    for line in shares.lines(CREATED, period):
        if line.dimension == shares.dimension:
            one = figures[place(line.value)]
            one.deals += line.share(shares.model)
            one.deal_rows += line.rows(shares.model)
    for line in shares.lines(WON, period):
        if line.dimension == shares.dimension and (count := line.rows(shares.model)):
            one = figures[place(line.value)]
            one.won += line.share(shares.model)
            one.won_rows += count
            _add(one.revenue, line.currency, line.revenue)


def add_earned(
    figures: Mapping[Any, Figures], whole: Figures, earned: Iterable[Earned], place: Callable[[str], Any]
) -> None:
    """Tell the days on which revenue came, of each value and of the whole."""
    for one in earned:
        found = whole if one.dimension == WHOLE else figures.get(place(one.value))
        if found is not None and one.revenue:
            _add(found.came.setdefault(one.day, {}), one.currency, one.revenue)


def add_costs(
    figures: Mapping[Any, Figures], costs: Iterable[tuple[Any, str, Decimal]], place: Callable[[Any], Any]
) -> None:
    """Add sums of costs to the figures of their values."""
    for value, currency, amount in costs:
        if amount:
            _add(figures[place(value)].cost, currency, amount)


def costs_by_kind(
    costs: Iterable[tuple[Any, str, Decimal]], leads: Mapping[Any, Mapping[str, int]]
) -> Iterator[tuple[str | None, str, Decimal]]:
    """Divide each source's money among channel kinds as its leads are divided; None where it brought no leads."""
    sums: dict[tuple[Any, str], Decimal] = defaultdict(Decimal)
    for source, currency, amount in costs:
        sums[source, currency] += amount
    for (source, currency), amount in sums.items():
        counts = sorted(leads.get(source, {}).items())
        if not counts:
            yield None, currency, amount
        for (kind, _n), part in zip(counts, divided(amount, [Fraction(n) for _k, n in counts]), strict=True):
            yield kind, currency, part


def share_of(cost: Spent, period: Period) -> Decimal:
    return share(cost.amount, cost.starts_on, cost.ends_on, period.first, period.last)


def has(period: Period, day: dt.date) -> bool:
    """Say whether a day is in a period."""
    return (period.first is None or period.first <= day) and (period.last is None or day <= period.last)


def added(figures: Iterable[Figures]) -> Figures:
    """Add figures up, but for how many deals take part, as one may be in several, and for the days revenue came."""
    whole = Figures()
    for one in figures:
        whole.leads += one.leads
        whole.targeted += one.targeted
        whole.deals += one.deals
        whole.won += one.won
        for mine, others in ((whole.cost, one.cost), (whole.revenue, one.revenue)):
            for currency, amount in others.items():
                _add(mine, currency, amount)
    return whole


def within_step(days: Mapping[dt.date, Sums], first: dt.date, last: dt.date) -> Sums:
    """Add up what is told day by day from one day to another."""
    return summed(pair for day in days_within(first, last) for pair in days.get(day, {}).items())


def summed(amounts: Iterable[tuple[str, Decimal]]) -> Sums:
    """Add amounts up by currency."""
    sums: Sums = {}
    for currency, amount in amounts:
        _add(sums, currency, amount)
    return sums


def _add(sums: Sums, currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, Decimal(0)) + amount


def leads_by_kind(leads: Figured) -> dict[Any, dict[str, int]]:
    """Count leads of each source by channel kind."""
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    for (source, kind), (count,) in leads.by("source", "channel_kind").items():
        found[source][kind] = count
    return found
