"""Figures about leads: analysis (R1), rejection reasons (R2), quality (R3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, F, Func, IntegerField, Max, Min, Q, QuerySet, Sum, Value
from django.utils import timezone

from core.listing.filters import day_start
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


def _grouped(
    leads: QuerySet[Lead], dimension: Dimension, field: str, keys: Sequence[str], *extra: str
) -> list[dict[str, Any]]:
    """Count by a dimension and a field; one row a value of the dimension, largest first.

    Grouped by both in SQL: a filtered count for each key would look at every row as often as there are keys.
    """
    cells = (
        leads.order_by()
        .values(
            *extra, group_value=F(dimension.value_field), group_name=F(dimension.name_field), key=F(field)
        )
        .annotate(n=Count("*"))
    )
    rows: dict[Any, dict[str, Any]] = {}
    for cell in cells:
        place = (*(cell[name] for name in extra), cell["group_value"])
        nothing = cell | {"total": 0} | {f"n_{key}": 0 for key in keys}
        row = rows.setdefault(place, nothing)
        row["total"] += cell["n"]
        row[f"n_{cell['key']}"] += cell["n"]
    return sorted(rows.values(), key=lambda row: (-row["total"], row["group_name"] or ""))


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
    """Say what the converted leads became, as far as `deals` are the reader's to see; three queries (R1)."""
    converted = leads.order_by().filter(state=Lead.State.CONVERTED)
    seen = converted.filter(deal_id__in=deals.order_by().values("pk"))
    counts = seen.aggregate(with_deal=Count("*"), won=Count("tenant", filter=Q(deal__state="won")))
    sums = (
        deals.filter(pk__in=converted.filter(deal__isnull=False).values("deal_id"), amount__isnull=False)
        .order_by()
        .values("currency")
        .annotate(sum=Sum("amount"))
        .order_by("-sum")
    )
    return Became(
        amounts=tuple((row["currency"], row["sum"]) for row in sums),
        without_deal=converted.filter(deal=None).count(),
        **counts,
    )


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
        .annotate(n=Count("*"))
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
    leads = leads.order_by().filter(**{f"{field}__isnull": False})
    steps = _steps(leads, field, period)
    if not steps:
        return []
    found = _by_step(leads, field, [day_start(start) for start, _end in steps])
    return [
        TrendPoint(start, end, sum(counts.values()), {key: counts.get(key, 0) for key in QUALITIES})
        for place, (start, end) in enumerate(steps, start=1)
        for counts in (found.get(place, {}),)
    ]


def _by_step(leads: QuerySet[Lead], field: str, starts: Sequence[dt.datetime]) -> dict[int, dict[str, int]]:
    """Count qualities by the step that a moment is in, 1 for the first.

    Looked up among the starts: reckoning each moment's month in the reader's zone takes twice as long.
    """
    bounds = Value(list(starts), output_field=ArrayField(DateTimeField()))
    place = Func(F(field), bounds, function="width_bucket", output_field=IntegerField())
    found: dict[int, dict[str, int]] = {}
    for step, key, count in leads.values_list(place, "quality").annotate(n=Count("*")):
        found.setdefault(step, {})[key] = count
    return found


def _steps(leads: QuerySet[Lead], field: str, period: Period) -> list[tuple[dt.date, dt.date]]:
    """List first and last days of all steps between the period's ends; of one without ends, between the leads'."""
    ends = leads.aggregate(first=Min(field), last=Max(field))
    if ends["first"] is None:
        return []
    days = period.days
    step = "day" if days and days <= 45 else "week" if days and days <= 200 else "month"
    is_drawable = days is None or days <= LONGEST_TREND
    first = period.first if period.first and is_drawable else timezone.localtime(ends["first"]).date()
    last = period.last if period.last and is_drawable else timezone.localtime(ends["last"]).date()
    steps, day = [], _step_start(first, step)
    while day <= last:
        steps.append((day, _step_end(day, step)))
        day = steps[-1][1] + dt.timedelta(days=1)
    return steps


def _step_start(day: dt.date, step: str) -> dt.date:
    if step == "day":
        return day
    return day - dt.timedelta(days=day.weekday()) if step == "week" else day.replace(day=1)


def _step_end(start: dt.date, step: str) -> dt.date:
    if step == "day":
        return start
    if step == "week":
        return start + dt.timedelta(days=6)
    return (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
