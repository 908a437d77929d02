"""Figures of the first response and of what was left unprocessed (R4)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import cached_property

from leads.models import Lead
from reports.dimensions import Dimension
from reports.lengths import percentile
from reports.queries.leads import Group
from reports.rollups.reading import Figured

ANSWERS = tuple(Lead.Answer.values)
# What is told of each lead: those alike in all of it are counted together
COLUMNS = ("answer", "is_missed", "is_unprocessed", "step")


@dataclasses.dataclass(frozen=True)
class Responses(Group):
    """How the leads of one group were answered. Shares are 0-100, times are working minutes."""

    missed: int = 0
    called_back: int = 0
    not_called_back: int = 0
    unprocessed: int = 0
    unmeasured: int = 0
    steps: Mapping[int, int] = dataclasses.field(default_factory=dict)  # step of the minutes -> answers

    @property
    def answered(self) -> int:
        return self.counts[Lead.Answer.IN_TIME] + self.counts[Lead.Answer.LATE]

    @property
    def late_share(self) -> float:
        """Of the answered ones."""
        return 100 * self.counts[Lead.Answer.LATE] / self.answered if self.answered else 0.0

    @property
    def unprocessed_share(self) -> float:
        """Of those that needed an answer."""
        needed = self.total - self.counts[Lead.Answer.NOT_NEEDED]
        return 100 * self.unprocessed / needed if needed else 0.0

    @cached_property
    def median_min(self) -> float | None:
        return percentile(self.steps, 0.5)

    @cached_property
    def p90_min(self) -> float | None:
        return percentile(self.steps, 0.9)


def responses_by(leads: Figured, dimension: Dimension) -> list[Responses]:
    """Tell how leads were answered per value of a dimension, largest first; hours in their order. Eight queries at most."""
    group_of = dimension.groups()
    tallies: dict[Any, _Tally] = {}
    for (value, *told), (count,) in leads.by(dimension.column, *COLUMNS).items():
        if dimension.key != "hour" or value is not None:
            tallies.setdefault(group_of(value), _Tally()).add(*told, count=count)
    names = dimension.named(tallies)
    groups = [tally.as_group(value, names[value]) for value, tally in tallies.items()]
    if dimension.key == "hour":
        return sorted(groups, key=lambda group: group.value)
    return sorted(groups, key=lambda group: (-group.total, group.name))


def whole_of(groups: Sequence[Responses], name: str = "") -> Responses:
    """Add groups up."""
    whole = _Tally()
    for group in groups:
        whole.counts.update(group.counts)
        whole.figures.update({figure: getattr(group, figure) for figure in _FIGURES})
        whole.steps.update(group.steps)
    return whole.as_group(None, name)


_FIGURES = ("missed", "called_back", "not_called_back", "unprocessed", "unmeasured")


@dataclasses.dataclass(slots=True)
class _Tally:
    """One group while it is counted."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    figures: Counter[str] = dataclasses.field(default_factory=Counter)
    steps: Counter[int] = dataclasses.field(default_factory=Counter)

    def add(
        self,
        answer: str,
        is_missed: bool,
        is_unprocessed: bool,
        step: int | None,
        *,
        count: int,
    ) -> None:
        """Count leads that are alike."""
        self.counts[answer] += count
        if step is not None:
            self.steps[step] += count
        is_answered = answer in (Lead.Answer.IN_TIME, Lead.Answer.LATE)
        true = {
            "missed": is_missed,
            "called_back": is_missed and is_answered,
            "not_called_back": is_missed and answer == Lead.Answer.NONE,
            "unprocessed": is_unprocessed,
            "unmeasured": is_answered and step is None,
        }
        self.figures.update({figure: count for figure, holds in true.items() if holds})

    def as_group(self, value: Any, name: str) -> Responses:
        return Responses(
            value=value,
            name=name,
            total=sum(self.counts.values()),
            counts={key: self.counts[key] for key in ANSWERS},
            steps=self.steps,
            **{figure: self.figures[figure] for figure in _FIGURES},
        )
