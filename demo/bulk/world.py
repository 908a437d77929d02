"""What bulk rows are mixed from: the tenant's people and directories, names and moments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
import random
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from channels.models import Channel
from contacts.models import Source
from deals.models import OurCompany, RejectionReason, Stage, StatementImport
from demo.bulk.own import Drawn
from demo.surnames import SURNAMES
from tenants.models import Membership, Tenant

Row = tuple[type[Any], dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """Rows to make in one tenant; the rest follows from leads and deals."""

    leads: int
    deals: int
    contacts: int
    companies: int
    members: int
    days: int = 730  # how far back they reach
    is_bare: bool = False  # without what is said, written and searched: only what reports count


class Person(NamedTuple):
    """A client, as leads and deals refer to them."""

    pk: uuid.UUID
    name: str
    phone: str


class Sale(NamedTuple):
    """A deal that a lead may have become."""

    created_at: dt.datetime
    pk: uuid.UUID
    client: Person


@dataclasses.dataclass(slots=True)
class World:
    """What rows of one tenant refer to."""

    tenant: Tenant
    rng: random.Random
    words: dict[str, list[str]]
    now: dt.datetime
    members: list[Membership]
    sources: list[Source]
    reasons: list[RejectionReason]
    channels: dict[str, Channel]
    stages: dict[uuid.UUID, list[Stage]]
    fields: dict[str, list[Drawn]]  # of each entity
    desk: tuple[OurCompany, StatementImport]
    days: int
    is_bare: bool
    clients: list[Person] = dataclasses.field(default_factory=list)
    companies: list[uuid.UUID] = dataclasses.field(default_factory=list)
    sales: list[Sale] = dataclasses.field(default_factory=list)

    def name(self) -> str:
        """A client's name; common surnames turn up more often."""
        surnames, weights = _weighted_surnames(self.tenant.language)
        last = self.rng.choices(surnames, cum_weights=weights)[0]
        return full_name(self.rng.choice(self.words["first"]), last, self.tenant.language)

    def source(self) -> Source:
        """Where a client came from: the first sources bring most."""
        weights = [len(self.sources) - place + 2 for place in range(len(self.sources))]
        return self.rng.choices(self.sources, weights)[0]

    def past(self) -> dt.datetime:
        """A moment of the past, in office hours more often, growing over time."""
        day = int(self.days * self.rng.random() ** 1.4)
        hour = min(23, max(0, int(self.rng.gauss(13, 3))))
        moment = self.now - dt.timedelta(days=day)
        return min(
            moment.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60)), self.now
        )


def full_name(first: str, last: str, language: str) -> str:
    """Put a name together as the language does: Белова Анна, Anna Bell."""
    if language != "ru":
        return f"{first} {last}"
    return f"{last}{'а' if first[-1] in 'ая' else ''} {first}"


@functools.lru_cache(maxsize=2)
def _weighted_surnames(language: str) -> tuple[Sequence[str], Sequence[float]]:
    found = SURNAMES[language]
    return found, list(itertools.accumulate(1 / (place + 20) for place in range(len(found))))
