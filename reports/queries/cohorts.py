"""How soon deals are won, by when they were created (R6)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q

from deals.funnel import is_won_within
from deals.models import Stage
from reports.time_steps import Step

DAYS = (7, 14, 30, 60, 90, 180, 365)


@dataclasses.dataclass(frozen=True, slots=True)
class CohortRow:
    """Deals created in one stretch of days. `won_within` counts those won in so many days, and counts on."""

    starts_on: dt.date
    ends_on: dt.date
    label: str
    total: int
    won: int
    won_within: Mapping[int, int]
    age_days: int  # of the youngest deal there may be
    oldest_days: int  # of the oldest

    def is_ripe(self, days: int) -> bool:
        """Say whether every deal has had that many days."""
        return self.age_days >= days

    def is_begun(self, days: int) -> bool:
        """Say whether any deal may have had more days than the column before tells of."""
        before = max((one for one in DAYS if one < days), default=0)
        return bool(self.total) and self.oldest_days >= before

    def share(self, days: int) -> float | None:
        """Won in so many days, in per cent of all; None where some deals have not had them yet."""
        return 100 * self.won_within[days] / self.total if self.total and self.is_ripe(days) else None


def build(deals: Any, step: Step, filters: Any, today: dt.date) -> Sequence[CohortRow]:
    """Count deals by when they were created. One query, whatever their number."""
    within = {f"within_{days}": Count("pk", filter=is_won_within(days)) for days in DAYS}
    assert step.kept is not None
    counted = (
        deals.order_by()
        .annotate(cohort=step.kept(filters))
        .values("cohort")
        .annotate(n=Count("pk"), won=Count("pk", filter=Q(state=Stage.Kind.WON)), **within)
    )
    found = {row["cohort"]: row for row in counted}
    starts = step.between(list(found))
    names = step.named(starts)
    nothing = {"n": 0, "won": 0} | dict.fromkeys(within, 0)
    return [_row(start, step, names[start], found.get(start, nothing), today) for start in starts]


def _row(start: dt.date, step: Step, name: str, row: Mapping[str, Any], today: dt.date) -> CohortRow:
    last = step.last_of(start)
    return CohortRow(
        starts_on=start,
        ends_on=last,
        label=name,
        total=row["n"],
        won=row["won"],
        won_within={days: row[f"within_{days}"] for days in DAYS},
        age_days=(today - last).days - 1,
        oldest_days=(today - start).days,
    )
