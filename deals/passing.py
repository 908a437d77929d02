"""What else may go along when a deal is given to a colleague: its inquiries, which live in an app above (L18)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Protocol

from deals.models import Deal
from tenants.models import Membership


class Counting(Protocol):
    def __call__(self, deal: Deal) -> int: ...


class PassingOn(Protocol):
    def __call__(self, *, deal: Deal, to: Membership, by: Membership | None, now: dt.datetime) -> int: ...


@dataclasses.dataclass(slots=True)
class _Inquiries:
    """How the app above counts a deal's inquiries and passes them on; nothing until it has said so."""

    count: Counting | None = None
    pass_on: PassingOn | None = None


_inquiries = _Inquiries()


def register(*, count: Counting, pass_on: PassingOn) -> None:
    """Say how inquiries of a deal are counted and given to a colleague."""
    _inquiries.count, _inquiries.pass_on = count, pass_on


def inquiry_count(deal: Deal) -> int:
    """Count the inquiries that would go along."""
    return _inquiries.count(deal) if _inquiries.count is not None else 0


def pass_inquiries(*, deal: Deal, to: Membership, by: Membership | None, now: dt.datetime) -> int:
    """Give a deal's inquiries to a colleague; return how many changed hands."""
    if _inquiries.pass_on is None:
        return 0
    return _inquiries.pass_on(deal=deal, to=to, by=by, now=now)
