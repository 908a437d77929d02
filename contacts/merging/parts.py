"""What apps above have to do when clients are merged, beyond having their references moved.

Registered from AppConfig.ready(). Leads decide quality anew, deals show one open deal of the client.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contacts.models import Company, Contact, Merge
from tenants.models import Membership

Client = Contact | Company
Kept = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question."""

    value: str
    label: str
    hint: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What the merge form asks for an app above; `name` is unique in the form."""

    name: str
    label: str
    options: Sequence[Option]
    initial: str
    hint: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Act:
    """Who merges, or takes a merge back, and when."""

    merge: Merge
    survivor: Client
    others: Sequence[Client]
    by: Membership | None
    now: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The share of one app in a merge.

    `lock` runs before the cards are locked: the order deal, contact, lead is everywhere the same. `merged` runs after
    everything was moved and returns JSON that `undone` is given back.
    """

    lock: Callable[[Sequence[Client]], None] = lambda clients: None
    questions: Callable[[Sequence[Client], Membership], Sequence[Question]] = lambda clients, member: ()
    merged: Callable[[Act, Mapping[str, str]], Kept] = lambda act, answers: {}
    undone: Callable[[Act, Kept], None] = lambda act, kept: None


_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """Add an app's share; the name is kept with every merge and must not change."""
    _parts[name] = part


def parts() -> list[tuple[str, Part]]:
    """List the shares in the order they were registered."""
    return list(_parts.items())


def questions(clients: Sequence[Client], member: Membership) -> list[Question]:
    """Gather what the apps above ask."""
    return [question for _name, part in parts() for question in part.questions(clients, member)]
