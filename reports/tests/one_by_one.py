"""Deals shared out one by one in plain Python, by `reports.attribution`: what SQL and cells have to say, too."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import QueryDict

from contacts.models import Source
from core.listing import listing_for
from core.zones import company_zone
from deals.models import Deal
from leads.models import Lead
from reports.attribution import Model, divided, weights
from reports.periods import Period
from reports.queries.shares import Shares
from reports.rollups.shares import CREATED, VALUES, WHOLE, WON
from tenants.models import Membership

BY = [name for name in VALUES if name != WHOLE]
Told = dict[tuple[str, str], tuple[Fraction, int, Decimal]]  # (value, currency) -> deals, rows, revenue


class Book:
    """Everything that shares depend on, read at once."""

    def __init__(self) -> None:
        self.groups = dict(Source.objects.values_list("pk", "group"))
        self.leads = list(Lead.objects.filter(deleted_at=None))
        self.deals = list(Deal.objects.filter(deleted_at=None))

    def touches(self, deal: Deal, *, non_advertising: bool) -> list[Any]:
        found = [
            lead
            for lead in self.leads
            if (lead.deal_id == deal.pk or (deal.contact_id and lead.contact_id == deal.contact_id))
            and (lead.is_advertising or non_advertising)
            and (deal.closed_at is None or lead.received_at <= deal.closed_at)
        ]
        return sorted(found, key=lambda lead: (lead.received_at, lead.pk)) or [deal]

    def value(self, touch: Any, dimension: str) -> str:
        match dimension:
            case "source":
                return str(touch.source_id or "")
            case "source_group":
                return str(self.groups.get(touch.source_id) or "")
            case "campaign":
                return str(touch.campaign)
            case "channel_kind":
                return str(touch.channel_kind)
        return ""

    def told(self, basis: str, period: Period, asked: QueryDict, dimension: str, model: Model) -> Told:
        found: Told = defaultdict(lambda: (Fraction(0), 0, Decimal(0)))
        for deal in self.deals:
            moment = deal.created_at if basis == CREATED else deal.closed_at if deal.state == "won" else None
            if moment is None or not _has(period, moment.astimezone(company_zone()).date()):
                continue
            touches = self.touches(deal, non_advertising=bool(asked.get("non_advertising")))
            parts = weights(model, len(touches))
            amount = (deal.amount or Decimal(0)) if basis == WON else Decimal(0)
            mine: dict[str, tuple[Fraction, Decimal]] = {}
            for touch, part, money in zip(touches, parts, divided(amount, parts), strict=True):
                if part and self.is_kept(touch, asked):
                    value = self.value(touch, dimension)
                    before = mine.get(value, (Fraction(0), Decimal(0)))
                    mine[value] = before[0] + part, before[1] + money
            for value, (part, money) in mine.items():
                deals, rows, revenue = found[value, deal.currency]
                found[value, deal.currency] = deals + part, rows + 1, revenue + money
        return dict(found)

    def is_kept(self, touch: Any, asked: QueryDict) -> bool:
        group = self.groups.get(touch.source_id)
        return not (
            (asked.get("source") and str(touch.source_id) not in asked.getlist("source"))
            or (asked.get("no_source") and touch.source_id)
            or (asked.get("source_group") and str(group) not in asked.getlist("source_group"))
            or (asked.get("no_source_group") and group)
            or (asked.get("campaign") and touch.campaign != asked["campaign"])
            or (asked.get("no_campaign") and touch.campaign)
        )


def _has(period: Period, day: dt.date) -> bool:
    return (period.first is None or period.first <= day) and (period.last is None or day <= period.last)


def assert_shares_agree(
    member: Membership,
    periods: Iterable[Period],
    query: str = "",
    *,
    has_cells: bool | None,
    dimensions: Iterable[str] = BY,
) -> None:
    """Check what is told by each dimension and model against the deals one by one."""
    book, asked = Book(), QueryDict(query)
    periods = list(periods)
    for dimension in dimensions:
        for model in Model:
            shares = Shares(member, listing_for("deals:list").rows(member), asked, dimension, model)
            assert has_cells in (None, shares.reach is not None)
            for period in periods:
                for basis in (CREATED, WON):
                    for name in (dimension, WHOLE):
                        where = (query, name, model, period, basis)
                        assert _told(shares, name, basis, period) == book.told(
                            basis, period, asked, name, model
                        ), where
                earned: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
                for one in shares.earned(period):
                    if one.dimension == dimension:
                        earned[one.value, one.currency] += one.revenue
                won = {
                    key: money
                    for key, (_d, _r, money) in book.told(WON, period, asked, dimension, model).items()
                }
                assert {key: money for key, money in earned.items() if money} == {
                    key: money for key, money in won.items() if money
                }, (query, dimension, model, period)


def _told(shares: Shares, dimension: str, basis: str, period: Period) -> Told:
    found: Told = {}
    for line in shares.lines(basis, period):
        if line.dimension == dimension and (rows := line.rows(shares.model)):
            before = found.get((line.value, line.currency), (Fraction(0), 0, Decimal(0)))
            found[line.value, line.currency] = (
                before[0] + line.share(shares.model),
                before[1] + rows,
                before[2] + line.revenue,
            )
    return found
