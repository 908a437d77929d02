"""The shape of an action: what it needs, what it may, what it does."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise

from automation.facts import facts_of
from automation.models import Robot
from channels.dialogs import wording
from deals.models import Deal
from tenants.hours import HoursBook
from tenants.models import Membership

Text = str | Promise


@dataclasses.dataclass(frozen=True)
class Work:
    """One robot, one deal, one moment. `maker` is whose rights count."""

    robot: Robot
    deal: Deal
    maker: Membership
    now: dt.datetime
    book: HoursBook
    cause: str  # the trigger's code

    def filled(self, text: str) -> str:
        """Put what is known of the deal into a text."""
        return wording.put(text, facts_of(self.deal, self.maker))


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What was done: a code of automation.words and what its text needs."""

    outcome: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Errand:
    """A request to somebody outside, made after the transaction; tried again when it fails."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Action:
    """One kind of thing that robots do. Each is an entry of automation.actions.ACTIONS."""

    code: ClassVar[str]
    icon: ClassVar[str]
    hint: ClassVar[Text]
    rights: ClassVar[Sequence[tuple[str, str]]]  # section and action the maker needs
    needs_edit: ClassVar[bool] = False  # of the deal itself
    columns: ClassVar[Sequence[str]]  # of Robot, which its form asks for

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        """Make the fields of its form, named like the columns of Robot."""
        raise NotImplementedError

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise a Refusal where the values are not enough to act by."""
        raise NotImplementedError

    def words(self, robot: Robot) -> str:
        """Say what it will do, in the reader's language; empty where its name says it all."""
        raise NotImplementedError

    def perform(self, work: Work) -> Done | Errand:
        """Do it. Raises Impossible, or whatever the services refuse."""
        raise NotImplementedError
