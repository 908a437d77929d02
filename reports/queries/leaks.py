"""Where we leak: how many rows, how much money and how old (R12)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, FloatField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Extract, Greatest

from reports.lengths import percentile, step_of


@dataclasses.dataclass(frozen=True, slots=True)
class Leak:
    """What is forgotten: how many, since when for half of them at least, and the money by currency."""

    count: int
    age_s: float | None  # median
    amounts: tuple[tuple[str, Any], ...]

    @property
    def age_days(self) -> int | None:
        return None if self.age_s is None else int(self.age_s // 86400)


def leak_of(rows: QuerySet[Any], *since: str, now: dt.datetime, has_money: bool) -> Leak:
    """Measure rows by the first of the moments that each has. One query."""
    moment = Coalesce(*since) if len(since) > 1 else F(since[0])
    waited = ExpressionWrapper(Value(now) - moment, output_field=DurationField())
    age = Greatest(Extract(waited, "epoch"), Value(0.0), output_field=FloatField())
    aged = rows.order_by().annotate(age_s=age).annotate(step=step_of("age_s"))
    figures: dict[str, Any] = {"n": Count("pk")}
    names = ["step"]
    if has_money:
        figures["sum"], names = Sum("amount"), ["step", "currency"]
    steps: dict[int, int] = {}
    amounts: dict[str, Any] = {}
    for row in aged.values(*names).annotate(**figures):
        steps[row["step"]] = steps.get(row["step"], 0) + row["n"]
        if row.get("sum"):
            amounts[row["currency"]] = amounts.get(row["currency"], 0) + row["sum"]
    return Leak(sum(steps.values()), percentile(steps, 0.5), _largest(amounts))


def _largest(amounts: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(amounts.items(), key=lambda pair: -pair[1]))
