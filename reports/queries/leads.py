"""Figures about leads: analysis (R1), rejection reasons (R2), quality (R3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone

from deals.models.deals import DealQuerySet
from leads.models import Lead
from reports.dimensions import Dimension
from reports.periods import Period

QUALITIES = ("targeted", "repeat", "non_targeted", "unverified", "unsorted")
STATES = ("new", "in_work", "rejected", "converted")
LONGEST_TREND = 3660  # days: of a longer period only the part with leads is drawn


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Counts of one value of a dimension; `parent` is the value it lies under, if any."""

    value: Any
    name: str
    total: int
    counts: dict[str, int]
    parent: Any = None

    def share(self, key: str) -> float:
        """Per cent of the total, 0-100."""
        return 100 * self.counts[key] / self.total if self.total else 0.0


def total(groups: Sequence[Group], keys: Sequence[str], name: str = "") -> Group:
    """Add groups up."""
    counts = {key: sum(g.counts[key] for g in groups) for key in keys}
    return Group(None, name, sum(g.total for g in groups), counts)


def _counts(field: str, keys: Sequence[str]) -> dict[str, Count]:
    return {f"n_{key}": Count("pk", filter=Q(**{field: key})) for key in keys}


def _grouped(
    leads: QuerySet[Lead], dimension: Dimension, field: str, keys: Sequence[str], *extra: str
) -> list[dict[str, Any]]:
    return list(
        leads.order_by()
        .values(*extra, group_value=F(dimension.value_field), group_name=F(dimension.name_field))
        .annotate(total=Count("pk"), **_counts(field, keys))
        .order_by("-total", "group_name")
    )


def _group(row: dict[str, Any], dimension: Dimension, keys: Sequence[str], parent: Any = None) -> Group:
    value = row["group_value"] if row["group_value"] != "" else None
    name = dimension.name(value, row["group_name"])
    return Group(value, name, row["total"], {key: row[f"n_{key}"] for key in keys}, parent)


def quality_by(leads: QuerySet[Lead], dimension: Dimension) -> list[Group]:
    """Count leads of each quality per value of a dimension, largest first; one query (R3)."""
    return [_group(row, dimension, QUALITIES) for row in _grouped(leads, dimension, "quality", QUALITIES)]


def states_by(leads: QuerySet[Lead], dimension: Dimension) -> list[Group]:
    """Count leads of each state per value of a dimension; one query (R1)."""
    return [_group(row, dimension, STATES) for row in _grouped(leads, dimension, "state", STATES)]


def states_by_channel(leads: QuerySet[Lead], kinds: Dimension, channels: Dimension) -> list[Group]:
    """Count leads of each state by channel kind, and under it by channel; one query (R1)."""
    rows = _grouped(leads, channels, "state", STATES, "channel_kind")
    children: dict[str, list[Group]] = {}
    for row in rows:
        children.setdefault(row["channel_kind"], []).append(
            _group(row, channels, STATES, parent=row["channel_kind"])
        )
    sums = [
        dataclasses.replace(total(groups, STATES, kinds.name(kind, kind)), value=kind)
        for kind, groups in children.items()
    ]
    ordered = sorted(sums, key=lambda g: (-g.total, g.name))
    return [group for parent in ordered for group in (parent, *children[parent.value])]


@dataclasses.dataclass(frozen=True, slots=True)
class Became:
    """What converted leads turned into. A lead without a deal became a contact or company only."""

    with_deal: int
    without_deal: int
    won: int
    amounts: tuple[tuple[str, Any], ...]  # (currency, sum of the deals' amounts); a deal counts once


def became(leads: QuerySet[Lead], deals: DealQuerySet) -> Became:
    """Say what the converted leads became, as far as `deals` are the reader's to see; two queries (R1)."""
    converted = leads.order_by().filter(state=Lead.State.CONVERTED)
    is_seen = Q(deal_id__in=deals.order_by().values("pk"))
    counts = converted.aggregate(
        with_deal=Count("pk", filter=is_seen),
        without_deal=Count("pk", filter=Q(deal=None)),
        won=Count("pk", filter=is_seen & Q(deal__state="won")),
    )
    sums = (
        deals.filter(pk__in=converted.filter(deal__isnull=False).values("deal_id"), amount__isnull=False)
        .order_by()
        .values("currency")
        .annotate(sum=Sum("amount"))
        .order_by("-sum")
    )
    return Became(amounts=tuple((row["currency"], row["sum"]) for row in sums), **counts)


