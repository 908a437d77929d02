"""Figures of the first response and of what was left unprocessed (R4)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.functional import cached_property

from leads.models import Lead
from reports.dimensions import Dimension
from reports.lengths import percentile
from reports.queries.leads import Group
from reports.rollups.reading import Figured

ANSWERS = tuple(Lead.Answer.values)
# What is told of each lead: those alike in all of it are counted together
TOLD = ("answer", "is_missed", "is_unprocessed")
COLUMNS = (*TOLD, "step")


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
        return sum(self.counts[answer] for answer in _ANSWERED)

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
    for (value, *told), steps in leads.along("step", dimension.column, *TOLD):
        if dimension.key != "hour" or value is not None:
            tallies.setdefault(group_of(value), _Tally()).add(*told, steps=steps)
    names = dimension.named(tallies)
    groups = [tally.as_group(value, names[value]) for value, tally in tallies.items()]
    if dimension.key == "hour":
        return sorted(groups, key=lambda group: group.value)
    return sorted(groups, key=lambda group: (-group.total, group.name))


def whole_of(groups: Sequence[Responses], name: str = "") -> Responses:
    """Add groups up."""
    steps: Counter[int] = Counter()
    for group in groups:
        steps.update(group.steps)
    return Responses(
        value=None,
        name=name,
        total=sum(group.total for group in groups),
        counts={key: sum(group.counts[key] for group in groups) for key in ANSWERS},
        steps=steps,
        **{figure: sum(getattr(group, figure) for group in groups) for figure in _FIGURES},
    )


_ANSWERED = (Lead.Answer.IN_TIME, Lead.Answer.LATE)
# Of those who are counted: whether a lead is of it, by its answer and what is told beside
_FIGURES: Mapping[str, Callable[[str, bool, bool, bool], bool]] = {
    "missed": lambda _answer, is_missed, _is_unprocessed, _has_step: is_missed,
    "called_back": lambda answer, is_missed, _is_unprocessed, _has_step: is_missed and answer in _ANSWERED,
    "not_called_back": lambda answer, is_missed, _is_unprocessed, _has_step: (
        is_missed and answer == Lead.Answer.NONE
    ),
    "unprocessed": lambda _answer, _is_missed, is_unprocessed, _has_step: is_unprocessed,
    "unmeasured": lambda answer, _is_missed, _is_unprocessed, has_step: answer in _ANSWERED and not has_step,
}


class _Tally:
    """One group while it is counted."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, bool, bool, bool], int] = {}
        self.steps: dict[int, int] = {}

    def add(
        self, answer: str, is_missed: bool, is_unprocessed: bool, *, steps: Mapping[int | None, int]
    ) -> None:
        """Count leads that are alike but for the step of their minutes, which some have not."""
        stepless = steps.get(None, 0)
        for has_step, count in ((False, stepless), (True, sum(steps.values()) - stepless)):
            told = (answer, is_missed, is_unprocessed, has_step)
            self.told[told] = self.told.get(told, 0) + count
        for step, count in steps.items():
            if step is not None:
                self.steps[step] = self.steps.get(step, 0) + count

    def as_group(self, value: Any, name: str) -> Responses:
        counts = dict.fromkeys(ANSWERS, 0)
        for (answer, *_beside), count in self.told.items():
            counts[answer] += count
        figures = {
            figure: sum(count for told, count in self.told.items() if holds(*told))
            for figure, holds in _FIGURES.items()
        }
        return Responses(value, name, sum(counts.values()), counts, steps=self.steps, **figures)
