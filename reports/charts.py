"""Charts as plain SVG: widths in per cent, so text never scales and no script is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.queries.leads import Group, TrendPoint

# Order, word and fill are fixed: the eye learns them once.
SERIES = (
    ("targeted", _("Targeted"), "var(--ch-1)"),
    ("repeat", _("Repeat"), "url(#p2)"),
    ("non_targeted", _("Non-targeted"), "url(#p3)"),
    ("unverified", _("Unverified"), "url(#p4)"),
    ("unsorted", _("Unsorted"), "var(--ch-4)"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    fill: str
    x: str  # per cent with a dot, whatever the language
    width: str
    label: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    name: str
    total: int
    share: float
    segments: Sequence[Segment]
    said: str  # for screen readers


def quality_bars(groups: Sequence[Group], most: int = 10) -> list[Bar]:
    """Draw the largest groups as stacked bars on one scale."""
    longest = max((g.total for g in groups), default=0)
    return [_bar(group, longest) for group in groups[:most] if longest]


def _bar(group: Group, longest: int) -> Bar:
    x, segments = 0.0, []
    for key, label, fill in SERIES:
        count = group.counts[key]
        if count:
            width = 100 * count / longest
            segments.append(Segment(fill, f"{x:.2f}%", f"{width:.2f}%", str(label), count))
            x += width
    said = f"{group.name}: " + ", ".join(f"{s.label} {s.count}" for s in segments)
    return Bar(group.name, group.total, group.share("targeted"), segments, said)


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    x: str
    width: str
    point: TrendPoint
    parts: Sequence[dict[str, Any]]


def trend_columns(points: Sequence[TrendPoint], height: int = 120) -> list[Column]:
    """Draw a stacked column for each step of time; y and height in pixels of a chart `height` tall."""
    highest = max((p.total for p in points), default=0)
    columns = []
    for index, point in enumerate(points):
        y, parts = float(height), []
        for key, label, fill in SERIES:
            tall = height * point.counts[key] / highest if highest else 0
            if tall:
                y -= tall
                parts.append({"y": f"{y:.1f}", "height": f"{tall:.1f}", "fill": fill, "label": label})
        step = 100 / len(points)
        columns.append(Column(f"{index * step + step * 0.1:.2f}%", f"{step * 0.8:.2f}%", point, parts))
    return columns
