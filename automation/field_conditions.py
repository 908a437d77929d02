"""Conditions on the fields a company added to its deals, of every kind of field."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import conditions, formats
from core.conditions import Names, Value, Values
from deals.models import Deal
from tenants.custom_fields.definitions import names
from tenants.hours import HoursBook
from tenants.models import CustomField

Kind = CustomField.Kind
NONE, YES, NO = "none", "yes", "no"
LOW, HIGH = "min", "max"


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """A deal at a moment, and whose hours count."""

    deal: Deal
    now: dt.datetime
    book: HoursBook


def field_condition(field: CustomField) -> conditions.Condition[Moment]:
    """Make the condition of a field; its code is the field's key."""
    match field.kind:
        case Kind.TEXT:
            return FieldLines(field.key, field.name, gettext_lazy("One a line; part of it is enough."))
        case Kind.NUMBER | Kind.MONEY | Kind.DATE:
            return FieldBounds(field)
    return FieldChoice(field.key, field.name, _choices_of(field))


def _choices_of(field: CustomField) -> list[tuple[str, conditions.Text]]:
    empty: tuple[str, conditions.Text] = (NONE, _("not filled in"))
    match field.kind:
        case Kind.FLAG:
            return [(YES, _("yes")), (NO, _("no")), empty]
        case Kind.FILE:
            return [(YES, _("there is one")), empty]
        case Kind.MEMBER:
            return [*names().members().items(), empty]
    return [*names().elements_of(field).items(), empty]


class FieldChoice(conditions.Choice[Moment]):
    """Any of the options, elements or colleagues; yes or no; whether there is a file."""

    def present(self, moment: Moment) -> frozenset[str]:
        held = moment.deal.custom_values.get(self.code)
        match held:
            case None:
                return frozenset({NONE})
            case bool():
                return frozenset({YES if held else NO})
            case list():
                return frozenset(held)
            case dict():
                return frozenset({YES})
        return frozenset({str(held)})


class FieldLines(conditions.Lines[Moment]):
    """Words of a text."""

    most = 30

    def present(self, moment: Moment) -> str:
        return str(moment.deal.custom_values.get(self.code, ""))


class FieldBounds(conditions.Condition[Moment]):
    """A number, a sum or a day from and to, both included; an empty field lies within nothing.

    Its values are the bounds: "min 5", "max 10".
    """

    def __init__(self, field: CustomField) -> None:
        self.code, self.label, self.is_day = field.key, field.name, field.kind == Kind.DATE

    def matches(self, values: Values, moment: Moment) -> bool:
        held = moment.deal.custom_values.get(self.code)
        present = self._value(held["amount"] if isinstance(held, dict) else held)
        if present is None:
            return False
        bounds = _bounds(values)
        low, high = self._value(bounds.get(LOW)), self._value(bounds.get(HIGH))
        return (low is None or present >= low) and (high is None or present <= high)

    def fields(self) -> dict[str, forms.Field]:
        return {
            f"{self.code}_{LOW}": self._field(_("%(field)s from")),
            f"{self.code}_{HIGH}": self._field(_("%(field)s to")),
        }

    def _field(self, label: str) -> forms.Field:
        said = label % {"field": self.label}
        if self.is_day:
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(label=said, required=False, widget=widget)
        return forms.DecimalField(label=said, required=False, max_digits=24, decimal_places=6)

    def initial(self, values: Values) -> dict[str, Any]:
        return {f"{self.code}_{side}": self._value(raw) for side, raw in _bounds(values).items()}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        given = {side: data.get(f"{self.code}_{side}") for side in (LOW, HIGH)}
        return [Value(f"{side} {_written(bound)}") for side, bound in given.items() if bound is not None]

    def words(self, values: Values, names: Names) -> str:
        bounds = _bounds(values)
        said = {LOW: _("from %(value)s"), HIGH: _("to %(value)s")}
        return " ".join(
            said[side] % {"value": self._said(bounds[side])} for side in (LOW, HIGH) if side in bounds
        )

    def _said(self, raw: str) -> str:
        value = self._value(raw)
        if isinstance(value, dt.date):
            return formats.short_date(value)
        return (
            formats.number(value, digits=max(0, -int(value.as_tuple().exponent)))
            if value is not None
            else raw
        )

    def _value(self, raw: object) -> Any:
        try:
            return dt.date.fromisoformat(str(raw)) if self.is_day else Decimal(str(raw))
        except (ValueError, InvalidOperation):
            return None


def _written(bound: Decimal | dt.date) -> str:
    return f"{bound.normalize():f}" if isinstance(bound, Decimal) else bound.isoformat()


def _bounds(values: Values) -> dict[str, str]:
    return {
        side: raw
        for value in values
        for side, _space, raw in [value.value.partition(" ")]
        if side in (LOW, HIGH)
    }
