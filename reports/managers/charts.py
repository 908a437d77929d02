"""Pictures of managers: who is ahead, and how the chosen figure went over time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core import formats
from reports.managers.measures import WON_SUM
from reports.managers.report import ManagersReport
from reports.managers.steps import usual_cut
from reports.queries.managers import Figures

MOST_BARS, HEIGHT, TOP = 12, 120, 14


def shown(report: ManagersReport, value: int | Decimal, *, is_short: bool = True) -> str:
    """Write a value of the chosen measure."""
    if report.measure != WON_SUM:
        return formats.number(value)
    written = formats.money_short if is_short else formats.money
    return written(value, report.exchange.currency)


def bars(rows: Sequence[dict[str, Any]], report: ManagersReport) -> list[dict[str, Any]]:
    """Draw the rows by the chosen measure on one scale, those with nothing left out."""
    ahead = [row for row in rows if row["value"] > 0][:MOST_BARS]
    most = max((row["value"] for row in ahead), default=0)
    return [
        {"row": row, "width": f"{100 * row['value'] / most:.2f}%", "shown": shown(report, row["value"])}
        for row in ahead
    ]


def columns(report: ManagersReport) -> list[dict[str, Any]]:
    """Draw the chosen measure of all together for each step; heights in pixels. Nothing where all are nothing."""
    cut = report.cut or usual_cut(report.period)
    values = [
        report.value(report.by_step.get(place, Figures()), report.measure)
        for place in range(1, len(report.steps) + 1)
    ]
    highest = max(values, default=0)
    if not highest:
        return []
    every = -(-len(values) // 9)
    width = 100 / len(values)
    drawn = []
    for place, (step, value) in enumerate(zip(report.steps, values, strict=True)):
        tall = float(HEIGHT * max(value, 0) / highest)
        drawn.append(
            {
                "x": f"{(place + 0.15) * width:.2f}%",
                "width": f"{0.7 * width:.2f}%",
                "middle": f"{(place + 0.5) * width:.2f}%",
                "y": f"{TOP + HEIGHT - tall:.1f}",
                "height": f"{tall:.1f}",
                "top": f"{TOP + HEIGHT - tall - 4:.1f}",
                "name": cut.named(step),
                "label": _label(cut.key, step) if place % every == 0 else "",
                "shown": shown(report, value),
                "has_number": bool(value) and every == 1,
            }
        )
    return drawn


def _label(cut: str, step: Any) -> str:
    return formats.short_month(step[0]) if cut == "months" else formats.short_date(step[0])
