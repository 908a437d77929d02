"""What happens to documents, told in one place: robots and others subscribe here and nowhere else."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable

from deals.models import Invoice, Proposal

Document = Proposal | Invoice


class What(enum.StrEnum):
    """Everything that can happen to a proposal or an invoice."""

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


Listener = Callable[[Document, What, dt.datetime], None]
_listeners: list[Listener] = []


def subscribe(listener: Listener) -> Listener:
    """Hear of everything that happens to documents; called within the transaction that makes it so.

    A listener that does more than note it queues its work after commit. From AppConfig.ready(), or a decorator.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def happened(document: Document, what: What, *, now: dt.datetime) -> None:
    """Tell everybody who listens what has just happened to a document."""
    for listener in _listeners:
        listener(document, what, now)
