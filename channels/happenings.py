"""What becomes of messages, told to whoever listens within the same transaction: mailings do.

A registry instead of signals: the one listener is named where it registers, an error in it is the operation's own
error, and what it writes is committed or rolled back with the message.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Final

from channels.models import Message

RECEIVED: Final = "received"  # a person's word, not a program's
SENT: Final = "sent"
READ: Final = "read"  # a messenger says that its reader has seen it
REFUSED: Final = "refused"  # it will not leave by itself; Message.is_uncertain: it may have
QUEUED_AGAIN: Final = "queued_again"
BOUNCED: Final = "bounced"  # it left, and came back
BOUNCED_SOFTLY: Final = "bounced_softly"  # the address is good all the same
COMPLAINED: Final = "complained"


@dataclasses.dataclass(frozen=True, slots=True)
class Happening:
    """One thing that became of a message."""

    code: str
    message: Message
    at: dt.datetime


_listeners: list[Callable[[Happening], None]] = []


def listen(listener: Callable[[Happening], None]) -> None:
    """Register who hears of everything; from AppConfig.ready()."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(happening: Happening) -> None:
    """Tell the listeners; within the transaction of what happened."""
    for listener in _listeners:
        listener(happening)
