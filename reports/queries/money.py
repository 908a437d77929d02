"""What sources cost and what they bring (R8): leads, deals by attribution, revenue, and the money spent."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from contacts.models import SourceCost
from core.listing.filters import within_days
from core.zones import company_zone
from deals import touches as deal_touches
from deals.models import Deal, Stage
from reports.attribution import Model, divided, weights
from reports.periods import Period
from reports.rollups.reading import Figured
from reports.spreading import share

Sums = dict[str, Decimal]  # currency -> sum


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Where an inquiry came from, or a deal that stands for its own."""

    source: Any
    campaign: str
    channel_kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """One deal and its touches, in the order they came; one at least."""

    created_on: dt.date
    won_on: dt.date | None
    amount: Decimal
    currency: str
    touches: Sequence[Origin]


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
    came: list[tuple[dt.date, str, Decimal]] = dataclasses.field(default_factory=list)  # revenue, day by day

    @property
    def is_nothing(self) -> bool:
        return not (self.cost or self.leads or self.deal_rows or self.won_rows)


@dataclasses.dataclass(frozen=True, slots=True)
class Breakdown:
    """By what figures are told apart: the group of an inquiry, of a source's costs, and of a lead's column."""

    place: Callable[[Origin], Any]
    is_kept: Callable[[Origin], bool] = lambda _origin: True


def read_sales(deals: QuerySet[Deal], span: Period, *, with_non_advertising: bool) -> list[Sale]:
    """Read the deals created or won in a period, with all their touches; three queries."""
    won_then = within_days(deals.filter(state=Stage.Kind.WON), "closed_at", span.first, span.last)
    made_then = within_days(deals, "created_at", span.first, span.last)
    chosen = deals.filter(
        Q(pk__in=won_then.order_by().values("pk")) | Q(pk__in=made_then.order_by().values("pk"))
    ).order_by()
    found = _touches(chosen, with_non_advertising=with_non_advertising)
    columns = ("pk", "contact_id", "created_at", "closed_at", "state", "amount", "currency")
    return [
        _sale(*row[:7], own=Origin(*row[7:]), found=found)
        for row in chosen.values_list(*columns, "source_id", "campaign", "channel_kind")
    ]


def _sale(
    pk: Any,
    contact: Any,
    created_at: dt.datetime,
    closed_at: dt.datetime | None,
    state: str,
    amount: Decimal | None,
    currency: str,
    *,
    own: Origin,
    found: Mapping[Any, Mapping[Any, tuple[dt.datetime, Origin]]],
) -> Sale:
    zone = company_zone()
    touches = {**found.get(contact, {}), **found.get(pk, {})} if contact else found.get(pk, {})
    in_order = sorted((moment, lead) for lead, (moment, _origin) in touches.items())
    before = [touches[lead][1] for moment, lead in in_order if closed_at is None or moment <= closed_at]
    is_won = state == Stage.Kind.WON and closed_at is not None
    return Sale(
        created_on=created_at.astimezone(zone).date(),
        won_on=closed_at.astimezone(zone).date() if is_won and closed_at else None,
        amount=amount or Decimal(0),
        currency=currency,
        touches=before or [own],
    )


def _touches(
    deals: QuerySet[Deal], *, with_non_advertising: bool
) -> dict[Any, dict[Any, tuple[dt.datetime, Origin]]]:
    """Read the inquiries of the deals' clients and of the deals themselves: by the id of either."""
    rows = deal_touches.leads().order_by()
    if not with_non_advertising:
        rows = rows.filter(is_advertising=True)
    found: dict[Any, dict[Any, tuple[dt.datetime, Origin]]] = defaultdict(dict)
    columns = ("pk", "received_at", "source_id", "campaign", "channel_kind")
    for name, ids in (("contact_id", deals.values("contact_id")), ("deal_id", deals.values("pk"))):
        for owner, pk, moment, *origin in rows.filter(**{f"{name}__in": ids}).values_list(name, *columns):
            found[owner][pk] = moment, Origin(*origin)
    return found


def read_costs(costs: QuerySet[SourceCost], span: Period) -> list[Spent]:
    """Read the costs whose days a period cuts; those of single days are added up, which changes no share. Two queries."""
    found = within(costs, span).order_by()
    names = ("source_id", "campaign", "starts_on", "ends_on", "currency")
    single = found.filter(starts_on=F("ends_on")).values_list(*names).annotate(sum=Sum("amount"))
    longer = found.exclude(starts_on=F("ends_on")).values_list(*names, "amount")
    return [
        Spent(source, campaign, starts_on, ends_on, amount, currency)
        for rows in (single, longer)
        for source, campaign, starts_on, ends_on, currency, amount in rows
    ]


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


def add_sales(
    figures: dict[Any, Figures], sales: Iterable[Sale], period: Period, model: Model, by: Breakdown
) -> None:
    """Share the deals of a period out: those created in it, and those won in it with their revenue."""
    for sale in sales:
        is_made, is_won = has(period, sale.created_on), sale.won_on is not None and has(period, sale.won_on)
        if is_made or is_won:
            _share_out(figures, sale, model, by, is_made=is_made, is_won=is_won)


def _share_out(
    figures: dict[Any, Figures], sale: Sale, model: Model, by: Breakdown, *, is_made: bool, is_won: bool
) -> None:
    parts = weights(model, len(sale.touches))
    sums = divided(sale.amount, parts) if is_won else [Decimal(0)] * len(parts)
    places: dict[Any, tuple[Fraction, Decimal]] = {}
    for touch, part, amount in zip(sale.touches, parts, sums, strict=True):
        if part and by.is_kept(touch):
            before = places.get(by.place(touch), (Fraction(0), Decimal(0)))
            places[by.place(touch)] = before[0] + part, before[1] + amount
    for place, (part, amount) in places.items():
        one = figures[place]
        if is_made:
            one.deals += part
            one.deal_rows += 1
        if is_won and sale.won_on:
            one.won += part
            one.won_rows += 1
            _add(one.revenue, sale.currency, amount)
            one.came.append((sale.won_on, sale.currency, amount))


def add_costs(
    figures: dict[Any, Figures], costs: Iterable[Spent], period: Period, place: Callable[[Spent], Any]
) -> None:
    """Add what of the costs falls on the days of the period."""
    for cost in costs:
        if part := share_of(cost, period):
            _add(figures[place(cost)].cost, cost.currency, part)


def costs_by_kind(
    costs: Iterable[Spent], period: Period, leads: Mapping[Any, Mapping[str, int]]
) -> Iterator[tuple[str | None, str, Decimal]]:
    """Divide each source's money among channel kinds as its leads are divided; None where it brought no leads."""
    sums: dict[tuple[Any, str], Decimal] = defaultdict(Decimal)
    for cost in costs:
        sums[cost.source, cost.currency] += share_of(cost, period)
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
    """Add figures up; how many deals take part is not added: one may be in several."""
    whole = Figures()
    for one in figures:
        whole.leads += one.leads
        whole.targeted += one.targeted
        whole.deals += one.deals
        whole.won += one.won
        whole.came += one.came
        for mine, others in ((whole.cost, one.cost), (whole.revenue, one.revenue)):
            for currency, amount in others.items():
                _add(mine, currency, amount)
    return whole


def _add(sums: Sums, currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, Decimal(0)) + amount


def leads_by_kind(leads: Figured) -> dict[Any, dict[str, int]]:
    """Count leads of each source by channel kind."""
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    for (source, kind), (count,) in leads.by("source", "channel_kind").items():
        found[source][kind] = count
    return found
