"""What a robot may ask of a deal before it acts: each condition matches, has its form fields and its words.

To add one: a class here, its entry in CONDITIONS, its case in tests/test_conditions.py. No migration.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.folding import fold
from contacts.models import Source
from core import formats
from deals.forms.fields import MoneyField
from deals.models import Deal
from leads.models import Lead
from leads.routing.conditions import CHANNEL_KINDS
from tenants.hours import HoursBook
from tenants.models import Membership

LINES = 30
Text = str | Promise


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """One allowed value: a word, or the row it refers to."""

    value: str = ""
    ref: uuid.UUID | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """A deal at a moment, and whose hours count."""

    deal: Deal
    now: dt.datetime
    book: HoursBook


Values = Sequence[Value]
Names = Mapping[uuid.UUID, str]


class Condition:
    """One kind of condition. Its values are alternatives."""

    code = ""
    label: Text = ""
    ref_field = ""  # the column of RobotCondition that holds Value.ref

    def matches(self, values: Values, moment: Moment) -> bool:
        raise NotImplementedError

    def fields(self) -> dict[str, forms.Field]:
        """Make the form fields, by their names."""
        raise NotImplementedError

    def initial(self, values: Values) -> dict[str, Any]:
        raise NotImplementedError

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        """Turn what the fields hold into values; none means that the condition is not asked."""
        raise NotImplementedError

    def words(self, values: Values, names: Names) -> str:
        """Say the values in the reader's language."""
        raise NotImplementedError


class Amount(Condition):
    """The deal's amount lies above or below a limit, in the deal's currency."""

    def __init__(self, code: str, label: Text, *, is_least: bool) -> None:
        self.code, self.label, self.is_least = code, label, is_least

    def matches(self, values: Values, moment: Moment) -> bool:
        amount = moment.deal.amount
        limit = Decimal(values[0].value)
        return amount is not None and (amount >= limit if self.is_least else amount <= limit)

    def fields(self) -> dict[str, forms.Field]:
        return {self.code: MoneyField(label=self.label, required=False)}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: values[0].value if values else None}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        amount = data.get(self.code)
        return [Value(f"{amount:f}")] if amount is not None else []

    def words(self, values: Values, names: Names) -> str:
        try:
            return formats.number(Decimal(values[0].value))
        except InvalidOperation:
            return values[0].value


class Choice(Condition):
    """Some of a fixed list."""

    def __init__(self, code: str, label: Text, choices: Sequence[tuple[str, Text]]) -> None:
        self.code, self.label, self.choices = code, label, choices

    def matches(self, values: Values, moment: Moment) -> bool:
        present = self.present(moment)
        return any(value.value == present for value in values)

    def present(self, moment: Moment) -> str:
        return str(getattr(moment.deal, self.code))

    def fields(self) -> dict[str, forms.Field]:
        field: Any = forms.MultipleChoiceField(
            label=str(self.label), choices=self.choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        return {self.code: field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: [value.value for value in values]}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(value) for value in data.get(self.code) or ()]

    def words(self, values: Values, names: Names) -> str:
        said = dict(self.choices)
        return ", ".join(str(said[value.value]) for value in values if value.value in said)


class Hours(Choice):
    """Inside or outside the company's working hours at the moment it acts."""

    def present(self, moment: Moment) -> str:
        return "in" if moment.book.company.works_at(moment.now) else "out"


class Reference(Condition):
    """Some rows of a directory."""

    def __init__(self, code: str, label: Text, model: Any, ref_field: str) -> None:
        self.code, self.label, self.model, self.ref_field = code, label, model, ref_field

    def matches(self, values: Values, moment: Moment) -> bool:
        present = getattr(moment.deal, f"{self.code}_id")
        return any(value.ref == present for value in values)

    def fields(self) -> dict[str, forms.Field]:
        # All rows: an archived one must not fall out of a robot that is saved again.
        field: Any = forms.ModelMultipleChoiceField(
            self.model.objects.all(), label=self.label, required=False, widget=forms.CheckboxSelectMultiple
        )
        return {self.code: field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: [value.ref for value in values]}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(ref=row.pk) for row in data.get(self.code) or ()]

    def words(self, values: Values, names: Names) -> str:
        return ", ".join(names[value.ref] for value in values if value.ref and value.ref in names)


class Lines(Condition):
    """Words, one a line; plain text, never patterns."""

    def __init__(self, code: str, label: Text, hint: Text) -> None:
        self.code, self.label, self.hint = code, label, hint

    def matches(self, values: Values, moment: Moment) -> bool:
        present = getattr(moment.deal, self.code)
        told = [fold(one) for one in present] if isinstance(present, list) else [fold(present)]
        if isinstance(present, list):
            return any(fold(value.value) in told for value in values)
        return any(fold(value.value) in told[0] for value in values)

    def fields(self) -> dict[str, forms.Field]:
        widget = forms.Textarea(attrs={"rows": 2})
        field = forms.CharField(
            label=str(self.label), help_text=str(self.hint), required=False, widget=widget, max_length=3000
        )
        return {self.code: field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: "\n".join(value.value for value in values)}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        lines = [line.strip()[:200] for line in (data.get(self.code) or "").splitlines()]
        return [Value(line) for line in dict.fromkeys(lines) if line][:LINES]

    def words(self, values: Values, names: Names) -> str:
        return ", ".join(value.value for value in values)


_ALL: tuple[Condition, ...] = (
    Amount("amount_from", _("Amount from"), is_least=True),
    Amount("amount_to", _("Amount up to"), is_least=False),
    Reference("source", _("Source"), Source, "source"),
    Choice("channel_kind", _("How the client came"), CHANNEL_KINDS),
    Choice("quality", _("Quality of the lead"), Lead.Quality.choices),
    Reference("owner", _("Responsible"), Membership, "member"),
    Lines("tags", _("Tag"), _("One a line; any of them is enough.")),
    Lines("city", _("City"), _("One a line; part of it is enough.")),
    Hours("hours", _("Working hours"), [("in", _("in working hours")), ("out", _("outside working hours"))]),
)
CONDITIONS: Mapping[str, Condition] = {condition.code: condition for condition in _ALL}


def are_met(asked: Mapping[str, Values], moment: Moment) -> str:
    """Say which kind of condition is not met; "" when all are. A kind nobody knows any more is not met."""
    for kind, values in asked.items():
        condition = CONDITIONS.get(kind)
        if condition is None or not condition.matches(values, moment):
            return kind
    return ""
