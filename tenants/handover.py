"""Whose work can be handed to a colleague: each app above registers what it keeps a responsible for.

    handover.register("deals", _("Open deals"), count=count_open, reassign=hand_over)

`count(member)` says how many, `reassign(member=, to=, by=, now=)` moves them through the app's own
service and returns how many it moved.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Protocol

from django.utils.functional import Promise

from tenants.models import Membership


class Counter(Protocol):
    def __call__(self, member: Membership) -> int: ...


class Reassigner(Protocol):
    def __call__(self, *, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> int: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work."""

    name: str
    label: str | Promise
    count: Counter
    reassign: Reassigner


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """How much of one kind a member holds."""

    kind: Kind
    count: int


_kinds: dict[str, Kind] = {}


def register(name: str, label: str | Promise, *, count: Counter, reassign: Reassigner) -> None:
    """Make a kind of work part of every handover; registering again replaces."""
    _kinds[name] = Kind(name, label, count, reassign)


def workload(member: Membership) -> list[Load]:
    """List what the member holds, kinds without any left out."""
    loads = (Load(kind, kind.count(member)) for kind in _kinds.values())
    return [load for load in loads if load.count]


def hand_over(*, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> dict[str, int]:
    """Give all the member's open work to a colleague; return how many of each kind were moved."""
    return {kind.name: kind.reassign(member=member, to=to, by=by, now=now) for kind in _kinds.values()}
