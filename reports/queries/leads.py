"""Figures about leads: analysis (R1), rejection reasons (R2), quality (R3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, DateTimeField, F, Func, IntegerField, Value

from core.listing.filters import day_start
from core.zones import company_zone
from deals.models import Stage
from deals.models.deals import DealQuerySet
from leads.models import Lead
from reports.dimensions import Dimension
from reports.periods import Period
from reports.rollups.cubes import AMOUNT, COUNT
from reports.rollups.days import days_within, month_end, month_of
from reports.rollups.reading import Figured

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


def grouped(leads: Figured, dimension: Dimension, column: str, keys: Sequence[str]) -> list[Group]:
    """Count the keys of a column per value of a dimension, largest first."""
    group_of = dimension.groups()
    counts: dict[Any, dict[str, int]] = {}
    for (value, key), (count,) in leads.by(dimension.column, column).items():
        cells = counts.setdefault(group_of(value), dict.fromkeys(keys, 0))
        cells[key] += count
    names = dimension.named(counts)
    groups = [Group(value, names[value], sum(cells.values()), cells) for value, cells in counts.items()]
    return sorted(groups, key=lambda group: (-group.total, group.name))


def count_of(leads: Figured, column: str, key: str) -> int:
    """Count the leads of one key."""
    counted: int = leads.by(column).get((key,), (0,))[0]
    return counted


def quality_by(leads: Figured, dimension: Dimension) -> list[Group]:
    """Count leads of each quality per value of a dimension (R3)."""
    return grouped(leads, dimension, "quality", QUALITIES)


def states_by(leads: Figured, dimension: Dimension) -> list[Group]:
    """Count leads of each state per value of a dimension (R1)."""
    return grouped(leads, dimension, "state", STATES)


def states_by_channel(leads: Figured, kinds: Dimension, channels: Dimension) -> list[Group]:
    """Count leads of each state by channel kind, and under it by channel (R1)."""
    counts: dict[str, dict[Any, dict[str, int]]] = {}
    for (kind, channel, state), (count,) in leads.by(kinds.column, channels.column, "state").items():
        cells = counts.setdefault(kind, {}).setdefault(channel, dict.fromkeys(STATES, 0))
        cells[state] += count
    names = channels.named({channel for of_kind in counts.values() for channel in of_kind})
    kind_names = kinds.named(counts)
    found: list[tuple[Group, list[Group]]] = []
    for kind, of_kind in counts.items():
        children = [
            Group(channel, names[channel], sum(cells.values()), cells, parent=kind)
            for channel, cells in of_kind.items()
        ]
        parent = dataclasses.replace(total(children, STATES, kind_names[kind]), value=kind)
        found.append((parent, sorted(children, key=_largest)))
    found.sort(key=lambda pair: _largest(pair[0]))
    return [group for parent, children in found for group in (parent, *children)]


def _largest(group: Group) -> tuple[int, str]:
    return -group.total, group.name


@dataclasses.dataclass(frozen=True, slots=True)
class Became:
    """What converted leads turned into. A lead without a deal became a contact or company only."""

    with_deal: int
    without_deal: int
    won: int
    amounts: tuple[tuple[str, Any], ...]  # (currency, sum of the deals' amounts); a deal counts once


OUTCOME = ("deal_state", "deal_currency", "shared_deal")  # what cells tell converted leads apart by

# A deal of `known` has been counted elsewhere: only its leads are
_BECAME = """
    WITH made (deal_id, n) AS ({made}), seen (id, state, currency, amount) AS ({seen})
    SELECT coalesce(d.state, ''), d.currency, sum(m.n), sum(d.amount) FILTER (WHERE d.id <> ALL (%s::uuid[]))
    FROM made m LEFT JOIN seen d ON d.id = m.deal_id WHERE m.deal_id IS NULL OR d.id IS NOT NULL GROUP BY 1, 2
