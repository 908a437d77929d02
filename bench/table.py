"""The table that goes into README.md."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence

from bench.server import Taken

HEAD = "| page | goal ms | median ms | min ms | CPU ms: web + database | queries |\n|---|---:|---:|---:|---:|---:|"


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """What several requests for one page took. Helpers' time is per request, beside the database's own."""

    name: str
    goal_ms: int | None
    taken: Sequence[Taken]
    helpers_ms: float
    queries: int

    @property
    def median_ms(self) -> float:
        return statistics.median(t.wall_ms for t in self.taken)

    @property
    def least_ms(self) -> float:
        return min(t.wall_ms for t in self.taken)

    @property
    def web_ms(self) -> float:
        return statistics.median(t.web_ms for t in self.taken)

    @property
    def database_ms(self) -> float:
        return statistics.median(t.database_ms for t in self.taken) + self.helpers_ms

    @property
    def is_missed(self) -> bool:
        """Whether not even the quickest request was within the goal."""
        return self.goal_ms is not None and self.least_ms > self.goal_ms

    def line(self) -> str:
        goal = "" if self.goal_ms is None else f"{self.goal_ms}{' missed' if self.is_missed else ''}"
        return (
            f"| {self.name} | {goal} | {self.median_ms:.0f} | {self.least_ms:.1f}"
            f" | {self.web_ms:.1f} + {self.database_ms:.1f} | {self.queries} |"
        )
