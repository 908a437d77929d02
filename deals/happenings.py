"""What happens to deals and their documents, told to whoever listens within the same transaction: robots do.

A registry instead of signals: the one listener is named where it registers, an error in it is the
operation's own error, and what it writes is committed or rolled back with the deal.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable

from deals.models import Deal, Invoice, Proposal, Stage
from tenants.models import Membership


class What(enum.StrEnum):
    """Everything that is told. The first two of a deal, the others of its proposals and invoices."""

    MOVED = "moved"  # into its stage, from another one or newly made
    CLIENT_WROTE = "client_wrote"
    SENT = "sent"
    VIEWED = "viewed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    ASKED = "asked"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"


@dataclasses.dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a deal. `occasion` is the same for the same thing, however often it is told."""

    what: What
    deal: Deal
    at: dt.datetime
    by: Membership | None
    occasion: str
    left: Stage | None = None  # of a move
    document: Proposal | Invoice | None = None  # that it happened to


Listener = Callable[[Happening], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Register who hears of everything; from AppConfig.ready().

    A listener that does more than note it queues its work after commit.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def tell(happening: Happening) -> None:
    """Tell the listeners; within the transaction of what happened."""
    for listener in _listeners:
        listener(happening)