@dataclasses.dataclass(frozen=True, slots=True)
class ReasonRow:
    """One rejection reason across the values of a dimension; value None is 'without a reason'."""

    value: Any
    name: str
    total: int
    cells: dict[Any, int]


def reasons_by(
    leads: QuerySet[Lead], dimension: Dimension
) -> tuple[list[ReasonRow], list[tuple[Any, str, int]]]:
    """Cross rejected leads: reasons down, a dimension across; one query (R2).

    Returns the rows and the columns as (value, name, total), both largest first.
    """
    found = (
        leads.order_by()
        .filter(state=Lead.State.REJECTED)
        .values(
            "rejection_reason_id",
            "rejection_reason__name",
            group_value=F(dimension.value_field),
            group_name=F(dimension.name_field),
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    rows: dict[Any, ReasonRow] = {}
    columns: dict[Any, tuple[Any, str, int]] = {}
    for item in found:
        reason, value = item["rejection_reason_id"], item["group_value"] or None
        old = rows.get(reason) or ReasonRow(reason, item["rejection_reason__name"] or "", 0, {})
        cells = old.cells | {value: old.cells.get(value, 0) + item["n"]}
        rows[reason] = dataclasses.replace(old, total=old.total + item["n"], cells=cells)
        before = columns.get(value, (value, dimension.name(value, item["group_name"]), 0))
        columns[value] = (before[0], before[1], before[2] + item["n"])
    by_size = sorted(columns.values(), key=lambda c: (-c[2], c[1]))
    return sorted(rows.values(), key=lambda r: (-r.total, r.name)), by_size


@dataclasses.dataclass(frozen=True, slots=True)
class TrendPoint:
    """Leads of each quality received in one day, week or month."""

    starts_on: dt.date
    ends_on: dt.date
    total: int
    counts: dict[str, int]


def trend(leads: QuerySet[Lead], field: str, period: Period) -> list[TrendPoint]:
    """Count leads of each quality over time: by day up to 45 days, by week up to 200, else by month.

    Steps without leads are there with zeros; without any lead there are none.
    """
    days = period.days
    step = TruncDay if days and days <= 45 else TruncWeek if days and days <= 200 else TruncMonth
    rows = (
        leads.order_by()
        .filter(**{f"{field}__isnull": False})
        .annotate(step=step(field, tzinfo=timezone.get_current_timezone()))
        .values("step")
        .annotate(total=Count("pk"), **_counts("quality", QUALITIES))
        .order_by("step")
    )
    found = {row["step"].date(): row for row in cast("Iterable[dict[str, Any]]", rows)}
    nothing: dict[str, int] = {"total": 0} | {f"n_{key}": 0 for key in QUALITIES}
    return [
        TrendPoint(start, _step_end(start, step), row["total"], {key: row[f"n_{key}"] for key in QUALITIES})
        for start in _steps(found, period, step)
        for row in (found.get(start, nothing),)
    ]


def _steps(found: Iterable[dt.date], period: Period, step: type) -> list[dt.date]:
    """List the first days of all steps between the period's ends; of a period without ends, between the rows'."""
    days = sorted(found)
    if not days:
        return []
    is_drawable = period.days is None or period.days <= LONGEST_TREND
    day = _step_start(period.first, step) if period.first and is_drawable else days[0]
    last = period.last if period.last and is_drawable else days[-1]
    steps = []
    while day <= last:
        steps.append(day)
        day = _step_end(day, step) + dt.timedelta(days=1)
    return steps


def _step_start(day: dt.date, step: type) -> dt.date:
    if step is TruncDay:
        return day
    return day - dt.timedelta(days=day.weekday()) if step is TruncWeek else day.replace(day=1)


def _step_end(start: dt.date, step: type) -> dt.date:
    if step is TruncDay:
        return start
    if step is TruncWeek:
        return start + dt.timedelta(days=6)
    return (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
