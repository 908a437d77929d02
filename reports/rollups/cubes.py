"""What is counted beforehand: the rows, what they are told apart by, and what is added up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from deals.funnel import with_left_from
from deals.models import Deal, Stage, StageChange
from leads.models import Lead
from reports.lengths import step_of
from reports.models import Cell, DealOrigin, DealPeople, DealStay, LeadOrigin, LeadPeople, Subject


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """A figure that adds up over days: from rows, and from their cells."""

    of_rows: Any
    of_cells: Any


COUNT = Measure(Count("pk"), Sum("count"))
_MONEY = DecimalField(max_digits=20, decimal_places=2)
AMOUNT = Measure(
    Coalesce(Sum("amount"), Value(0), output_field=_MONEY),
    Coalesce(Sum("amount"), Value(0), output_field=_MONEY),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Cube:
    """One table of cells. `dimensions` gives for each of its columns the expression on the rows."""

    model: type[Cell]
    subject: Subject
    rows: Callable[[], QuerySet[Any]]
    bases: Mapping[str, str]  # word of the filter 'by date' -> field of the rows
    dimensions: Mapping[str, str]
    measures: Mapping[str, Measure]

    def counted(self, rows: QuerySet[Any], *extra: str) -> QuerySet[Any]:
        """Count rows by everything the cells tell apart, in the order of their columns."""
        names = {f"d_{name}": F(path) for name, path in self.dimensions.items()}
        sums = {f"m_{name}": measure.of_rows for name, measure in self.measures.items()}
        return rows.order_by().values(*extra, **names).annotate(**sums).values_list(*extra, *names, *sums)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


LEAD_BASES = {"received": "received_at", "taken": "taken_at", "closed": "closed_at"}
DEAL_BASES = {"created": "created_at", "closed": "closed_at"}
_OF_LEADS = _same("channel_kind", "quality", "state", "is_advertising", "rejection_reason")
_OF_DEALS = _same("pipeline", "stage", "state", "furthest", "left_from", "currency")


def _leads() -> QuerySet[Lead]:
    found: QuerySet[Lead] = Lead.objects.present()
    return found


def on_their_way(deals: Any) -> Any:
    """Annotate how far deals came: `furthest` and `left_from`, as ids of stages."""
    entered = StageChange.objects.filter(
        deal=OuterRef("pk"), to_kind=Stage.Kind.OPEN, to_stage__pipeline=OuterRef("pipeline")
    )
    furthest = entered.order_by("-to_stage__position", "to_stage").values("to_stage")[:1]
    closings = with_left_from(Deal.objects.filter(pk=OuterRef("pk")))
    return deals.annotate(furthest=Subquery(furthest), left_from=Subquery(closings.values("left_from")[:1]))


def stays_of(deals: Any) -> Any:
    """Give the finished stays of deals in stages, with the step of their length."""
    stays = StageChange.objects.filter(deal__in=deals.order_by().values("pk"), from_stage__isnull=False)
    return stays.annotate(length=step_of("seconds_in_from"))


def _deals() -> Any:
    return on_their_way(Deal.objects.present())


CUBES = (
    Cube(
        LeadOrigin,
        Subject.LEADS,
        _leads,
        LEAD_BASES,
        _OF_LEADS | _same("channel", "source", "campaign"),
        {"count": COUNT},
    ),
    Cube(
        LeadPeople,
        Subject.LEADS,
        _leads,
        LEAD_BASES,
        _OF_LEADS | _same("taken_by", "responsible", "responsible_role") | {"owner": "deal__owner"},
        {"count": COUNT},
    ),
    Cube(
        DealOrigin,
        Subject.DEALS,
        _deals,
        DEAL_BASES,
        _OF_DEALS | _same("source", "channel_kind", "quality", "rejection_reason"),
        {"count": COUNT, "amount": AMOUNT},
    ),
    Cube(
        DealPeople,
        Subject.DEALS,
        _deals,
        DEAL_BASES,
        _OF_DEALS | _same("owner"),
        {"count": COUNT, "amount": AMOUNT},
    ),
    Cube(
        DealStay,
        Subject.DEALS,
        lambda: stays_of(Deal.objects.present()),
        {basis: f"deal__{field}" for basis, field in DEAL_BASES.items()},
        {"pipeline": "deal__pipeline", "stage": "from_stage", "length": "length"},
        {"count": COUNT},
    ),
)


def of_model(model: type[Cell]) -> Cube:
    return next(cube for cube in CUBES if cube.model is model)


def of_subject(subject: Subject) -> list[Cube]:
    return [cube for cube in CUBES if cube.subject == subject]
