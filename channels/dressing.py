"""What an app above adds to a message just before it leaves: a mailing its links, headers and formatted text.

Kept out of the message itself, so that what colleagues look at counts nothing and unsubscribes nobody.
"""

from __future__ import annotations

from collections.abc import Callable

from channels.adapters.base import OutgoingMessage
from channels.models import Message

DRESS = "dress"  # in Message.headers: the name of whoever dresses it
Dresser = Callable[[Message, OutgoingMessage], OutgoingMessage]
_dressers: dict[str, Dresser] = {}


def register(name: str, dresser: Dresser) -> None:
    """Say who dresses the messages of this name; from AppConfig.ready(). Called inside the tenant."""
    _dressers[name] = dresser


def dressed(message: Message, outgoing: OutgoingMessage) -> OutgoingMessage:
    """Return the message as it leaves."""
    dresser = _dressers.get(message.headers.get(DRESS, ""))
    return dresser(message, outgoing) if dresser else outgoing
