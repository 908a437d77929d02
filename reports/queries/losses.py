"""Where lost deals left, and by which reason (R6): the losses of a pipeline's deals by stage and reason."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from deals.models import Pipeline, Stage
from reports.rollups.cubes import AMOUNT, COUNT
from reports.rollups.reading import Figured

COLUMNS = ("state", "left_from", "rejection_reason", "currency")
CLOSED = (Stage.Kind.LOST, Stage.Kind.ARCHIVED)


@dataclasses.dataclass(frozen=True, slots=True)
class Losses:
    """Lost and archived deals. A stage of None means no open stage of the pipeline, a reason of None that none was given."""

    total: int  # of all deals asked about, whatever became of them
    cells: Mapping[tuple[Any, Any], int]  # (reason, stage)
    sums: Mapping[Any, Mapping[str, Decimal]]  # by reason and currency

    @property
    def lost(self) -> int:
        return sum(self.cells.values())

    def by_reason(self) -> Counter[Any]:
        return self._added(0)

    def by_stage(self) -> Counter[Any]:
        return self._added(1)

    def _added(self, part: int) -> Counter[Any]:
        added: Counter[Any] = Counter()
        for key, count in self.cells.items():
            added[key[part]] += count
        return added


def build(deals: Figured, pipeline: Pipeline | None) -> Losses:
    """Count the losses; four queries at most."""
    stages = (
        {stage.pk for stage in pipeline.stages.all() if stage.kind == Stage.Kind.OPEN} if pipeline else set()
    )
    total, cells, sums = 0, Counter[tuple[Any, Any]](), dict[Any, dict[str, Decimal]]()
    figures = deals.by(*COLUMNS, measures={"count": COUNT, "amount": AMOUNT})
    for (state, stage, reason, currency), (count, amount) in figures.items():
        total += count
        if state not in CLOSED:
            continue
        cells[reason, stage if stage in stages else None] += count
        if amount:
            of_reason = sums.setdefault(reason, {})
            of_reason[currency] = of_reason.get(currency, Decimal(0)) + amount
    return Losses(total, cells, sums)
