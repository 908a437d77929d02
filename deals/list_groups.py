"""The list of deals in sections: every group with its count and sums, its first rows, and the way to the rest."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Sum, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import RowNumber

from core import formats
from core.listing import ListPage
from core.listing.page import PageRow
from deals.grouping import Grouping
from deals.models import Deal
from deals.sums import Purse, Totals, purse_of, weighed
from tenants.models import Tenant

ROWS = 10  # of a group, before its own list is opened
MAX_GROUPS = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """One section, ready to print."""

    key: str
    name: str
    count: int
    count_text: str
    money: str
    together: str
    rates: str
    weighted: str
    rows: Sequence[PageRow]
    url: str  # of the list of all its deals
    has_more: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Groups:
    groups: Sequence[Group]
    hidden_count: int  # groups beyond the limit
    missing: str  # why sums aren't added up
    rates: str


def read_groups(page: ListPage, grouping: Grouping, tenant: Tenant, *, now: dt.datetime) -> Groups:
    """Read the sections of a filtered list: the totals, the names and the first rows are a query each."""
    purse, totals = purse_of(tenant, now), _totals(page, grouping)
    named = grouping.ordered(totals)
    rows = _rows(page, grouping)
    whole = Totals()
    for part in totals.values():
        whole.include(part)
    return Groups(
        [_group(page, grouping, purse, key, name, totals[key], rows) for key, name in named[:MAX_GROUPS]],
        max(0, len(named) - MAX_GROUPS),
        purse.missing(whole.sums),
        purse.rates_used(whole.sums),
    )


def _totals(page: ListPage, grouping: Grouping) -> dict[str, Totals]:
    """Count and sum every group; what is closed weighs nothing but when it was won."""
    deals: Any = page.filterset.qs.annotate(lane=grouping.expression).order_by()
    counted = deals.values("lane", "currency", "stage__probability_percent")
    found: dict[str, Totals] = {}
    for row in counted.annotate(count=Count("*"), amount=Sum("amount")):
        sums = {row["currency"]: row["amount"]} if row["amount"] is not None else {}
        part = found.setdefault(grouping.key_of(row["lane"]), Totals())
        part.add(row["count"], sums, weighed(sums, row["stage__probability_percent"]))
    return found


def _rows(page: ListPage, grouping: Grouping) -> dict[str, list[PageRow]]:
    """Read the first rows of every group in the list's order: one query numbers them, one reads them."""
    by = OrderBy(page.sort.expression(), descending=page.sort.is_descending, nulls_last=True)
    tie = F("id").desc() if page.sort.is_descending else F("id").asc()
    place = Window(RowNumber(), partition_by=F("lane"), order_by=[by, tie])
    deals: Any = page.filterset.qs.annotate(lane=grouping.expression).order_by()
    numbered = deals.annotate(place=place).filter(place__lte=ROWS).order_by("place")
    lanes = dict(numbered.values_list("pk", "lane"))
    raws = {raw["id"]: raw for raw in Deal.objects.filter(pk__in=list(lanes)).values("id", *page.reads)}
    found: dict[str, list[dict[str, Any]]] = {}
    for pk, lane in lanes.items():
        if pk in raws:
            found.setdefault(grouping.key_of(lane), []).append(raws[pk])
    return {key: page.printed(rows) for key, rows in found.items()}


def _group(
    page: ListPage,
    grouping: Grouping,
    purse: Purse,
    key: str,
    name: str,
    totals: Totals,
    rows: dict[str, list[PageRow]],
) -> Group:
    shown = rows.get(key, [])
    is_partly_open = totals.weighted != totals.sums
    return Group(
        key=key,
        name=name,
        count=totals.count,
        count_text=formats.number(totals.count),
        money=purse.beside(totals.sums),
        together=purse.together(totals.sums),
        rates=purse.rates_used(totals.sums),
        weighted=purse.short(totals.weighted) if is_partly_open and totals.sums else "",
        rows=shown,
        url=page.url(by=None, cursor=None, **grouping.params(key)),
        has_more=totals.count > len(shown),
    )


def groupings(page: ListPage, offered: Sequence[Grouping], chosen: Grouping | None, none: str) -> list[Any]:
    """List what the list can be grouped by: label, address, whether it is."""
    whole = [(none, page.url(by=None, cursor=None), chosen is None)]
    return whole + [(one.label, page.url(by=one.name, cursor=None), one is chosen) for one in offered]
