"""Deals shared out among the inquiries they are owed to (R8): from cells, and from the rows where no cell answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg2.errors import QueryCanceled

from core.errors import Refusal
from core.zones import company_zone
from reports.attribution import IS_SHARED, Model, weights
from reports.models import DealShare
from reports.periods import Period
from reports.rollups import shares as sql
from reports.rollups.asking import sees_every_deal
from reports.rollups.cubes import DEAL_BASES, Cube, of_model
from reports.rollups.reading import apart, of_spans, within
from reports.rollups.shares import COUNTS, CREATED, SUMS, WHOLE, WON, Select
from reports.rollups.spans import Spans, first_cell, reach_of, whole
from tenants.models import Membership

# Deals of a period that are shared out from their rows: so many take as long as a page may ask one question
MOST_FROM_ROWS = 60_000
NARROWING = ("source", "no_source", "source_group", "no_source_group", "campaign", "no_campaign")


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """Deals that have equally many touches, and what they have in common; money by the asked model."""

    dimension: str
    value: str
    currency: str
    touch_count: int
    count: int
    firsts: int
    lasts: int
    touches: int
    revenue: Decimal

    def share(self, model: Model) -> Fraction:
        """How many deals the touches of this value amount to."""
        parts = weights(model, self.touch_count)
        if self.touch_count == 1:
            return Fraction(self.touches)
        between = self.touches - self.firsts - self.lasts
        return self.firsts * parts[0] + self.lasts * parts[-1] + (between * parts[1] if between else 0)

    def rows(self, model: Model) -> int:
        """How many deals they have a share in."""
        return {Model.FIRST: self.firsts, Model.LAST: self.lasts}.get(model, self.count)


@dataclasses.dataclass(frozen=True, slots=True)
class Earned:
    """What deals won on a day brought to a value, by the asked model."""

    day: dt.date
    dimension: str
    value: str
    currency: str
    revenue: Decimal


Told = TypeVar("Told", Line, Earned)


class TooManyDeals(Refusal):
    """More deals would have to be shared out from their rows than a page may ask for."""

    code = "too_many_deals"

    def default_message(self) -> str | Promise:
        return _(
            "With these filters too many deals are shared out one by one. Choose a shorter period or take filters away."
        )


class Shares:
    """The shares of deals that one address asks for: by one dimension, and of all that pass its filters together."""

    def __init__(
        self, member: Membership, deals: Any, asked: QueryDict, dimension: str, model: Model
    ) -> None:
        """`deals` are those the member sees; `asked` are filters of touches, which are known to be well written."""
        self.deals, self.dimension, self.model = deals, dimension, model
        self.non_advertising = bool(asked.get("non_advertising"))
        self.kept = kept(asked)
        is_of_all = sees_every_deal(member) and not deals.query.is_empty()
        self.values = values_of(asked, dimension, model) if is_of_all else None
        self.reach = reach_of(self.cube.subject) if self.values is not None else None
        self._lines: dict[tuple[str, Period], list[Line]] = {}
        self._live: dict[tuple[str, Period], list[tuple[dt.date, Line]]] = {}

    @property
    def cube(self) -> Cube:
        return of_model(DealShare)

    def deals_of(self, basis: str, period: Period) -> int:
        """Count the deals created in a period, or won in it, in which anything has a share."""
        return sum(line.rows(self.model) for line in self.lines(basis, period) if line.dimension == WHOLE)

    def lines(self, basis: str, period: Period) -> list[Line]:
        """Count the deals created in a period, or won in it, by their values and together."""
        if (basis, period) not in self._lines:
            self._lines[basis, period] = self._counted(basis, period)
        return self._lines[basis, period]

    def _counted(self, basis: str, period: Period) -> list[Line]:
        spans = self._spans(basis, period)
        found = [line for _day, line in self._from_rows(basis, period, spans)]
        if spans.months or spans.days:
            columns = ("dimension", "value", "currency", "touch_count")
            sums = {name: Sum(name) for name in (*COUNTS, self._sum)}
            cells = (
                self._cells(basis, spans).values(*columns).annotate(**{f"m_{n}": s for n, s in sums.items()})
            )
            rows = cells.values_list(*columns, *(f"m_{name}" for name in sums))
            found += self._with_whole(Line(*row) for row in rows)
        return found

    def earned(self, period: Period) -> Iterator[Earned]:
        """Tell the revenue of a period day by day."""
        spans = self._spans(WON, period, by_day=True)
        for day, line in self._from_rows(WON, period, self._spans(WON, period)):
            yield Earned(day, line.dimension, line.value, line.currency, line.revenue)
        columns = ("starts_on", "dimension", "value", "currency")
        cells = self._cells(WON, spans).values(*columns).annotate(revenue=Sum(self._sum))
        if spans.days:
            yield from self._with_whole(Earned(*row) for row in cells.values_list(*columns, "revenue"))

    def _with_whole(self, told: Iterable[Told]) -> Iterator[Told]:
        """Tell what cells of chosen values are together, which no cell holds: each deal is in one of them."""
        for one in told:
            yield one
            if self.values:
                yield dataclasses.replace(one, dimension=WHOLE, value="")

    # --- Where from --------------------------------------------------------------------------------------
    @property
    def _sum(self) -> str:
        return SUMS[self.model]

    @cached_property
    def _begins(self) -> Mapping[str, dt.date | None]:
        return {basis: first_cell(self.cube, basis) for basis in (CREATED, WON)}

    def _spans(self, basis: str, period: Period, *, by_day: bool = False) -> Spans:
        if self.reach is None:
            return whole(period)
        return self.reach.spans(self.cube, self._begins[basis], period, by_day=by_day)

    def _cells(self, basis: str, spans: Spans) -> Any:
        return DealShare.objects.filter(
            of_spans(spans),
            Q(dimension=self.dimension, value__in=self.values)
            if self.values
            else Q(dimension__in=(self.dimension, WHOLE)),
            basis=basis,
            non_advertising=self.non_advertising,
        ).order_by()

    def _from_rows(self, basis: str, period: Period, spans: Spans) -> list[tuple[dt.date, Line]]:
        """Share out the deals of those days that no cell answers for: (day, line)."""
        if (basis, period) not in self._live:
            self._live[basis, period] = list(self._shared_out(basis, spans))
        return self._live[basis, period]

    def _shared_out(self, basis: str, spans: Spans) -> Iterator[tuple[dt.date, Line]]:
        field = DEAL_BASES[basis]
        rows = sql.worth(self.deals, basis).annotate(place=TruncDate(field, tzinfo=company_zone()))
        for moments in apart(spans.live):
            deals = within(rows, field, moments)
            if self.reach is None and deals.order_by().count() > MOST_FROM_ROWS:
                raise TooManyDeals
            for place, dimension, value, _audience, *told in self._rows_of(deals):
                currency, touch_count, count, firsts, lasts, touches, *sums = told
                revenue = sums[list(SUMS).index(self.model)]
                yield (
                    place,
                    Line(dimension, value, currency, touch_count, count, firsts, lasts, touches, revenue),
                )

    def _rows_of(self, deals: Any) -> list[tuple[Any, ...]]:
        dimensions = (self.dimension, WHOLE)
        try:
            select = sql.shares(
                deals, dimensions=dimensions, audiences=[self.non_advertising], kept=self.kept
            )
        except EmptyResultSet:
            return []
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(*select)
                found: list[tuple[Any, ...]] = cursor.fetchall()
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):  # it took longer than a page may ask
                raise TooManyDeals from error
            raise
        return found


def values_of(asked: QueryDict, dimension: str, model: Model) -> list[str] | None:
    """List the values of a dimension that cells have to be narrowed to, none for all; None where no cell can tell.

    Cells know one dimension. Deals that several values share would be counted with each of them.
    """
    narrowing = {name for name in NARROWING if any(asked.getlist(name))}
    if not narrowing:
        return []
    if len(narrowing) > 1 or narrowing & {dimension, f"no_{dimension}"} != narrowing:
        return None
    if f"no_{dimension}" in narrowing:
        return [""]
    found = {value for value in asked.getlist(dimension) if value}
    return None if len(found) > 1 and model in IS_SHARED else sorted(found)


def kept(asked: QueryDict) -> Select:
    """Read the filters of the page as a condition on a touch `o` and its source `s`, as `deals.touches.condition` does."""
    conditions, params = ["true"], list[Any]()
    for name, column in (("source", "o.source_id"), ("source_group", "s.group_id")):
        if ids := [*filter(None, asked.getlist(name))]:
            conditions.append(f"{column} = ANY(%s::uuid[])")
            params.append(ids)
        if asked.get(f"no_{name}"):
            conditions.append(f"{column} IS NULL")
    if campaign := asked.get("campaign"):
        conditions.append("o.campaign = %s")
        params.append(campaign)
    if asked.get("no_campaign"):
        conditions.append("o.campaign = ''")
    return " AND ".join(conditions), params
