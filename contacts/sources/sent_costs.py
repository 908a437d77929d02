"""Costs that programs send. Each has a name of theirs; sent again under it, it takes the place of what was sent before."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from contacts.folding import fold
from contacts.models import CampaignSource, CostOrigin, Source, SourceCost
from contacts.sources import errors
from contacts.sources.cuts import LONGEST_DETAIL, Cut, Key, cut_of, days_of
from contacts.sources.rules import mistakes_of
from core import locks
from core.errors import Refusal, RowsRefused
from tenants.models import Membership

VALUES = ("source_id", "campaign", "detail", "starts_on", "ends_on", "amount", "currency")


@dataclasses.dataclass(frozen=True, slots=True)
class SentCost:
    """One cost as a program tells it."""

    external_id: str
    starts_on: dt.date
    ends_on: dt.date
    amount: Decimal
    currency: str
    source: Source | None = None
    campaign: str = ""
    detail: str = ""  # as contacts.sources.cuts writes it

    @property
    def cut(self) -> Cut:
        return cut_of(self.starts_on, self.ends_on, self.detail)

    @property
    def key(self) -> Key:
        return key_of(self)

    @property
    def source_id(self) -> Any:
        return self.source.pk if self.source else None


@dataclasses.dataclass(frozen=True, slots=True)
class Put:
    """What became of costs that were sent, in their order."""

    costs: list[SourceCost]
    created: int
    changed: int

    @property
    def unchanged(self) -> int:
        return len(self.costs) - self.created - self.changed


def key_of(cost: SourceCost | SentCost) -> Key:
    """Tell what no two costs of the API share."""
    return (CostOrigin.API, cost.campaign, cost.detail, cost.starts_on, cost.ends_on, cost.currency)


@transaction.atomic
def put_costs(*, rows: Sequence[SentCost], by: Membership) -> Put:
    """Write down all of the costs or none; raise RowsRefused with the number and the refusals of each wrong row.

    Who sends the same at the same time waits, and finds it there. Four statements, however many rows.
    """
    locks.hold("sent costs")
    names = [row.external_id for row in rows]
    known = {cost.external_id: cost for cost in SourceCost.objects.filter(external_id__in=names)}
    refused = list(_refused(rows, known))
    if refused:
        raise RowsRefused(refused)
    return _write(rows, known)


@transaction.atomic
def change_cost(*, cost: SourceCost, by: Membership, **values: Any) -> SourceCost:
    """Change a cost that was typed in or sent; raise CostOfFile, CostRefused, OtherBreakdown or SameCost."""
    if cost.origin not in (CostOrigin.HAND, CostOrigin.API):
        raise errors.CostOfFile
    locks.hold("sent costs")
    cost = SourceCost.objects.select_related("source").get(pk=cost.pk)
    told = ("external_id", "source", *VALUES[1:])
    row = SentCost(**{name: getattr(cost, name) for name in told} | values)
    known = {row.external_id: cost}
    is_sent = cost.origin == CostOrigin.API
    for refusal in _wrong(row) if not is_sent else [told for _n, told in _refused([row], known)]:
        raise refusal
    if is_sent:
        return _write([row], known).costs[0]
    _fill(cost, row)
    cost.save(update_fields=list(VALUES))
    return cost


def sources_of_campaigns(campaigns: set[str]) -> dict[str, Source]:
    """Tell the source of campaigns whose costs name none: as somebody said, else the one of the campaign's name."""
    said = CampaignSource.objects.filter(origin=CostOrigin.API, campaign__in=campaigns).select_related(
        "source"
    )
    found = {one.campaign: one.source for one in said}
    rest = {fold(name): name for name in campaigns - found.keys() if name}
    if rest:
        for source in Source.objects.order_by("-is_archived", "pk"):
            for word in (fold(source.utm_source), fold(source.name)):
                if word in rest:
                    found[rest[word]] = source
    return found


# --- Whether they may be written ---------------------------------------------------------------------
def _refused(rows: Sequence[SentCost], known: Mapping[str, SourceCost]) -> Iterator[tuple[int, Refusal]]:
    taken = _Taken(rows, known)
    numbers: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        first = numbers.setdefault(row.external_id, number)
        if first != number:
            yield number, errors.SentTwice(first)
        wrong: list[Refusal] = [*_wrong(row)] or [*taken.by_another(row)]
        yield from ((number, refusal) for refusal in wrong)


def _wrong(row: SentCost) -> Iterator[errors.CostRefused]:
    yield from mistakes_of(
        starts_on=row.starts_on, ends_on=row.ends_on, amount=row.amount, currency=row.currency
    )
    if len(row.detail) > LONGEST_DETAIL:
        yield errors.BreakdownTooLong()


class _Taken:
    """The days of campaigns that are told already, in the database and by rows before; what is replaced doesn't count."""

    def __init__(self, rows: Sequence[SentCost], known: Mapping[str, SourceCost]) -> None:
        self.cuts: dict[tuple[str, dt.date], Cut] = {}
        self.keys: dict[Key, str] = {}
        told = SourceCost.objects.filter(
            origin=CostOrigin.API,
            campaign__in={row.campaign for row in rows},
            starts_on__lte=max(row.ends_on for row in rows),
            ends_on__gte=min(row.starts_on for row in rows),
        ).exclude(pk__in=[cost.pk for cost in known.values()])
        for cost in told.only("external_id", "campaign", "detail", "starts_on", "ends_on", "currency"):
            self._note(cost, cut_of(cost.starts_on, cost.ends_on, cost.detail))

    def by_another(self, row: SentCost) -> Iterator[Refusal]:
        """Yield why a row can't stand beside the others, and let it stand with those that come."""
        other = self.keys.get(row.key)
        if other is not None and other != row.external_id:
            yield errors.SameCost(other or "—")
        elif any(self.cuts.get((row.campaign, day), row.cut) != row.cut for day in days_of(row.cut)):
            yield errors.OtherBreakdown()
        else:
            self._note(row, row.cut)

    def _note(self, cost: SourceCost | SentCost, cut: Cut) -> None:
        self.keys.setdefault(key_of(cost), cost.external_id)
        for day in days_of(cut):
            self.cuts.setdefault((cost.campaign, day), cut)


# --- Writing them ------------------------------------------------------------------------------------
def _write(rows: Sequence[SentCost], known: Mapping[str, SourceCost]) -> Put:
    costs, new, moved, changed = [], [], [], []
    for row in rows:
        cost = known.get(row.external_id)
        if cost is None:
            cost = SourceCost(origin=CostOrigin.API, external_id=row.external_id)
            new.append(cost)
        elif key_of(cost) != row.key:
            moved.append(cost)
        elif (cost.amount, cost.source_id) != (row.amount, row.source_id):
            changed.append(cost)
        _fill(cost, row)
        costs.append(cost)
    # Costs that change places would meet at the unique key half-way: they go first, and come back as they were named
    SourceCost.objects.filter(pk__in=[cost.pk for cost in moved]).delete()
    SourceCost.objects.bulk_create([*moved, *new])
    SourceCost.objects.bulk_update(changed, ["amount", "source"])
    return Put(costs, created=len(new), changed=len(moved) + len(changed))


def _fill(cost: SourceCost, row: SentCost) -> None:
    cost.source = row.source
    for name in VALUES[1:]:
        setattr(cost, name, getattr(row, name))
