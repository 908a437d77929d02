"""What the board shows: totals of all columns by one GROUP BY, first cards of all columns by two queries."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from deals import cards, rights
from deals.filters import NEXT_STEPS, next_step_condition
from deals.models import Deal, Pipeline, Stage
from deals.models.deals import DealQuerySet
from tenants.models import Membership

PAGE_SIZE = 20
CLOSED_DAYS = 30
Sums = dict[str, Decimal]  # currency -> sum: currencies are never added to each other
Link = Callable[..., str]


@dataclasses.dataclass(slots=True)
class Totals:
    """Figures of one column, or of several together."""

    count: int = 0
    sums: Sums = dataclasses.field(default_factory=dict)
    steps: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, count: int, sums: Sums, steps: Mapping[str, int]) -> None:
        self.count += count
        for currency, amount in sums.items():
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + amount
        for name, value in steps.items():
            self.steps[name] = self.steps.get(name, 0) + value


@dataclasses.dataclass(frozen=True, slots=True)
class BarPart:
    """One part of a column's activity bar: a link that filters the board by it."""

    name: str
    share: int  # 1-100, the class fx-…
    text: str
    url: str
    is_on: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The head of a column, ready to print."""

    id: str
    name: str
    kind: str
    color: int
    count: str
    is_over_limit: bool
    limit_note: str
    time_note: str
    money: str
    weighted: str
    weighted_title: str
    bar: Sequence[BarPart]
    is_locked: bool  # the member only sees the deals that stand there
    may_enter: bool  # and brings others in, or doesn't


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    head: Head
    cards: Sequence[dict[str, Any]]
    more_count: int
    more_after: str  # cursor of 'show more'


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """Figures of all open columns, for the page's head."""

    count: int
    text: str
    money: str
    tabs: Sequence[dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Board:
    columns: Sequence[Column]
    summary: Summary


class BoardReader:
    """Reads one pipeline's board for a filtered set of deals the member may see."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        deals: DealQuerySet,
        member: Membership,
        now: dt.datetime,
        link: Link,
        chosen_steps: Iterable[str] = (),
        query: str = "",
        may_edit: bool = False,
    ) -> None:
        """`link(next=…)` builds the board's address with a filter changed; `query` is the cards' way back."""
        self.pipeline, self.now, self.link = pipeline, now, link
        self.chosen_steps = set(chosen_steps)
        self._links: dict[str, str] = {}
        self.member = member
        shown = Stage.objects.shown().filter(pipeline=pipeline).order_by("position", "id")
        self.stages = [stage for stage in shown if rights.may_see(member, stage)]
        recent = Q(state=Stage.Kind.OPEN) | Q(closed_at__gte=now - dt.timedelta(days=CLOSED_DAYS))
        self.deals = deals.present().filter(recent)
        self.format = cards.formatter(
            card_fields=pipeline.card_fields,
            stages=self.stages,
            now=now,
            query=query,
            movable=[stage.pk for stage in self.stages if may_edit and rights.may_change(member, stage)],
        )

    def read(self) -> Board:
        """Read everything: four queries."""
        totals = self.totals()
        rows = self._first_cards()
        columns = [self._column(stage, totals[stage.pk], rows.get(stage.pk, [])) for stage in self.stages]
        return Board(columns, self.summary(totals))

    def totals(self) -> dict[uuid.UUID, Totals]:
        """Count and sum every shown column; one GROUP BY."""
        found = {stage.pk: Totals() for stage in self.stages}
        # Counted by columns the index holds, so that no row is visited
        steps = {
            name: Count("tenant", filter=next_step_condition(name, self.now)) for name, _label in NEXT_STEPS
        }
        rows = (
            self.deals.filter(stage__in=self.stages)
            .order_by()
            .values("stage_id", "currency")
            .annotate(count=Count("*"), amount=Sum("amount"), **{f"step_{k}": v for k, v in steps.items()})
        )
        for row in cast("Iterable[dict[str, Any]]", rows):
            counts = {name: row[f"step_{name}"] for name, _label in NEXT_STEPS}
            sums = {row["currency"]: row["amount"]} if row["amount"] is not None else {}
            found[row["stage_id"]].add(row["count"], sums, counts)
        return found

    def heads(self, totals: Mapping[uuid.UUID, Totals]) -> list[Head]:
        """Format the heads of all columns."""
        return [self._head(stage, totals[stage.pk]) for stage in self.stages]

    def cards(self, ids: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
        """Format the cards of these deals that the board still shows; one query."""
        rows = self.deals.filter(pk__in=list(ids), stage__in=self.stages)
        return [self.format(row) for row in rows.values(*cards.READS)]

    def more(self, stage: Stage, after: str) -> tuple[list[dict[str, Any]], str]:
        """Format the next cards of a column, and the cursor behind them or nothing; one query."""
        rows = list(self._beyond(stage, after).values(*cards.READS)[: PAGE_SIZE + 1])
        shown = rows[:PAGE_SIZE]
        return [self.format(row) for row in shown], cursor_of(shown[-1]) if len(rows) > PAGE_SIZE else ""

    def count_beyond(self, stage: Stage, after: str) -> int:
        """Count what 'show more' still holds back; one query."""
        return self._beyond(stage, after).order_by().count() if after else 0

    def summary(self, totals: Mapping[uuid.UUID, Totals]) -> Summary:
        """Add the open columns up."""
        whole = Totals()
        for stage in self.stages:
            if not stage.is_closed:
                part = totals[stage.pk]
                whole.add(part.count, part.sums, part.steps)
        text = ngettext("%(count)s deal", "%(count)s deals", whole.count) % {
            "count": formats.number(whole.count)
        }
        return Summary(
            whole.count,
            text,
            self._money(whole.sums),
            [self._tab(n, whole) for n in ("late", "today", "none")],
        )

    def _beyond(self, stage: Stage, after: str) -> DealQuerySet:
        rows = self.deals.filter(stage=stage).order_by("rank", "id")
        place = read_cursor(after)
        if place is None:
            return rows
        rank, pk = place
        return rows.filter(rank__gte=rank).filter(Q(rank__gt=rank) | Q(pk__gt=pk))

    def _first_cards(self) -> dict[uuid.UUID, list[dict[str, Any]]]:
        """Read the first cards of every column: one query walks each column's index and stops, one reads the cards."""
        first = self.deals.filter(stage=OuterRef("pk")).order_by("rank", "id").values("pk")[:PAGE_SIZE]
        columns: Any = Stage.objects.filter(pk__in=[stage.pk for stage in self.stages])
        ids = columns.order_by().annotate(first=ArraySubquery(first)).values_list("first", flat=True)
        wanted = [
            pk for found_ids in ids for pk in found_ids or ()
        ]  # a filter that finds nothing gives no array
        found: dict[uuid.UUID, list[dict[str, Any]]] = {stage.pk: [] for stage in self.stages}
        for row in Deal.objects.filter(pk__in=wanted).values(*cards.READS):
            found[row["stage_id"]].append(row)
        return found

    def _column(self, stage: Stage, totals: Totals, rows: list[dict[str, Any]]) -> Column:
        rows.sort(key=lambda row: (row["rank"], row["id"]))
        hidden = max(0, totals.count - len(rows))
        return Column(
            head=self._head(stage, totals),
            cards=[self.format(row) for row in rows],
            more_count=hidden,
            more_after=cursor_of(rows[-1]) if hidden and rows else "",
        )

    def _head(self, stage: Stage, totals: Totals) -> Head:
        limit = stage.card_limit
        count = formats.number(totals.count)
        weighted = {c: amount * stage.probability_percent / 100 for c, amount in totals.sums.items()}
        is_weighted = not stage.is_closed and bool(totals.sums)
        return Head(
            id=str(stage.pk),
            name=stage.name,
            kind=stage.kind,
            color=stage.color,
            count=f"{count}/{formats.number(limit)}" if limit else count,
            is_over_limit=bool(limit) and totals.count > (limit or 0),
            limit_note=_("At most %(count)s cards") % {"count": limit} if limit else "",
            time_note=_("Time limit %(time)s") % {"time": cards.hours(stage.time_limit_h)}
            if stage.time_limit_h
            else "",
            money=self._money(totals.sums),
            weighted=self._money(weighted, is_short=True) if is_weighted else "",
            weighted_title=_("Weighted: the sum times the stage's probability, %(percent)s")
            % {"percent": formats.percent(stage.probability_percent)},
            bar=self._bar(totals) if not stage.is_closed else (),
            is_locked=not rights.may_change(self.member, stage),
            may_enter=rights.may_enter(self.member, stage),
        )

    def _bar(self, totals: Totals) -> list[BarPart]:
        largest = max(totals.steps.values(), default=0)
        scale = 1 if largest <= 100 else 100 / largest
        return [
            BarPart(
                name=name,
                share=max(1, round(totals.steps[name] * scale)),
                text=f"{label}: {formats.number(totals.steps[name])}",
                url=self._toggled(name),
                is_on=name in self.chosen_steps,
            )
            for name, label in NEXT_STEPS
            if totals.steps.get(name)
        ]

    def _tab(self, name: str, totals: Totals) -> dict[str, Any]:
        return {
            "name": name,
            "label": dict(NEXT_STEPS)[name],
            "count": formats.number(totals.steps.get(name, 0)),
            "url": self._toggled(name),
            "is_on": name in self.chosen_steps,
            "is_hot": name == "late" and totals.steps.get(name, 0) > 0,
        }

    def _toggled(self, name: str) -> str:
        """Build the address with a next step chosen, or with none when it is; the same for every column."""
        found = self._links.get(name)
        if found is None:
            found = self._links[name] = self.link(next=None if self.chosen_steps == {name} else name)
        return found

    def _money(self, sums: Sums, *, is_short: bool = False) -> str:
        """Write the sums, the pipeline's own currency first."""
        write = formats.money_short if is_short else formats.money
        order = sorted(sums, key=lambda currency: (currency != self.pipeline.currency, currency))
        return " + ".join(
            write(sums[currency] if is_short else _whole(sums[currency]), currency) for currency in order
        )


def _whole(amount: Decimal) -> Decimal:
    """Drop the kopecks of a sum: a column's head is no invoice."""
    return amount.quantize(Decimal(1))


def cursor_of(row: Mapping[str, Any]) -> str:
    """Write the place after a card."""
    return f"{row['rank']!r}_{row['id']}"


def read_cursor(text: str) -> tuple[float, uuid.UUID] | None:
    """Read a place; None for anything that isn't one."""
    rank, _sep, pk = text.partition("_")
    try:
        return float(rank), uuid.UUID(pk)
    except ValueError:
        return None
