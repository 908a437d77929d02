"""The board by something else than stages: the pipeline's open deals by responsible, source, month …"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.http import urlencode

from deals import cards
from deals.board import PAGE_SIZE, BoardReader, Lane, Row
from deals.grouping import Grouping
from deals.models import Deal, Stage
from deals.models.deals import DealQuerySet
from deals.sums import Totals

MAX_LANES = 40  # beyond them a board cannot be read: the list shows every group


class GroupedReader(BoardReader):
    """Reads the open deals of a pipeline in columns by a grouping, the newest on top."""

    def __init__(self, *, grouping: Grouping, **options: Any) -> None:
        self.grouping = grouping
        super().__init__(**options)
        self._lanes: list[Lane] | None = None

    def _narrowed(self, deals: DealQuerySet) -> DealQuerySet:
        self.stages = [stage for stage in self.stages if stage.kind == Stage.Kind.OPEN]
        return deals.filter(stage__in=self.stages).annotate(lane=self.grouping.expression)

    def _card_fields(self) -> list[str]:
        return [*self.pipeline.card_fields, "stage"]

    def _place(self) -> Callable[[Row], tuple[str, str]]:
        # Ids begin with the moment they were made at: the newest first, as the query orders them
        return lambda row: (self.grouping.key_of(row["lane"]), str(-(row["id"].int >> 80)))

    def lanes(self, totals: Mapping[str, Totals]) -> list[Lane]:
        if self._lanes is None:
            keys = {*totals, *self.grouping.always()}
            self._lanes = [self._lane(key, name) for key, name in self.grouping.ordered(keys)]
        return self._lanes[:MAX_LANES]

    def _open_keys(self, totals: Mapping[str, Totals]) -> Iterable[str]:
        return totals

    @property
    def hidden_count(self) -> int:
        return max(0, len(self._lanes or ()) - MAX_LANES)

    def _lane(self, key: str, name: str) -> Lane:
        query = {"state": Stage.Kind.OPEN.value} | self.grouping.params(key)
        return Lane(key=key, name=name, query=urlencode(query))

    def lane(self, key: str) -> Lane | None:
        found = self.grouping.ordered([key]) if self.grouping.is_key(key) else []
        return self._lane(*found[0]) if found else None

    def _keyed(self) -> tuple[DealQuerySet, str]:
        return self.deals, "lane"

    def _key_of(self, value: Any) -> str:
        return self.grouping.key_of(value)

    def _reads(self) -> Sequence[str]:
        return (*cards.READS, "lane")

    def _cards_of(self, lane: Lane) -> DealQuerySet:
        return self.deals.filter(self.grouping.condition(lane.key)).order_by("-id")

    def cursor_of(self, row: Row) -> str:
        return str(row["id"])

    def _after(self, rows: DealQuerySet, cursor: str) -> DealQuerySet:
        try:
            return rows.filter(pk__lt=uuid.UUID(cursor))
        except ValueError:
            return rows

    def _first_cards(self) -> dict[str, list[dict[str, Any]]]:
        """Read the first cards of every column: one query numbers them, one reads them."""
        place = Window(RowNumber(), partition_by=F("lane"), order_by=F("id").desc())
        numbered = self.deals.order_by().annotate(place=place).filter(place__lte=PAGE_SIZE)
        lanes = dict(numbered.values_list("pk", "lane"))
        found: dict[str, list[dict[str, Any]]] = {}
        for row in Deal.objects.filter(pk__in=list(lanes)).order_by("-id").values(*cards.READS):
            row["lane"] = lanes[row["id"]]
            found.setdefault(self.grouping.key_of(row["lane"]), []).append(row)
        return found
