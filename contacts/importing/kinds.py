"""What can be loaded from a file. Each app registers its kind from AppConfig.ready():

kinds.register(Kind("deals", _("Deals"), Section.DEALS, ..., loader=DealLoader))
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from django import forms
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from contacts.importing.context import Context
    from tenants.models import Membership

CREATED, UPDATED, SKIPPED, FAILED = "created", "updated", "skipped", "failed"
# What is asked about every kind of record of clients, beside the columns
USUAL_OPTIONS = frozenset(["policy", "keys", "owner", "source", "tags", "makes_companies", "is_lenient"])
STATES = (CREATED, UPDATED, SKIPPED, FAILED)
STATE_NAMES = {  # of one row
    CREATED: pgettext_lazy("row", "New"),
    UPDATED: pgettext_lazy("row", "Changed"),
    SKIPPED: pgettext_lazy("row", "Skipped"),
    FAILED: pgettext_lazy("row", "Mistake"),
}
FIGURE_NAMES = {  # of how many
    CREATED: pgettext_lazy("rows", "New"),
    UPDATED: pgettext_lazy("rows", "Changed"),
    SKIPPED: pgettext_lazy("rows", "Skipped"),
    FAILED: pgettext_lazy("rows", "Mistakes"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One thing a column can hold. `words` are whole headers that mean it, `pattern` a regular expression, both folded."""

    name: str
    label: str | Promise
    words: tuple[str, ...] = ()
    pattern: str = ""
    group: str | Promise = ""
    is_many: bool = False  # several columns may fill it


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file: for each field the columns' names and texts that fill it."""

    number: int
    cells: Mapping[str, Sequence[tuple[str, str]]]


@dataclasses.dataclass(slots=True)
class Outcome:
    """What becomes of a row; `plan` is the loader's own, `kept` what an undo needs."""

    number: int
    state: str
    reason: str = ""
    shown: dict[str, str] = dataclasses.field(default_factory=dict)  # field -> as it would be written
    plan: Any = None
    target_id: uuid.UUID | None = None
    kept: dict[str, Any] | None = None

    def as_row(self) -> list[Any]:
        """Write it as a bite keeps it."""
        target = str(self.target_id) if self.target_id else None
        return [self.number, self.state, target, self.reason, self.kept]


class Loader(Protocol):
    """Plans rows and writes what was planned; one object lives as long as one run through a file."""

    def __init__(self, context: Context) -> None: ...

    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        """Decide about some hundred rows with a few queries. What it decides, later rows know."""
        ...

    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        """Write what was planned last, in the caller's transaction; sets target_id and kept."""
        ...

    def forget(self) -> None:
        """Forget what later rows would know: it was written, or was not."""
        ...

    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        """Take rows of a bite back; return those that stay, each with why."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record."""

    name: str
    label: str | Promise  # of many: Contacts
    section: str
    list_name: str  # name of the list's address
    fields: Callable[[], Sequence[Field]]
    keys: Sequence[tuple[str, str | Promise]]  # by what records are known again
    loader: Callable[[Context], Loader]
    # Options only this kind has: form fields for a member, and what of them is kept
    more_options: Callable[[Membership], dict[str, forms.Field]] = lambda member: {}
    takes_vcard: bool = False
    options: frozenset[str] = USUAL_OPTIONS


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind loadable; registering again replaces."""
    _kinds[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return a registered kind; raise KeyError for another word."""
    return _kinds[name]


def kinds() -> list[Kind]:
    return list(_kinds.values())
