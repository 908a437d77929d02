"""Reading figures: from cells where they can answer, from the rows where they can't, never twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Max, Min, Q, QuerySet

from core.listing.filters import PeriodFilterSet
from core.zones import company_zone
from deals.filters import DealFilterSet
from leads.filters import LeadFilterSet
from reports.models import Grain
from reports.periods import Period
from reports.rollups.asking import Question, cube_for
from reports.rollups.cubes import (
    COUNT,
    OF_MOVES,
    Cube,
    Measure,
    moves_of,
    on_the_clock,
    on_their_way,
    stays_of,
    with_answers,
)
from reports.rollups.spans import Moments, Spans, spans_of, whole
from tenants.models import Membership

MOST_APART = 3  # spans of rows that are asked for one by one
Part = tuple[tuple[Any, ...], tuple[Any, ...]]  # values of the dimensions, values of the measures
Figures = dict[tuple[Any, ...], tuple[Any, ...]]  # the former -> the latter


@dataclasses.dataclass(frozen=True, slots=True)
class Figured:
    """The rows a report is about, read from wherever it is cheapest.

    `rows` are all of them as the list finds them. With `cube`, `cells` are those of them that are counted beforehand
    and `spans` tell which days.
    """

    rows: Any  # the queryset of a list, with its own methods
    moment: str  # the field that tells the day of a row
    basis: str
    period: Period
    cube: Cube | None
    condition: Q
    paths: Mapping[str, str]  # column of a cell -> path on the rows
    divided: dict[bool, Spans] = dataclasses.field(default_factory=dict)  # by day or not

    @property
    def has_cells(self) -> bool:
        """Whether any day is read from cells; three queries at most."""
        spans = self._spans(by_day=False)
        return bool(spans.months or spans.days)

    def by(self, *columns: str, measures: Mapping[str, Measure] | None = None) -> Figures:
        """Add the measures up for each combination of columns; `count` without any. Seven queries at most."""
        wanted = measures or {"count": COUNT}
        return added(self._parts(columns, wanted, self._spans(by_day=False)))

    def counted(self, *columns: str, measures: Mapping[str, Measure]) -> Figures:
        """Add up what cells tell for each combination of columns; see `live` for the rest. Four queries at most."""
        return added(self._counted(columns, measures, self._spans(by_day=False)))

    def along(self, column: str, *columns: str) -> Iterator[tuple[tuple[Any, ...], dict[Any, int]]]:
        """Yield each combination of `columns` with the count of each value of `column`; some come more than once.

        PostgreSQL folds the values up: of rows by the ten thousand that differ in one column Python takes ten times as long.
        Seven queries at most.
        """
        for found in self._asked((*columns, column), {"count": COUNT}, self._spans(by_day=False)):
            yield from _folded(found, len(columns))

    def days(self, *columns: str, by_day: bool) -> Iterator[tuple[dt.date, tuple[Any, ...], int]]:
        """Yield (day, values, count) of the counted days, or of whole months; see `live` for the others."""
        if self.cube is None:
            return
        cells = self._cells(self._spans(by_day=by_day)).order_by()
        for row in cells.values_list("starts_on", *columns).annotate(n=COUNT.of_cells):
            yield row[0], tuple(row[1:-1]), row[-1]

    def ends(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last day with rows, in the company's zone; None without any. Three queries at most."""
        zone = company_zone()
        found: list[dt.date] = []
        if self.cube is not None:
            cells = self._cells(self._spans(by_day=True))
            found += cells.aggregate(a=Min("starts_on"), b=Max("starts_on")).values()
        moments = self.live(by_day=True).order_by().aggregate(a=Min(self.moment), b=Max(self.moment)).values()
        found += [moment.astimezone(zone).date() for moment in moments if moment]
        days = [day for day in found if day]
        return (min(days), max(days)) if days else None

    def live(self, *, by_day: bool) -> QuerySet[Any]:
        """The rows of those parts of the period that no cell answers for."""
        return within(self.rows, self.moment, self._spans(by_day=by_day).live)

    def _spans(self, *, by_day: bool) -> Spans:
        if self.cube is None:
            return whole(self.period)
        if by_day not in self.divided:
            self.divided[by_day] = spans_of(self.cube, self.basis, self.period, by_day=by_day)
        return self.divided[by_day]

    def _parts(self, columns: Sequence[str], measures: Mapping[str, Measure], spans: Spans) -> Iterator[Part]:
        for found in self._asked(columns, measures, spans):
            yield from _divided(found, len(columns))

    def _counted(
        self, columns: Sequence[str], measures: Mapping[str, Measure], spans: Spans
    ) -> Iterator[Part]:
        for found in self._asked_of_cells(columns, measures, spans):
            yield from _divided(found, len(columns))

    def _asked(
        self, columns: Sequence[str], measures: Mapping[str, Measure], spans: Spans
    ) -> Iterator[QuerySet[Any]]:
        """Yield the queries that together answer for the period: of rows, and of cells."""
        paths = {f"d_{name}": F(self.paths.get(name, name)) for name in columns}
        of_rows = {f"m_{name}": measure.of_rows for name, measure in measures.items()}
        for moments in apart(spans.live):
            live = within(self.rows, self.moment, moments).order_by()
            yield live.values(**paths).annotate(**of_rows).values_list(*paths, *of_rows)
        yield from self._asked_of_cells(columns, measures, spans)

    def _asked_of_cells(
        self, columns: Sequence[str], measures: Mapping[str, Measure], spans: Spans
    ) -> Iterator[QuerySet[Any]]:
        if self.cube is None or not (spans.months or spans.days):
            return
        of_cells = {f"m_{name}": measure.of_cells for name, measure in measures.items()}
        cells = self._cells(spans).order_by().values(*columns).annotate(**of_cells)
        yield cells.values_list(*columns, *of_cells)

    def _cells(self, spans: Spans) -> QuerySet[Any]:
        assert self.cube is not None
        return self.cube.model.objects.filter(self.condition, of_spans(spans), basis=self.basis)


