"""Charts of 'sources end to end': cost against revenue, by row and over time, as plain SVG."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core import formats
from reports.periods import Period

if TYPE_CHECKING:
    from reports.money_rows import MoneyRow

COST_FILL, REVENUE_FILL = "url(#p3)", "var(--ch-1)"
SERIES = (("cost", _("Cost"), COST_FILL), ("revenue", _("Revenue"), REVENUE_FILL))
MOST_BARS, MOST_STEPS = 10, 60
SHORT = 62  # days: a period no longer is drawn by weeks
HEIGHT, TOP = 120, 14


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One month or week, both ends within the period."""

    first: dt.date
    last: dt.date
    cost: Decimal
    revenue: Decimal
    cost_url: str
    revenue_url: str

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost


def bars(rows: Sequence[MoneyRow]) -> list[dict[str, Any]]:
    """Draw the rows that cost or earn most, two bars each on one scale."""
    shown = sorted(rows, key=lambda row: -max(row.cost, row.revenue))[:MOST_BARS]
    longest = max((max(row.cost, row.revenue) for row in shown), default=Decimal(0))
    return [
        {
            "row": row,
            "cost": _percent(row.cost, longest),
            "revenue": _percent(row.revenue, longest),
        }
        for row in shown
        if longest and (row.cost > 0 or row.revenue > 0)
    ]


def columns(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Draw two columns for each step; y and height in pixels."""
    highest = max((max(step.cost, step.revenue) for step in steps), default=Decimal(0))
    every = -(-len(steps) // 9) or 1
    width = 100 / len(steps) if steps else 0
    drawn = []
    for place, step in enumerate(steps):
        parts = []
        for shift, amount, fill in ((0.12, step.cost, COST_FILL), (0.5, step.revenue, REVENUE_FILL)):
            tall = float(HEIGHT * max(amount, Decimal(0)) / highest) if highest else 0
            parts.append(
                {
                    "x": f"{(place + shift) * width:.2f}%",
                    "width": f"{0.36 * width:.2f}%",
                    "y": f"{TOP + HEIGHT - tall:.1f}",
                    "height": f"{tall:.1f}",
                    "fill": fill,
                }
            )
        label = _label(step) if place % every == 0 else ""
        drawn.append(
            {"step": step, "parts": parts, "middle": f"{(place + 0.5) * width:.2f}%", "label": label}
        )
    return drawn if highest else []


def steps_of(period: Period, days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Cut a period into months, a short one into weeks; where it has no end, the days that have something end it.

    Of a very long one the last months.
    """
    first = period.first or min(days, default=None)
    last = period.last or max(days, default=None)
    if first is None or last is None or last < first:
        return []
    if days and (last - first).days > 31 * MOST_STEPS:
        first, last = max(first, min(days)), max(first, min(last, max(days)))
    cut = list(_cut(first, last, is_weekly=(last - first).days < SHORT))
    return cut[-MOST_STEPS:]


def _cut(first: dt.date, last: dt.date, *, is_weekly: bool) -> Iterator[tuple[dt.date, dt.date]]:
    start = first
    while start <= last:
        if is_weekly:
            end = start + dt.timedelta(days=6 - start.weekday())
        else:
            end = (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        yield start, min(end, last)
        start = end + dt.timedelta(days=1)


def _label(step: Step) -> str:
    is_month = (step.last - step.first).days > 6
    return formats.short_month(step.first) if is_month else formats.short_date(step.first)


def _percent(amount: Decimal, longest: Decimal) -> str:
    return f"{100 * max(amount, Decimal(0)) / longest:.2f}%" if longest else "0%"
