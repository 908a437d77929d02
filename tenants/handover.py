"""Whose work can be handed to a colleague: each app above registers what it keeps a responsible for.

    handover.register("deals", _("Open deals"), held=held_by, give=give)

`held(member)` is the queryset of what the member holds now; `give(rows=, member=, to=, by=, now=)` hands some of it to a
colleague through the app's own service and says of every row what became of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.functional import Promise

from tenants.models import Membership

BATCH = 200  # rows given in one transaction; their new holder is told once for them


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: given, unless there is a refusal."""

    pk: uuid.UUID
    text: str
    url: str = ""
    refusal: str = ""


class Holding(Protocol):
    def __call__(self, member: Membership) -> QuerySet[Any]: ...


class Giving(Protocol):
    def __call__(
        self, *, rows: Sequence[Any], member: Membership, to: Membership, by: Membership, now: dt.datetime
    ) -> list[Outcome]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work."""

    name: str
    label: str | Promise
    held: Holding
    give: Giving

    def give_some(
        self,
        *,
        member: Membership,
        to: Membership,
        by: Membership,
        now: dt.datetime,
        but: set[uuid.UUID] | None = None,
    ) -> list[Outcome]:
        """Hand some of what the member holds to a colleague, leaving out what was tried already."""
        rows = list(self.held(member).exclude(pk__in=but or ()).order_by("pk")[:BATCH])
        return self.give(rows=rows, member=member, to=to, by=by, now=now) if rows else []


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """How much of one kind a member holds."""

    kind: Kind
    count: int


_kinds: dict[str, Kind] = {}


def register(name: str, label: str | Promise, *, held: Holding, give: Giving) -> None:
    """Make a kind of work part of every handover; registering again replaces."""
    _kinds[name] = Kind(name, label, held, give)


def kinds() -> list[Kind]:
    """List the kinds of work."""
    return list(_kinds.values())


def label_of(name: str) -> str | Promise:
    """Name a kind of work, also one that is no longer known."""
    return _kinds[name].label if name in _kinds else name


def workload(member: Membership) -> list[Load]:
    """List what the member holds, kinds without any left out."""
    loads = (Load(kind, kind.held(member).count()) for kind in _kinds.values())
    return [load for load in loads if load.count]


def hand_over(*, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> dict[str, int]:
    """Give all the member's open work to a colleague at once; return how many of each kind were moved.

    For a few rows: tenants.leaving does it in the background, with a report.
    """
    return {kind.name: _all_of(kind, member=member, to=to, by=by, now=now) for kind in _kinds.values()}


def _all_of(kind: Kind, *, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> int:
    given, tried = 0, set[uuid.UUID]()
    while outcomes := kind.give_some(member=member, to=to, by=by, now=now, but=tried):
        given += sum(not outcome.refusal for outcome in outcomes)
        tried |= {outcome.pk for outcome in outcomes}
    return given