"""
_NO_DEALS = "SELECT NULL::uuid, NULL, NULL, NULL::numeric WHERE false", ()


def became(leads: Figured, deals: DealQuerySet) -> Became:
    """Say what the converted leads became, as far as `deals` are the reader's to see; five queries at most (R1).

    `leads` are told apart by OUTCOME.
    """
    counts: Counter[str] = Counter()  # by state of the deal, '' without one
    amounts: dict[str, Any] = {}
    shared = set()
    counted = leads.counted(*OUTCOME, measures={"count": COUNT, "amount": AMOUNT})
    for (state, currency, deal), (count, amount) in counted.items():
        counts[state] += count
        if amount:
            amounts[currency] = amounts.get(currency, 0) + (amount / count if deal else amount)
        shared.add(deal)
    for state, currency, count, amount in _live_outcomes(leads, deals, shared - {None}):
        counts[state] += int(count)
        if amount:
            amounts[currency] = amounts.get(currency, 0) + amount
    return Became(
        with_deal=sum(count for state, count in counts.items() if state),
        without_deal=counts[""],
        won=counts[Stage.Kind.WON],
        amounts=tuple(sorted(amounts.items(), key=lambda one: -one[1])),
    )


def _live_outcomes(leads: Figured, deals: DealQuerySet, known: Iterable[Any]) -> Sequence[Any]:
    """Read (state, currency, leads, amount) of what no cell answers for; amounts without those of known deals.

    The converted leads are looked up once and by deal: joined one by one they cost PostgreSQL three times as much.
    """
    converted = leads.live(by_day=False).order_by().filter(state=Lead.State.CONVERTED)
    try:
        made = converted.values_list("deal").annotate(n=Count("*")).query.sql_with_params()
    except EmptyResultSet:
        return ()
    try:
        seen = deals.order_by().values_list("pk", "state", "currency", "amount").query.sql_with_params()
    except EmptyResultSet:
        seen = _NO_DEALS
    with connection.cursor() as cursor:
        cursor.execute(_BECAME.format(made=made[0], seen=seen[0]), [*made[1], *seen[1], list(known)])
        rows: Sequence[Any] = cursor.fetchall()
    return rows


@dataclasses.dataclass(frozen=True, slots=True)
class ReasonRow:
    """One rejection reason across the values of a dimension; value None is 'without a reason'."""

    value: Any
    name: str
    total: int
    cells: dict[Any, int]


def reasons_by(
    leads: Figured, reasons: Dimension, dimension: Dimension
) -> tuple[list[ReasonRow], list[tuple[Any, str, int]]]:
    """Cross rejected leads: reasons down, a dimension across (R2).

    Returns the rows and the columns as (value, name, total), both largest first.
    """
    group_of = dimension.groups()
    cells: dict[Any, dict[Any, int]] = {}
    columns: dict[Any, int] = {}
    for (state, reason, value), (count,) in leads.by("state", reasons.column, dimension.column).items():
        if state != Lead.State.REJECTED:
            continue
        across = cells.setdefault(reason, {})
        across[group_of(value)] = across.get(group_of(value), 0) + count
        columns[group_of(value)] = columns.get(group_of(value), 0) + count
    names, reason_names = dimension.named(columns), reasons.named(cells)
    rows = [
        ReasonRow(reason, reason_names[reason], sum(across.values()), across)
        for reason, across in cells.items()
    ]
    by_size = sorted(
        ((value, names[value], count) for value, count in columns.items()), key=lambda c: (-c[2], c[1])
    )
    return sorted(rows, key=lambda r: (-r.total, r.name)), by_size


@dataclasses.dataclass(frozen=True, slots=True)
class TrendPoint:
    """Leads of each quality received in one day, week or month."""

    starts_on: dt.date
    ends_on: dt.date
    total: int
    counts: dict[str, int]


Step = tuple[dt.date, dt.date]  # first and last day


def trend(leads: Figured) -> list[TrendPoint]:
    """Count leads of each quality over time: by day up to 45 days, by week up to 200, else by month.

    Steps without leads are there with zeros; without any lead there are none.
    """
    step = _step_of(leads.period)
    steps = _steps(leads, step)
    found: dict[int, dict[str, int]] = {place: {} for place in range(len(steps))}
    for place, key, count in _by_step(leads, steps, by_day=step != "month"):
        counts = found.get(place, {})
        counts[key] = counts.get(key, 0) + count
    if not any(found.values()):
        return []
    return [
        TrendPoint(
            start, end, sum(found[place].values()), {key: found[place].get(key, 0) for key in QUALITIES}
        )
        for place, (start, end) in enumerate(steps)
    ]


def _by_step(leads: Figured, steps: Sequence[Step], *, by_day: bool) -> Iterator[tuple[int, str, int]]:
    """Yield (place of the step, quality, count), from cells and from the rows no cell answers for.

    Rows are looked up among the starts: reckoning each moment's month takes twice as long.
    """
    if not steps:
        return
    places = {day: place for place, (first, last) in enumerate(steps) for day in days_within(first, last)}
    for day, (key,), count in leads.days("quality", by_day=by_day):
        yield places.get(day, -1), key, count
    starts = [day_start(start, company_zone()) for start, _end in steps]
    bounds = Value(starts, output_field=ArrayField(DateTimeField()))
    place = Func(F(leads.moment), bounds, function="width_bucket", output_field=IntegerField())
    live = leads.live(by_day=by_day).order_by().filter(**{f"{leads.moment}__isnull": False})
    for step, key, count in live.values_list(place, "quality").annotate(n=Count("pk")):
        yield step - 1, key, count


def _step_of(period: Period) -> str:
    days = period.days
    return "day" if days and days <= 45 else "week" if days and days <= 200 else "month"


def _steps(leads: Figured, step: str) -> list[Step]:
    """List first and last days of all steps between the period's ends; of one without ends, between the leads'."""
    first, last = leads.period.first, leads.period.last
    if first is None or last is None or (last - first).days > LONGEST_TREND:
        ends = leads.ends()
        if ends is None:
            return []
        first, last = max(first or ends[0], ends[0]), min(last or ends[1], ends[1])
    steps, day = [], _step_start(first, step)
    while day <= last:
        steps.append((day, _step_end(day, step)))
        day = steps[-1][1] + dt.timedelta(days=1)
    return steps


def _step_start(day: dt.date, step: str) -> dt.date:
    if step == "day":
        return day
    return day - dt.timedelta(days=day.weekday()) if step == "week" else month_of(day)


def _step_end(start: dt.date, step: str) -> dt.date:
    if step == "day":
        return start
    if step == "week":
        return start + dt.timedelta(days=6)
    return month_end(start)
