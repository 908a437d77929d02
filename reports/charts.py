"""Charts as plain SVG: widths in per cent, so text never scales and no script is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import formats
from reports.queries.leads import Group, TrendPoint

# Order, word and fill are fixed: the eye learns them once. The words speak of many leads.
SERIES = (
    ("targeted", pgettext_lazy("leads", "Targeted"), "var(--ch-1)"),
    ("repeat", pgettext_lazy("leads", "Repeat"), "url(#p2)"),
    ("non_targeted", pgettext_lazy("leads", "Non-targeted"), "url(#p3)"),
    ("unverified", pgettext_lazy("leads", "Unverified"), "url(#p4)"),
    ("unsorted", _("Unsorted"), "var(--ch-4)"),
)
STATES = (
    ("converted", pgettext_lazy("leads", "Converted"), "var(--ch-1)"),
    ("in_work", pgettext_lazy("leads", "In work"), "url(#p2)"),
    ("rejected", pgettext_lazy("leads", "Rejected"), "url(#p3)"),
    ("new", pgettext_lazy("leads", "New"), "url(#p4)"),
)
ANSWERS = (
    ("in_time", pgettext_lazy("leads", "In time"), "var(--ch-1)"),
    ("late", pgettext_lazy("leads", "Late"), "url(#p2)"),
    ("none", pgettext_lazy("leads", "Not answered"), "url(#p3)"),
    ("not_needed", _("No answer needed"), "url(#p4)"),
)
STATE_WORDS = {key: word for key, word, _fill in STATES}
TOP = 14  # pixels above the highest column, for its number
FEW_MONTHS, FEW_DAYS = 13, 9  # columns that all have room for their number and name


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
    share: float  # of the first of the series, 0-100
    segments: Sequence[Segment]
    said: str  # for screen readers


def quality_bars(groups: Sequence[Group], most: int = 10) -> list[Bar]:
    """Draw the largest groups as stacked bars on one scale."""
    return _bars(groups[:most], SERIES)


def state_bars(groups: Sequence[Group], most: int = 10) -> list[Bar]:
    """Draw what became of the leads of the largest groups."""
    return _bars(sorted(groups, key=lambda g: -g.total)[:most], STATES)


def answer_bars(groups: Sequence[Group], most: int = 24) -> list[Bar]:
    """Draw how the leads of groups were answered, in the order given."""
    return _bars(groups[:most], ANSWERS)


def _bars(groups: Sequence[Group], series: Sequence[tuple[str, Any, str]]) -> list[Bar]:
    longest = max((g.total for g in groups), default=0)
    return [_bar(group, longest, series) for group in groups if longest]


def _bar(group: Group, longest: int, series: Sequence[tuple[str, Any, str]]) -> Bar:
    x, segments = 0.0, []
    for key, label, fill in series:
        count = group.counts[key]
        if count:
            width = 100 * count / longest
            segments.append(Segment(fill, f"{x:.2f}%", f"{width:.2f}%", str(label), count))
            x += width
    said = f"{group.name}: " + ", ".join(f"{s.label} {s.count}" for s in segments)
    return Bar(group.name, group.total, group.share(series[0][0]), segments, said)


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    x: str
    width: str
    middle: str
    top: str  # where its number stands, in pixels
    label: str  # when it begins; empty where there is no room
    has_number: bool
    point: TrendPoint
    parts: Sequence[dict[str, Any]]


def trend_columns(points: Sequence[TrendPoint], height: int = 120) -> list[Column]:
    """Draw a stacked column for each step of time; y and height in pixels of a chart `height` tall."""
    highest = max((p.total for p in points), default=0)
    every = -(-len(points) // (FEW_MONTHS if points and _is_month(points[0]) else FEW_DAYS))
    columns = []
    for index, point in enumerate(points):
        y, parts = float(TOP + height), []
        for key, label, fill in SERIES:
            tall = height * point.counts[key] / highest if highest else 0
            if tall:
                y -= tall
                parts.append({"y": f"{y:.1f}", "height": f"{tall:.1f}", "fill": fill, "label": label})
        step = 100 / len(points)
        columns.append(
            Column(
                x=f"{index * step + step * 0.1:.2f}%",
                width=f"{step * 0.8:.2f}%",
                middle=f"{index * step + step / 2:.2f}%",
                top=f"{y - 4:.1f}",
                label=_step_label(point) if index % every == 0 else "",
                has_number=bool(point.total) and (every == 1 or point.total == highest),
                point=point,
                parts=parts,
            )
        )
    return columns


def _step_label(point: TrendPoint) -> str:
    """Name a step by its month, or by its first day where it is shorter."""
    day = point.starts_on
    return formats.short_month(day) if _is_month(point) else formats.short_date(day)


def _is_month(point: TrendPoint) -> bool:
    return (point.ends_on - point.starts_on).days > 26
