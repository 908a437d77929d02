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
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from deals import cards, rights
from deals.filters import NEXT_STEPS, next_step_condition
from deals.models import Deal, Pipeline, Stage
from deals.models.deals import DealQuerySet
from deals.sums import Purse, Totals, weighed
from tenants.models import Membership
from tenants.rates import rates_on

PAGE_SIZE = 20
CLOSED_DAYS = 30
Link = Callable[..., str]
Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Lane:
    """A column: a stage, or a group of another kind."""

    key: str
    name: str
    query: str  # finds its deals in the list, beside the board's own filters
    kind: str = Stage.Kind.OPEN
    color: int = 0
    card_limit: int | None = None
    is_limit_strict: bool = False
    time_limit_h: int | None = None
    probability_percent: int | None = None
    is_locked: bool = False  # the member only sees the deals that stand there
    may_enter: bool = False  # and brings others in, or doesn't

    @property
    def is_closed(self) -> bool:
        return self.kind != Stage.Kind.OPEN


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
    is_full: bool  # and takes no more
    limit_note: str
    time_note: str
    money: str
    together: str  # the same as one sum, where the day's rates are known
    rates: str
    weighted: str
    weighted_title: str
    bar: Sequence[BarPart]
    is_locked: bool
    may_enter: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    head: Head
    cards: Sequence[dict[str, Any]]
    more_count: int
    more_after: str  # cursor of 'show more'
    query: str  # of the list of the column's deals


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """Figures of all open columns, for the page's head."""

    count: int
    text: str
    money: str
    together: str
    rates: str
    missing: str  # why the sums aren't added up
    tabs: Sequence[dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Board:
    columns: Sequence[Column]
    summary: Summary


class BoardReader:
    """Reads one pipeline's board for a filtered set of deals the member may see; its columns are stages."""

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
        self.pipeline, self.member, self.now, self.link = pipeline, member, now, link
        self.chosen_steps = set(chosen_steps)
        self._links: dict[str, str] = {}
        shown = Stage.objects.shown().filter(pipeline=pipeline).order_by("position", "id")
        self.stages = [stage for stage in shown if rights.may_see(member, stage)]
        self.deals = self._narrowed(deals.present())
        self.purse = Purse(pipeline.currency, lambda: rates_on(member.tenant, timezone.localdate(now)))
        self.format = cards.formatter(
            card_fields=self._card_fields(),
            stages=self.stages,
            now=now,
            query=query,
            movable=[stage.pk for stage in self.stages if may_edit and rights.may_change(member, stage)],
            place=self._place(),
        )

    # --- What the columns are; another reader has others ---------------------------------------------
    def _narrowed(self, deals: DealQuerySet) -> DealQuerySet:
        """Leave out what was closed long ago."""
        recent = Q(state=Stage.Kind.OPEN) | Q(closed_at__gte=self.now - dt.timedelta(days=CLOSED_DAYS))
        return deals.filter(recent)

    def _card_fields(self) -> list[str]:
        return self.pipeline.card_fields

    def _place(self) -> Callable[[Row], tuple[str, str]] | None:
        """Say where a card stands; None: in its stage, by its rank."""
        return None

    def lanes(self, totals: Mapping[str, Totals]) -> list[Lane]:
        """Name the columns in their order."""
        return [
            Lane(
                key=str(stage.pk),
                name=stage.name,
                query=f"stage={stage.pk}",
                kind=stage.kind,
                color=stage.color,
                card_limit=stage.card_limit,
                is_limit_strict=stage.is_limit_strict and stage.card_limit is not None,
                time_limit_h=stage.time_limit_h,
                probability_percent=stage.probability_percent,
                is_locked=not rights.may_change(self.member, stage),
                may_enter=rights.may_enter(self.member, stage),
            )
            for stage in self.stages
        ]

    def _open_keys(self, totals: Mapping[str, Totals]) -> Iterable[str]:
        """Tell the columns the page's head adds up."""
        return [str(stage.pk) for stage in self.stages if not stage.is_closed]

    def lane(self, key: str) -> Lane | None:
        """Find a column by the key in an address."""
        return next((lane for lane in self.lanes({}) if lane.key == key), None)

    def _keyed(self) -> tuple[DealQuerySet, str]:
        """Give the shown deals, and the name of what tells their columns apart."""
        return self.deals.filter(stage__in=self.stages), "stage_id"

    def _key_of(self, value: Any) -> str:
        return str(value)

    def _cards_of(self, lane: Lane) -> DealQuerySet:
        """Give a column's deals in their order."""
        return self.deals.filter(stage=uuid.UUID(lane.key)).order_by("rank", "id")

    def cursor_of(self, row: Row) -> str:
        """Write the place after a card."""
        return f"{row['rank']!r}_{row['id']}"

    def _after(self, rows: DealQuerySet, cursor: str) -> DealQuerySet:
        place = read_cursor(cursor)
        if place is None:
            return rows
        rank, pk = place
        return rows.filter(rank__gte=rank).filter(Q(rank__gt=rank) | Q(pk__gt=pk))

    def _first_cards(self) -> dict[str, list[dict[str, Any]]]:
        """Read the first cards of every column: one query walks each column's index and stops, one reads the cards."""
        first = self.deals.filter(stage=OuterRef("pk")).order_by("rank", "id").values("pk")[:PAGE_SIZE]
        columns: Any = Stage.objects.filter(pk__in=[stage.pk for stage in self.stages])
        ids = columns.order_by().annotate(first=ArraySubquery(first)).values_list("first", flat=True)
        wanted = [
            pk for found_ids in ids for pk in found_ids or ()
        ]  # a filter that finds nothing gives no array
        found: dict[str, list[dict[str, Any]]] = {}
        for row in Deal.objects.filter(pk__in=wanted).values(*cards.READS):
            found.setdefault(str(row["stage_id"]), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row["rank"], row["id"]))
        return found

    @property
    def hidden_count(self) -> int:
        """How many columns found no room."""
        return 0

    # --- Reading --------------------------------------------------------------------------------------
    def read(self) -> Board:
        """Read everything: four queries, one more for rates where there are several currencies."""
        totals = self.totals()
        rows = self._first_cards()
        columns = [self._column(lane, totals, rows.get(lane.key, [])) for lane in self.lanes(totals)]
        return Board(columns, self.summary(totals))

    def totals(self) -> dict[str, Totals]:
        """Count and sum every column; one GROUP BY."""
        deals, key = self._keyed()
        # Counted by columns the index holds, so that no row is visited
        steps = {
            name: Count("tenant", filter=next_step_condition(name, self.now)) for name, _label in NEXT_STEPS
        }
        rows = (
            deals.order_by()
            .values(key, "stage_id", "currency")
            .annotate(count=Count("*"), amount=Sum("amount"), **{f"step_{k}": v for k, v in steps.items()})
        )
        chances = {stage.pk: stage.probability_percent for stage in self.stages}
        found: dict[str, Totals] = {}
        for row in cast("Iterable[dict[str, Any]]", rows):
            sums = {row["currency"]: cast("Decimal", row["amount"])} if row["amount"] is not None else {}
            counts = {name: row[f"step_{name}"] for name, _label in NEXT_STEPS}
            part = found.setdefault(self._key_of(row[key]), Totals())
            part.add(row["count"], sums, weighed(sums, chances[row["stage_id"]]), counts)
        return found

    def heads(self, totals: Mapping[str, Totals]) -> list[Head]:
        """Format the heads of all columns."""
        return [self._head(lane, totals.get(lane.key, Totals())) for lane in self.lanes(totals)]

    def cards(self, ids: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
        """Format the cards of these deals that the board still shows; one query."""
        rows = self._keyed()[0].filter(pk__in=list(ids))
        return [self.format(row) for row in rows.values(*self._reads())]

    def _reads(self) -> Sequence[str]:
        return cards.READS

    def more(self, lane: Lane, after: str) -> tuple[list[dict[str, Any]], str]:
        """Format the next cards of a column, and the cursor behind them or nothing; one query."""
        rows = list(self._after(self._cards_of(lane), after).values(*self._reads())[: PAGE_SIZE + 1])
        shown = rows[:PAGE_SIZE]
        return [self.format(row) for row in shown], self.cursor_of(shown[-1]) if len(rows) > PAGE_SIZE else ""

    def count_beyond(self, lane: Lane, after: str) -> int:
        """Count what 'show more' still holds back; one query."""
        return self._after(self._cards_of(lane), after).order_by().count() if after else 0

    # --- Writing --------------------------------------------------------------------------------------
    def summary(self, totals: Mapping[str, Totals]) -> Summary:
        """Add the open columns up."""
        whole = Totals()
        for key in self._open_keys(totals):
            whole.include(totals.get(key, Totals()))
        text = ngettext("%(count)s deal", "%(count)s deals", whole.count) % {
            "count": formats.number(whole.count)
        }
        return Summary(
            whole.count,
            text,
            self.purse.beside(whole.sums),
            self.purse.together(whole.sums),
            self.purse.rates_used(whole.sums),
            self.purse.missing(whole.sums),
            [self._tab(name, whole) for name in ("late", "today", "none")],
        )

    def _column(self, lane: Lane, totals: Mapping[str, Totals], rows: list[dict[str, Any]]) -> Column:
        figures = totals.get(lane.key, Totals())
        hidden = max(0, figures.count - len(rows))
        return Column(
            head=self._head(lane, figures),
            cards=[self.format(row) for row in rows],
            more_count=hidden,
            more_after=self.cursor_of(rows[-1]) if hidden and rows else "",
            query=lane.query,
        )

    def _head(self, lane: Lane, totals: Totals) -> Head:
        limit, count = lane.card_limit, formats.number(totals.count)
        is_weighted = not lane.is_closed and bool(totals.sums)
        return Head(
            id=lane.key,
            name=lane.name,
            kind=lane.kind,
            color=lane.color,
            count=f"{count}/{formats.number(limit)}" if limit else count,
            is_over_limit=bool(limit) and totals.count > (limit or 0),
            is_full=lane.is_limit_strict and totals.count >= (limit or 0),
            limit_note=_("At most %(count)s cards") % {"count": limit} if limit else "",
            time_note=_("Time limit %(time)s") % {"time": cards.hours(lane.time_limit_h)}
            if lane.time_limit_h
            else "",
            money=self.purse.beside(totals.sums),
            together=self.purse.together(totals.sums),
            rates=self.purse.rates_used(totals.sums),
            weighted=self.purse.short(totals.weighted) if is_weighted else "",
            weighted_title=self._weighted_title(lane),
            bar=self._bar(totals) if not lane.is_closed else (),
            is_locked=lane.is_locked,
            may_enter=lane.may_enter,
        )

    def _weighted_title(self, lane: Lane) -> str:
        if lane.probability_percent is None:
            return _("Weighted: every sum times the probability of its stage")
        return _("Weighted: the sum times the stage's probability, %(percent)s") % {
            "percent": formats.percent(lane.probability_percent)
        }

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


def read_cursor(text: str) -> tuple[float, uuid.UUID] | None:
    """Read a place; None for anything that isn't one."""
    rank, _sep, pk = text.partition("_")
    try:
        return float(rank), uuid.UUID(pk)
    except ValueError:
        return None
