"""Who called whom: Asterisk knows channels, numbers and contexts, but not who is a client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from channels.adapters.calls import Direction, digits_of, is_extension

_PEER = re.compile(r"^[\w.]+/(\w[\w.+]*?)(?:[@/;]|-[0-9a-f]{4,};?\d?$|$)", re.I)
_OUTSIDE = re.compile(r"trunk|pstn|incoming|inbound|external|\bdid\b", re.I)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """What the channel's settings tell of an exchange, and when a delivery came from it."""

    zone: dt.tzinfo
    extension_digits: int
    received_at: dt.datetime
    recordings: str = ""  # pattern of the addresses of recordings

    def extension_of(self, channel: str) -> str:
        """Return the employee's number in a channel's name: `PJSIP/101-0000002b`; "" of a trunk."""
        match = _PEER.match(channel)
        peer = match.group(1) if match else ""
        return peer if is_extension(peer, self.extension_digits) else ""

    def is_phone(self, number: str) -> bool:
        """Say whether a number leads out of the house; feature codes like *97 and names don't."""
        return not re.search(r"[a-z*#]", number, re.I) and len(digits_of(number)) > self.extension_digits


@dataclasses.dataclass(frozen=True, slots=True)
class Parties:
    """The direction of a call, and the numbers as that makes them."""

    direction: Direction
    phone: str = ""
    line: str = ""


def is_local(channel: str) -> bool:
    """Say whether it is one of the exchange's own inner channels, which double the real ones."""
    return channel.startswith("Local/")


def parties(place: Place, *, caller: str, dialled: str, channel: str, context: str = "") -> Parties:
    """Tell clients from employees by the shape of numbers, by the caller's device and its context."""
    is_outside = bool(_OUTSIDE.search(context))
    is_ours = bool(place.extension_of(channel)) or (
        not is_outside and is_extension(caller, place.extension_digits)
    )
    if not is_ours:
        return Parties("in", caller, dialled if digits_of(dialled) else "")
    if place.is_phone(dialled):
        line = caller if place.is_phone(caller) else ""
        return Parties("out", dialled, line)
    return Parties("internal" if dialled else "")
