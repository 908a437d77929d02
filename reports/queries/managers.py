"""Figures of managers (R7): counted by person and by step of time, a query for each kind of rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Count, DateTimeField, F, Func, IntegerField, Q, Sum, Value

from core.listing.filters import day_start
from core.zones import company_zone
from deals import buyers
from reports.lengths import percentile
from reports.managers.measures import DEALS, LEADS, Asked, Source

Step = tuple[dt.date, dt.date]  # first and last day


@dataclasses.dataclass(slots=True)
class Figures:
    """What one person, or several together, did in some time."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    sums: dict[str, Decimal] = dataclasses.field(default_factory=dict)  # currency -> amounts of won deals
    responses: Counter[int] = dataclasses.field(default_factory=Counter)  # step of the minutes -> leads
    clients: dict[str, set[Any]] = dataclasses.field(default_factory=dict)  # kind of client -> clients

    def count(self, key: str) -> int:
        return len(self.clients[key]) if key in self.clients else self.counts[key]

    def share(self, part: str, whole: str) -> float | None:
        """Per cent, 0-100; None of nothing."""
        return 100 * self.counts[part] / self.counts[whole] if self.counts[whole] else None

    @property
    def median_min(self) -> float | None:
        """The median first response to the leads taken, in working minutes."""
        return percentile(self.responses, 0.5)

    def add(self, other: Figures) -> None:
        self.counts.update(other.counts)
        self.responses.update(other.responses)
        for currency, amount in other.sums.items():
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + amount
        for kind, known in other.clients.items():
            self.clients[kind] = self.clients.get(kind, set()) | known


Cells = dict[tuple[Any, int], Figures]  # (person, place of the step, the first is 1) -> figures


def empty_cells() -> Cells:
    return defaultdict(Figures)


def added(cells: Mapping[tuple[Any, int], Figures], key: Callable[[Any, int], Any]) -> dict[Any, Figures]:
    """Add cells up by what `key` makes of their person and place; cells for which it gives Ellipsis are left out."""
    found: dict[Any, Figures] = defaultdict(Figures)
    for (person, place), figures in cells.items():
        if (name := key(person, place)) is not ...:
            found[name].add(figures)
    return found


def read(cells: Cells, source: Source, rows: Any, asked: Asked, steps: Sequence[Step]) -> None:
    """Count the measures of a source among its rows; one query."""
    counts: dict[str, Any] = {
        f"n_{one.key}": Count("pk", filter=one.condition(asked) or None) for one in source.measures
    }
    if source is DEALS:
        counts["won_amount"] = Sum("amount", filter=Q(state="won"))
    grouped = rows.order_by().values(
        d_person=F(source.person),
        d_place=_place(source.moment, steps),
        d_told=source.told if source.told is not None else Value("", output_field=CharField()),
    )
    for row in grouped.annotate(**counts):
        figures = cells[row["d_person"], row["d_place"]]
        for one in source.measures:
            figures.counts[one.key] += row[f"n_{one.key}"]
        if source is LEADS and row["d_told"] is not None:
            figures.responses[row["d_told"]] += row["n_taken"]
        if source is DEALS and row["won_amount"]:
            figures.sums[row["d_told"]] = figures.sums.get(row["d_told"], Decimal(0)) + row["won_amount"]


def read_clients(cells: Cells, deals: Any, kinds: Iterable[str], steps: Sequence[Step]) -> None:
    """Collect the clients that closed deals made new, returning or lost; a query each."""
    columns = {"d_person": F(DEALS.person), "d_place": _place(DEALS.moment, steps)}
    for kind in kinds:
        rows = buyers.with_client(buyers.deals_of(deals, kind)).order_by()
        for row in rows.values("client", **columns):
            known = cells[row["d_person"], row["d_place"]].clients
            known.setdefault(kind, set()).add(row["client"])


def _place(moment: str, steps: Sequence[Step]) -> Any:
    """Build the place of the step a moment lies in: 0 before all of them, one more than there are behind."""
    if not moment or not steps:
        return Value(0, output_field=IntegerField())
    starts = [day_start(first, company_zone()) for first, _last in steps]
    starts.append(day_start(steps[-1][1] + dt.timedelta(days=1), company_zone()))
    bounds = Value(starts, output_field=ArrayField(DateTimeField()))
    return Func(F(moment), bounds, function="width_bucket", output_field=IntegerField())