def figured(
    rows: QuerySet[Any],
    *,
    filters: PeriodFilterSet,
    member: Membership,
    period: Period,
    columns: Iterable[str],
    basis: str,
    paths: Mapping[str, str],
    moment: str = "",
) -> Figured:
    """Find where to read from for a report that breaks rows down by no more than these columns.

    `rows` are those the filters find; with whatever else the columns need that no table has.
    """
    found = cube_for(Question(frozenset(columns), basis, member, filters))
    cube, condition = found if found and _has_days(filters, period, basis) else (None, Q())
    return Figured(rows, moment or filters.moment_field(), basis, period, cube, condition, paths)


def figured_leads(
    filters: LeadFilterSet, member: Membership, period: Period, columns: Iterable[str]
) -> Figured:
    """Read leads; their cells call the responsible of the deal `owner`."""
    columns, moment = {*columns}, filters.moment_field()
    return figured(
        _told(filters.qs, columns, moment),
        filters=filters,
        member=member,
        period=period,
        columns=columns,
        basis=_basis(filters, "received"),
        paths={"owner": "deal__owner"},
    )


def _told(leads: Any, columns: set[str], moment: str) -> Any:
    """Annotate those of the columns that no table has."""
    if columns & {"answer", "step"}:
        leads = with_answers(leads)
    if columns & {"weekday", "hour"}:
        leads = on_the_clock(leads, moment, company_zone())
    return leads


def figured_deals(
    filters: DealFilterSet, member: Membership, period: Period, columns: Iterable[str]
) -> Figured:
    """Read deals, with how far they came."""
    return figured(
        on_their_way(filters.qs),
        filters=filters,
        member=member,
        period=period,
        columns=columns,
        basis=_basis(filters, "created"),
        paths={},
    )


def figured_stays(filters: DealFilterSet, member: Membership, period: Period) -> Figured:
    """Read the finished stays of deals in stages."""
    return figured(
        stays_of(filters.qs),
        filters=filters,
        member=member,
        period=period,
        columns={"pipeline", "stage", "length"},
        basis=_basis(filters, "created"),
        paths={"pipeline": "deal__pipeline", "stage": "from_stage"},
        moment=f"deal__{filters.moment_field()}",
    )


def figured_moves(filters: DealFilterSet, member: Membership, period: Period, basis: str) -> Figured:
    """Read by the stages that deals came to, or that they left, in a period of the moves."""
    return figured(
        moves_of(filters.qs, basis),
        filters=filters,
        member=member,
        period=period,
        columns=OF_MOVES,
        basis=basis,
        paths=OF_MOVES,
        moment="at",
    )


def _basis(filters: PeriodFilterSet, usual: str) -> str:
    return str(filters.asked.cleaned_data.get("dates") or usual) if filters.asked.is_valid() else usual


def _has_days(filters: PeriodFilterSet, period: Period, basis: str) -> bool:
    """Say whether the rows asked for are those of days: without a period, rows without that date are asked for too."""
    is_endless = period.first is None and period.last is None
    return not is_endless or basis in ("received", "created")


def of_spans(spans: Spans) -> Q:
    """Build the condition on the cells of whole months and of days."""
    condition = Q(grain=Grain.MONTH, starts_on__in=spans.months) if spans.months else Q(pk__in=[])
    for first, last in spans.days:
        condition |= Q(grain=Grain.DAY, starts_on__range=(first, last))
    return condition


def _divided(rows: Iterable[Sequence[Any]], columns: int) -> Iterator[Part]:
    for row in rows:
        yield tuple(map(_hashable, row[:columns])), tuple(row[columns:])


def _folded(counts: QuerySet[Any], columns: int) -> Iterator[tuple[tuple[Any, ...], dict[Any, int]]]:
    """Read rows of (columns, one more, count) as (columns, counts of the one more)."""
    try:
        sql, params = counts.query.sql_with_params()
    except EmptyResultSet:
        return
    names = [f"c{place}" for place in range(columns)]
    told = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {told}, array_agg(value), array_agg(n) FROM ({sql}) found ({told}, value, n) GROUP BY {told}",  # noqa: S608
            params,
        )
        for *values, folded, numbers in cursor.fetchall():
            yield tuple(values), dict(zip(folded, numbers, strict=True))


def _hashable(value: Any) -> Any:
    """A row may have several values of one kind."""
    return tuple(value) if isinstance(value, list) else value


def apart(moments: Sequence[Moments]) -> Sequence[Sequence[Moments]]:
    """Ask for a few spans one by one: asked together for the ends of a year, PostgreSQL looks at all of it."""
    return [[one] for one in moments] if len(moments) <= MOST_APART else [moments]


def within(rows: QuerySet[Any], field: str, moments: Sequence[Moments]) -> QuerySet[Any]:
    """Narrow rows to moments of a field."""
    condition = Q(pk__in=[])
    for start, end in moments:
        part = Q(**{f"{field}__gte": start}) if start else Q()
        if end:
            part &= Q(**{f"{field}__lt": end})
        if not part:
            return rows
        condition |= part
    return rows.filter(condition)


def added(parts: Iterable[Part]) -> Figures:
    """Add up what was read for the same values in several places."""
    figures: Figures = {}
    for values, measures in parts:
        before = figures.get(values)
        figures[values] = tuple(a + b for a, b in zip(before, measures, strict=True)) if before else measures
    return figures
