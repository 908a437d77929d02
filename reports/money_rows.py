"""One row of 'sources end to end': what is reckoned from its figures, and what each number opens."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core import formats
from reports.queries.money import Figures

if TYPE_CHECKING:
    from reports.money import MoneyReport

WHOLE_ROW = object()


@dataclasses.dataclass(frozen=True, slots=True)
class MoneyRow:
    """Sums are in the company's currency; a ratio is None where there is nothing to divide by."""

    name: str
    currency: str
    cost: Decimal
    leads: int
    targeted: int
    deals: Fraction
    won: Fraction
    revenue: Decimal
    deal_rows: int
    won_rows: int
    payback_days: int | None
    profit_before: Decimal | None
    urls: dict[str, str]

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def roi_percent(self) -> Decimal | None:
        return 100 * self.profit / self.cost if self.cost else None

    @property
    def per_lead(self) -> Decimal | None:
        return _ratio(self.cost, Fraction(self.leads))

    @property
    def per_targeted(self) -> Decimal | None:
        return _ratio(self.cost, Fraction(self.targeted))

    @property
    def per_deal(self) -> Decimal | None:
        return _ratio(self.cost, self.deals)

    @property
    def profit_change(self) -> Decimal | None:
        return None if self.profit_before is None else self.profit - self.profit_before

    @property
    def deals_text(self) -> str:
        return fraction(self.deals)

    @property
    def won_text(self) -> str:
        return fraction(self.won)


def row_of(
    report: MoneyReport, name: str, figures: Figures, *, place: Any = WHOLE_ROW, old: Figures | None = None
) -> MoneyRow:
    """Reckon one row; without a place it is the whole, which the page's own filters open."""
    exchange = report.exchange
    cost = exchange.total(figures.cost)
    before = None
    if report.before is not None and report.has_costs:
        before = exchange.total(old.revenue) - exchange.total(old.cost) if old else Decimal(0)
    return MoneyRow(
        name=name,
        currency=exchange.currency,
        cost=cost,
        leads=figures.leads,
        targeted=figures.targeted,
        deals=figures.deals,
        won=figures.won,
        revenue=exchange.total(figures.revenue),
        deal_rows=figures.deal_rows,
        won_rows=figures.won_rows,
        payback_days=_payback(report, figures, cost),
        profit_before=before,
        urls=_urls(report, place),
    )


def _urls(report: MoneyReport, place: Any) -> dict[str, str]:
    params = report.params if place is WHOLE_ROW else report.narrowed(place)
    # money is not spent by channel kind: what is divided among kinds opens nothing
    has_costs_of_its_own = place is WHOLE_ROW or report.by.key != "channel_kind"
    return {
        "cost": report.costs_url(params) if report.has_costs and has_costs_of_its_own else "",
        "leads": report.leads_url(params),
        "targeted": report.leads_url(params, quality="targeted"),
        "deals": report.deals_url("made", params),
        "won": report.deals_url("won", params),
    }


def _payback(report: MoneyReport, figures: Figures, cost: Decimal) -> int | None:
    """Count the days until revenue had covered all that the period cost; None where it has not."""
    start = report.started_on
    if not cost or start is None:
        return None
    came = Decimal(0)
    for day in sorted(figures.came):
        came += report.exchange.total(figures.came[day])
        if came >= cost:
            return max(1, (day - start).days + 1)
    return None


def _ratio(amount: Decimal, count: Fraction) -> Decimal | None:
    if not amount or not count:
        return None
    return (amount * count.denominator / count.numerator).quantize(Decimal("0.01"))


def fraction(value: Fraction) -> str:
    """Write a number of deals: whole where it is, else with two signs."""
    return formats.number(float(value), digits=0 if value.denominator == 1 else 2)


def table_of(report: MoneyReport) -> tuple[list[Any], list[list[Any]]]:
    """Lay the report out as a file: its heads, and its rows with the total below."""
    money = [_("Cost")] if report.has_costs else []
    derived = (
        [
            _("Profit"),
            _("ROI, %"),
            _("Cost per lead"),
            _("Cost per targeted lead"),
            _("Cost per deal"),
            _("Payback, days"),
        ]
        if report.has_costs
        else []
    )
    heads = [
        report.by.label,
        *money,
        _("Leads"),
        _("Targeted leads"),
        _("Deals"),
        _("Deals won"),
        _("Revenue"),
    ]
    rows = [_plain(report, row) for row in (*report.rows, report.whole_row)]
    return [*heads, *derived, _("Currency")], rows


def _plain(report: MoneyReport, row: MoneyRow) -> list[Any]:
    counts = [row.leads, row.targeted, _number(row.deals), _number(row.won), row.revenue]
    if not report.has_costs:
        return [row.name, *counts, row.currency]
    roi = None if row.roi_percent is None else round(row.roi_percent, 1)
    derived = [row.profit, roi, row.per_lead, row.per_targeted, row.per_deal, row.payback_days]
    return [row.name, row.cost, *counts, *derived, row.currency]


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else round(float(value), 4)
