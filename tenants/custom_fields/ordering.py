"""Lists in the order of a custom field: by the index of FieldValue, records without a value last in either direction."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy

from core.listing.keyset import Cursor, Sort
from tenants.custom_fields.holding import is_empty
from tenants.models import CustomField, FieldValue

HELD = "held_value"  # the sort's field: rows in such an order are given it beside their columns


@dataclasses.dataclass(frozen=True, slots=True)
class FieldSort(Sort):
    """The order of a custom field's values. Its cursor's value is what the index holds, None among the empty ones."""

    custom: CustomField

    def place_of(self, record: Any) -> str | None:
        held: str | None = self._values().filter(record_id=record.pk).values_list("held", flat=True).first()
        return held

    def expression(self) -> Any:
        return Subquery(self._values().filter(record_id=OuterRef("pk")).values("held"))

    def part(
        self, rows: QuerySet[Any], whole: QuerySet[Any], cursor: Cursor | None, size: int
    ) -> QuerySet[Any]:
        """Find the ids by the index first, two queries at most; only those rows are then put in their order."""
        ids: list[uuid.UUID] = []
        for part in self.beyond(rows, cursor):
            if len(ids) < size:
                ids += part[: size - len(ids)]
        is_back = cursor is not None and cursor.is_back
        sign, _compare = self._direction(is_back)
        nulls = {"nulls_first": True} if is_back else {"nulls_last": True}
        order = OrderBy(F(self.field), descending=bool(sign), **nulls)
        found = whole.filter(pk__in=ids).annotate(**{self.field: self.expression()})
        return found.order_by(order, f"{sign}pk")

    def beyond(self, rows: QuerySet[Any], cursor: Cursor | None) -> list[QuerySet[Any]]:
        """Give the ids on the way: first those with a value, then those without; going back the other way round."""
        is_back = cursor is not None and cursor.is_back
        is_among_empty = cursor is not None and cursor.value is None
        parts = [self._empty, self._held] if is_back else [self._held, self._empty]
        if is_among_empty != is_back:  # the first of them lies behind
            parts = parts[1:]
        return [part(rows, None if place else cursor, is_back) for place, part in enumerate(parts)]

    def _values(self) -> QuerySet[FieldValue]:
        return FieldValue.objects.filter(field=self.custom.key)

    def _held(self, rows: QuerySet[Any], cursor: Cursor | None, is_back: bool) -> QuerySet[Any]:
        sign, compare = self._direction(is_back)
        found = self._values().filter(record_id__in=rows.order_by().values("pk"))
        if cursor is not None:
            found = found.filter(
                Q(**{f"held__{compare}e": cursor.value}),
                Q(**{f"held__{compare}": cursor.value}) | Q(**{f"record_id__{compare}": cursor.id}),
            )
        return found.order_by(f"{sign}held", f"{sign}record_id").values_list("record_id", flat=True)

    def _empty(self, rows: QuerySet[Any], cursor: Cursor | None, is_back: bool) -> QuerySet[Any]:
        sign, compare = self._direction(is_back)
        found = rows.filter(is_empty(self.custom))
        if cursor is not None:
            found = found.filter(**{f"pk__{compare}": cursor.id})
        return found.order_by(f"{sign}pk").values_list("pk", flat=True)

    def _direction(self, is_back: bool) -> tuple[str, str]:
        return ("-", "lt") if self.is_descending != is_back else ("", "gt")
