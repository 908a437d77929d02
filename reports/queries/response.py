"""Figures of the first response and of what was left unprocessed (R4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Q
from django.utils.functional import cached_property

from leads.filters import hour_of
from leads.models import Lead
from leads.models.leads import UNPROCESSED
from reports.dimensions import Dimension
from reports.lengths import percentile, step_of
from reports.queries.leads import Group
from reports.rollups.reading import Figured

ANSWERS = tuple(Lead.Answer.values)


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
    """Tell how leads were answered per value of a dimension, largest first; hours in their order. Four queries at most."""
    rows = leads.rows.order_by().annotate(hour=hour_of(leads.moment)).with_answer()
    if dimension.key == "hour":
        rows = rows.filter(hour__isnull=False)
    column = F(leads.paths.get(dimension.column, dimension.column))
    group_of = dimension.groups()
    found: dict[Any, list[dict[str, int]]] = {}
    for row in rows.values(by=column).annotate(**_FIGURES):
        found.setdefault(group_of(row.pop("by")), []).append(row)
    steps: dict[Any, dict[int, int]] = {}
    measured = rows.filter(response_min__isnull=False).annotate(step=step_of("response_min"))
    for value, step, count in measured.values_list(column, "step").annotate(n=Count("pk")):
        of_group = steps.setdefault(group_of(value), {})
        of_group[step] = of_group.get(step, 0) + count
    names = dimension.named(found)
    groups = [
        _group(value, names[value], _added(parts), steps.get(value, {})) for value, parts in found.items()
    ]
    if dimension.key == "hour":
        return sorted(groups, key=lambda group: group.value)
    return sorted(groups, key=lambda group: (-group.total, group.name))


def whole_of(groups: Sequence[Responses], name: str = "") -> Responses:
    """Add groups up."""
    steps: dict[int, int] = {}
    for group in groups:
        for step, count in group.steps.items():
            steps[step] = steps.get(step, 0) + count
    figures = _added(
        [{"total": g.total, **g.counts, **{field: getattr(g, field) for field in _OWN}} for g in groups]
    )
    return _group(None, name, figures, steps)


_MISSED = Q(kind=Lead.Kind.MISSED_CALL)
_FIGURES: dict[str, Any] = {
    "total": Count("pk"),
    **{key: Count("pk", filter=Q(answer=key)) for key in ANSWERS},
    "missed": Count("pk", filter=_MISSED),
    "called_back": Count("pk", filter=_MISSED & Q(first_response_at__isnull=False)),
    "not_called_back": Count("pk", filter=_MISSED & Q(answer=Lead.Answer.NONE)),
    "unprocessed": Count("pk", filter=UNPROCESSED),
    "unmeasured": Count("pk", filter=Q(first_response_at__isnull=False, response_min=None)),
}
_OWN = ("missed", "called_back", "not_called_back", "unprocessed", "unmeasured")


def _added(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(part[name] for part in parts) for name in _FIGURES}


def _group(value: Any, name: str, figures: Mapping[str, int], steps: Mapping[int, int]) -> Responses:
    return Responses(
        value=value,
        name=name,
        total=figures["total"],
        counts={key: figures[key] for key in ANSWERS},
        steps=steps,
        **{field: figures[field] for field in _OWN},
    )
