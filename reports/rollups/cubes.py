"""What is counted beforehand: the rows, what they are told apart by, and what is added up."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay

from deals.funnel import with_left_from
from deals.models import Deal, Stage, StageChange
from leads.models import Lead
from leads.models.leads import UNPROCESSED
from reports.lengths import step_of
from reports.models import (
    Cell,
    DealMove,
    DealOrigin,
    DealPeople,
    DealShare,
    DealStay,
    LeadAnswer,
    LeadAnswerHour,
    LeadAnswerPeople,
    LeadChannel,
    LeadHands,
    LeadHour,
    LeadOrigin,
    LeadOutcome,
    LeadPeople,
    LeadRegion,
    LeadRegionPeople,
    LeadSource,
    Subject,
)
from reports.rollups.shares import COUNTS, SUMS, VALUES, Select, shares, worth


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """A figure that adds up over days: from rows, and from their cells.

    Cells add up what stands at `path` of their rows; without one they count them.
    """

    of_rows: Any
    of_cells: Any
    path: str = ""


COUNT = Measure(Count("pk"), Sum("count"))
_MONEY = DecimalField(max_digits=20, decimal_places=2)


def _money(path: str) -> Measure:
    def summed(field: str) -> Coalesce:
        return Coalesce(Sum(field), Value(0), output_field=_MONEY)

    return Measure(summed(path), summed("amount"), path)


AMOUNT = _money("amount")
DEAL_AMOUNT = _money("deal__amount")  # of moves, what their deals are worth now


Rows = Callable[[str, dt.tzinfo], QuerySet[Any]]  # of a basis, and the company's zone


@dataclasses.dataclass(frozen=True, slots=True)
class Cube:
    """One table of cells. `dimensions` gives for each of its columns the expression on the rows.

    Cells of a day that tell much apart are as many as its rows: those are counted `by_month`, and by day only in the month
    that is not over. Other days of a month that is not asked for as a whole are read from the rows.
    """

    model: type[Cell]
    subject: Subject
    rows: Rows
    bases: Mapping[str, str]  # word of the filter 'by date' -> field of the rows
    dimensions: Mapping[str, str]
    measures: Mapping[str, Measure]
    by_month: bool = False

    def counting(self, source: str) -> str:
        """Write the query that counts what `read` selects, by its place."""
        by = ", ".join(["place", *map(_dimension, self.dimensions)])
        sums = (
            f"coalesce(sum({_amount(name)}), 0)" if measure.path else "count(*)"
            for name, measure in self.measures.items()
        )
        return f"SELECT {by}, {', '.join(sums)} FROM {source} GROUP BY {by}"  # noqa: S608  (names are our own)

    def select(self, rows: QuerySet[Any]) -> Select:
        """Select what the cells of these rows hold, by the annotated `place` of their day."""
        sql, params = read([self], rows)
        return self.counting(f"({sql}) r"), params


class SharesCube(Cube):
    """Cells of deals shared out, which are not counted by columns of their own."""

    __slots__ = ()

    def select(self, rows: QuerySet[Any]) -> Select:
        """Select the cells of deals by the annotated `place` of their day."""
        return shares(rows, dimensions=list(VALUES), audiences=[False, True])


def read(cubes: Iterable[Cube], rows: QuerySet[Any]) -> Select:
    """Select of rows, with their annotated `place`, what these cubes count them by: each column once for all of them."""
    columns: dict[str, Any] = {}
    for cube in cubes:
        columns |= {_dimension(name): F(path) for name, path in cube.dimensions.items()}
        columns |= {_amount(name): F(one.path) for name, one in cube.measures.items() if one.path}
    sql, params = rows.order_by().values("place", **columns).query.sql_with_params()
    return sql, list(params)


def _dimension(name: str) -> str:
    return f"d_{name}"


def _amount(name: str) -> str:
    return f"m_{name}"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


LEAD_BASES = {"received": "received_at", "taken": "taken_at", "closed": "closed_at"}
RECEIVED = {"received": "received_at"}
ENTERED, LEFT = "entered", "left"
DEAL_BASES = {"created": "created_at", "closed": "closed_at"}
_OF_LEADS = _same("channel_kind", "quality", "state", "is_advertising", "rejection_reason")
OF_MOVES = {"pipeline": "pipeline_then", "stage": "stage_then", "currency": "deal__currency"}
_OF_DEALS = _same("pipeline", "stage", "state", "furthest", "left_from", "currency")


_CHANNEL = _same("channel_kind", "channel")
_ANSWERS = _CHANNEL | _same("is_advertising", "answer", "is_missed", "is_unprocessed", "step")
_HANDS = _same("taken_by", "responsible", "responsible_role")


def _leads(basis: str, zone: dt.tzinfo) -> Any:
    return with_answers(on_the_clock(Lead.objects.present(), LEAD_BASES[basis], zone))


def _outcomes(_basis: str, _zone: dt.tzinfo) -> Any:
    """Give converted leads with what they were turned into, but for deleted deals."""
    converted = Lead.objects.present().filter(state=Lead.State.CONVERTED)
    others = converted.filter(deal=OuterRef("deal")).exclude(pk=OuterRef("pk"))
    return converted.filter(deal__deleted_at=None).annotate(
        deal_state=Coalesce("deal__state", Value("")),
        deal_currency=Coalesce("deal__currency", Value("")),
        shared_deal=Case(When(Exists(others), then=F("deal"))),
    )


def with_answers(leads: Any) -> Any:
    """Annotate how leads were answered: their `answer`, what is told beside it, and the step of its minutes (R4)."""
    return leads.with_answer().annotate(
        is_missed=ExpressionWrapper(Q(kind=Lead.Kind.MISSED_CALL), output_field=BooleanField()),
        is_unprocessed=Case(When(UNPROCESSED, then=Value(True)), default=Value(False)),
        step=Case(When(response_min__isnull=False, then=step_of("response_min"))),
    )


def on_the_clock(leads: Any, moment: str, zone: dt.tzinfo) -> Any:
    """Annotate the day of the week, 1 for Monday, and the hour of a moment."""
    return leads.annotate(
        weekday=ExtractIsoWeekDay(moment, tzinfo=zone), hour=ExtractHour(moment, tzinfo=zone)
    )


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


def moves_of(deals: Any, basis: str) -> Any:
    """Give the moves of deals by the stage they came to, or by the one they left: `stage_then` and `pipeline_then`.

    A deal leaves whatever place its move before led to; with its first it leaves none.
    """
    moves = StageChange.objects.filter(deal__in=deals.order_by().values("pk"))
    if basis == ENTERED:
        return moves.annotate(stage_then=F("to_stage"), pipeline_then=F("pipeline"))
    is_before = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    before = StageChange.objects.filter(is_before, deal=OuterRef("deal")).order_by("-at", "-id")
    return moves.annotate(
        stage_then=Subquery(before.values("to_stage")[:1]),
        pipeline_then=Subquery(before.values("pipeline")[:1]),
    )


def _deals(_basis: str, _zone: dt.tzinfo) -> Any:
    return on_their_way(Deal.objects.present())


CUBES = (
    Cube(
        LeadChannel,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _OF_LEADS | _same("channel"),
        {"count": COUNT},
    ),
    Cube(
        LeadSource,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _same("source", "campaign", "quality", "state", "is_advertising"),
        {"count": COUNT},
    ),
    Cube(
        LeadHands,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _HANDS | _same("quality", "state", "is_advertising"),
        {"count": COUNT},
    ),
    Cube(
        LeadOrigin,
        Subject.LEADS,
        _leads,
        LEAD_BASES,
        _OF_LEADS | _same("channel", "source", "campaign"),
        {"count": COUNT},
        by_month=True,
    ),
    Cube(
        LeadPeople,
        Subject.LEADS,
        _leads,
        LEAD_BASES,
        _OF_LEADS | _HANDS | {"owner": "deal__owner"},
        {"count": COUNT},
        by_month=True,
    ),
    Cube(
        LeadAnswer,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _ANSWERS,
        {"count": COUNT},
    ),
    Cube(
        LeadAnswerHour,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _ANSWERS | _same("hour"),
        {"count": COUNT},
        by_month=True,
    ),
    Cube(
        LeadAnswerPeople,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _ANSWERS | _HANDS,
        {"count": COUNT},
        by_month=True,
    ),
    Cube(
        LeadHour,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _CHANNEL | _same("is_advertising", "weekday", "hour"),
        {"count": COUNT},
    ),
    Cube(
        LeadRegion,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _same("region", "state", "is_advertising"),
        {"count": COUNT},
    ),
    Cube(
        LeadRegionPeople,
        Subject.LEADS,
        _leads,
        RECEIVED,
        _same("region", "state", "is_advertising") | _HANDS,
        {"count": COUNT},
        by_month=True,
    ),
    Cube(
        LeadOutcome,
        Subject.OUTCOMES,
        _outcomes,
        LEAD_BASES,
        _same("is_advertising", "deal_state", "deal_currency", "shared_deal"),
        {"count": COUNT, "amount": DEAL_AMOUNT},
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
        lambda _basis, _zone: stays_of(Deal.objects.present()),
        {basis: f"deal__{field}" for basis, field in DEAL_BASES.items()},
        {"pipeline": "deal__pipeline", "stage": "from_stage", "length": "length"},
        {"count": COUNT},
    ),
    Cube(
        DealMove,
        Subject.MOVES,
        lambda basis, _zone: moves_of(Deal.objects.present(), basis),
        {ENTERED: "at", LEFT: "at"},
        OF_MOVES | {"owner": "deal__owner"},
        {"count": COUNT, "amount": DEAL_AMOUNT},
    ),
    SharesCube(
        DealShare,
        Subject.SHARES,
        lambda basis, _zone: worth(Deal.objects.present(), basis),
        DEAL_BASES,
        _same("dimension", "value", "non_advertising", "currency", "touch_count"),
        {name: Measure(None, Sum(name)) for name in (*COUNTS, *SUMS.values())},
    ),
)


def of_model(model: type[Cell]) -> Cube:
    return next(cube for cube in CUBES if cube.model is model)


def of_subject(subject: Subject) -> list[Cube]:
    return [cube for cube in CUBES if cube.subject == subject]
