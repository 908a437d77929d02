"""What happens to deals, told to whoever listens within the same transaction: robots do.

What happens to their documents is told by deals.documents.happenings.

A registry instead of signals: the one listener is named where it registers, an error in it is the
operation's own error, and what it writes is committed or rolled back with the deal.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Final

from deals.models import Deal, Stage
from tenants.models import Membership

MOVED: Final = "moved"  # into its stage, from another one or newly made
CLIENT_WROTE: Final = "client_wrote"


@dataclasses.dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a deal. `occasion` is the same for the same thing, however often it is told."""

    code: str
    deal: Deal
    at: dt.datetime
    by: Membership | None
    occasion: str
    left: Stage | None = None  # of a move


_listeners: list[Callable[[Happening], None]] = []


def listen(listener: Callable[[Happening], None]) -> None:
    """Register who hears of everything; from AppConfig.ready()."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(happening: Happening) -> None:
    """Tell the listeners; within the transaction of what happened."""
    for listener in _listeners:
        listener(happening)
