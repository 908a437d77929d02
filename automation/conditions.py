"""What a robot may ask of a deal before it acts; core.conditions has the shapes.

To add one: a class here, its entry in CONDITIONS, its case in tests/test_conditions.py. No migration. Fields the company
added itself are conditions too: automation.field_conditions.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from automation.field_conditions import Moment, field_condition
from contacts.folding import fold
from contacts.models import Source
from core import conditions, formats
from core.conditions import Names, Text, Value, Values
from deals.forms.fields import MoneyField
from leads.models import Lead
from leads.routing.conditions import CHANNEL_KINDS
from tenants.custom_fields.definitions import field_or_none, fields_of, is_custom
from tenants.models import CustomField, Membership

Condition = conditions.Condition[Moment]


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


class Choice(conditions.Choice[Moment]):
    """Some of a fixed list."""

    def present(self, moment: Moment) -> frozenset[str]:
        return frozenset({str(getattr(moment.deal, self.code))})


class Hours(Choice):
    """Inside or outside the company's working hours at the moment it acts."""

    def present(self, moment: Moment) -> frozenset[str]:
        return frozenset({"in" if moment.book.company.works_at(moment.now) else "out"})


class Reference(conditions.Reference[Moment]):
    """Some rows of a directory."""

    def __init__(self, code: str, label: Text, model: Any, ref_field: str) -> None:
        self.code, self.label, self.model, self.ref_field = code, label, model, ref_field

    def present(self, moment: Moment) -> uuid.UUID | None:
        found: uuid.UUID | None = getattr(moment.deal, f"{self.code}_id")
        return found

    def rows(self) -> Any:
        return self.model.objects.all()


class Lines(conditions.Lines[Moment]):
    """Words, one a line."""

    most = 30

    def present(self, moment: Moment) -> str:
        return str(getattr(moment.deal, self.code))


class Tags(Lines):
    """One of the deal's tags, as a whole."""

    def matches(self, values: Values, moment: Moment) -> bool:
        present = {fold(tag) for tag in moment.deal.tags}
        return any(fold(value.value) in present for value in values)


_ALL: tuple[Condition, ...] = (
    Amount("amount_from", _("Amount from"), is_least=True),
    Amount("amount_to", _("Amount up to"), is_least=False),
    Reference("source", _("Source"), Source, "source"),
    Choice("channel_kind", _("How the client came"), CHANNEL_KINDS),
    Choice("quality", _("Quality of the lead"), Lead.Quality.choices),
    Reference("owner", _("Responsible"), Membership, "member"),
    Tags("tags", _("Tag"), _("One a line; any of them is enough.")),
    Lines("city", _("City"), _("One a line; part of it is enough.")),
    Hours("hours", _("Working hours"), [("in", _("in working hours")), ("out", _("outside working hours"))]),
)
CONDITIONS: Mapping[str, Condition] = {condition.code: condition for condition in _ALL}


def are_met(asked: Mapping[str, Values], moment: Moment) -> str:
    """Say which kind of condition is not met; "" when all are. A kind nobody knows any more is not met."""
    for kind, values in asked.items():
        condition = CONDITIONS.get(kind) or _own(kind)
        if condition is None or not condition.matches(values, moment):
            return kind
    return ""


def _own(kind: str) -> Condition | None:
    field = field_or_none(CustomField.Entity.DEAL, kind) if is_custom(kind) else None
    return field_condition(field) if field is not None else None


def all_conditions() -> dict[str, Condition]:
    """Map the codes of all conditions there are to them, those of the company's own fields behind the others.

    Of the fields whoever is looking sees: a robot asks with its maker's eyes.
    """
    own: dict[str, Condition] = {
        field.key: field_condition(field) for field in fields_of(CustomField.Entity.DEAL)
    }
    return {**CONDITIONS, **own}
