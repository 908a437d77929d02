"""Who wrote, and where an answer goes: phone numbers, and the ids that replace them since 2026.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from channels.adapters.text import as_dict, as_list, clean_line
from leads.inquiry import Person

GROUP = "group/"  # begins the thread of a group


@dataclasses.dataclass(frozen=True, slots=True)
class Client:
    """The other side of a message: its thread, where answers go, and the person."""

    thread_key: str
    answer_to: str
    person: Person


def client_of(message: Mapping[str, Any], value: Mapping[str, Any], *, is_own: bool = False) -> Client:
    """Read the client of a message, or of an echo of what we wrote.

    The person is known by the business-scoped id where it is told, else by the number. The number, hidden by
    people with a username, is what Meta wants answers to go to as long as it is told.
    """
    number, user_id = _addresses(message, is_own=is_own)
    profile = _profile(value, number, user_id)
    user_id = user_id or clean_line(profile.get("user_id"), 150)
    number = number or _number(profile.get("wa_id"))
    group = clean_line(message.get("group_id"), 200)
    names = as_dict(profile.get("profile"))
    phone = f"+{number}" if number else _shared_phone(message)
    person = Person(
        name=clean_line(names.get("name"), 200),
        phone=phone,
        messenger_id=user_id or number,
        username=clean_line(names.get("username"), 64).removeprefix("@"),
        profile_url=f"https://wa.me/{number}" if number else "",
    )
    thread = f"{GROUP}{group}" if group else user_id or number
    return Client(thread, thread if group else number or user_id, person)


def recipient(address: str) -> dict[str, str]:
    """Write the address of an answer as the API wants it: a number, an id, or a group."""
    if address.startswith(GROUP):
        return {"recipient_type": "group", "to": address.removeprefix(GROUP)}
    name = "to" if _number(address) else "recipient"
    return {"recipient_type": "individual", name: address}


def _addresses(message: Mapping[str, Any], *, is_own: bool) -> tuple[str, str]:
    """The number and the business-scoped id; the id may stand where the number was."""
    place = "to" if is_own else "from"
    told = clean_line(message.get(place), 150)
    number = _number(told)
    return number, clean_line(message.get(f"{place}_user_id"), 150) or ("" if number else told)


def _number(value: Any) -> str:
    digits = clean_line(value, 40).removeprefix("+")
    return digits if digits.isascii() and digits.isdecimal() else ""


def _profile(value: Mapping[str, Any], number: str, user_id: str) -> dict[str, Any]:
    """Find the person's card in the notification; a single card without a mark of its own is theirs."""
    cards = list(map(as_dict, as_list(value.get("contacts"))))
    for card in cards:
        if user_id and card.get("user_id") == user_id:
            return card
        if number and _number(card.get("wa_id")) == number:
            return card
    if len(cards) == 1 and not (number or user_id):
        return cards[0]
    return {}


def _shared_phone(message: Mapping[str, Any]) -> str:
    """The number of somebody who hides it, sent with WhatsApp's own button for that."""
    if not clean_line(message.get("origin"), 60).startswith("contact_request"):
        return ""
    cards = map(as_dict, as_list(message.get("contacts"))[:1])
    phones = (as_dict(one) for card in cards for one in as_list(card.get("phones"))[:1])
    return next((clean_line(one.get("phone"), 40) for one in phones), "")
