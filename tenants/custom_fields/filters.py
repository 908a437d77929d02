"""Filters of lists by custom fields: each kind's own inputs, all of them answered by search.custom_values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext as _

from core.folding import fold, like_escaped
from core.listing.filters import MultiChoice, PeriodFilterSet
from core.listing.rest import Held
from tenants.custom_fields.definitions import field_or_none, fields_of, is_custom, names
from tenants.custom_fields.holding import holds, holds_between, holds_words, is_empty
from tenants.custom_fields.numbers import number_key
from tenants.models import CustomField

Kind = CustomField.Kind
CHOSEN = (Kind.CHOICE, Kind.CHOICES, Kind.ELEMENT, Kind.FLAG, Kind.MEMBER)
NONE = "none"  # in a URL: the field is empty
YES, NO = "yes", "no"


class CustomFilterSet(PeriodFilterSet):
    """A filter set whose rows have custom fields. Their filters are those of the tenant the request is in."""

    entity: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in fields_of(self.entity):
            for name, one in filters_of(field):
                one.parent, one.model, one.field_name = self, self.queryset.model, name
                self.filters[name] = one
        self.add_twins()

    def held_of(self, name: str) -> Held | None:
        field = field_or_none(self.entity, name) if is_custom(name) else None
        return super().held_of(name) if field is None else held_by(field)


def filters_of(field: CustomField) -> Iterator[tuple[str, django_filters.Filter]]:
    """Make the filters of a field, each with its name in the URL: cf_7, or cf_7_min and cf_7_max."""
    match field.kind:
        case Kind.NUMBER | Kind.MONEY:
            least, most = f"{field.key}_min", f"{field.key}_max"
            yield least, NumberBound(field, is_low=True, other=most)
            yield most, NumberBound(field, is_low=False, other=least)
        case Kind.DATE:
            first, last = f"{field.key}_from", f"{field.key}_to"
            yield first, DayBound(field, is_low=True, other=last)
            yield last, DayBound(field, is_low=False, other=first)
        case Kind.TEXT:
            yield field.key, TextFilter(field)
        case Kind.FILE:
            yield field.key, FilledFilter(field)
        case _:
            yield field.key, ValueFilter(field)


def held_by(field: CustomField) -> Held | None:
    """Say where rows keep a field that is chosen from a list; nothing for other kinds."""
    if field.kind == Kind.CHOICES:
        return Held(KeyTransform(field.key, "custom_values"), is_empty(field), "jsonb_array_elements_text")
    if field.kind in CHOSEN:
        return Held(KeyTextTransform(field.key, "custom_values"), is_empty(field))
    return None


class TextFilter(django_filters.CharFilter):
    """A part of the text, in any case."""

    def __init__(self, field: CustomField) -> None:
        super().__init__(label=field.name, max_length=100)
        self.custom = field

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(holds_words([self.custom.key], [f"%{like_escaped(fold(value))}%"]))


class Bound(django_filters.Filter):
    """The least or the greatest value, itself included. Where both are asked for, the lower one looks for both at once."""

    def __init__(self, field: CustomField, *, is_low: bool, other: str, **extra: Any) -> None:
        label = (_("%(field)s from") if is_low else _("%(field)s to")) % {"field": field.name}
        super().__init__(label=label, **extra)
        self.custom, self.is_low, self.other = field, is_low, other

    def filter(self, qs: QuerySet[Any], value: Decimal | dt.date | None) -> QuerySet[Any]:
        if value is None:
            return qs
        asked: CustomFilterSet = self.parent
        beyond = asked.asked.cleaned_data.get(self.other)
        if not self.is_low:
            only_high = holds_between(self.custom, low=None, high=_written(value))
            return qs if beyond is not None else qs.filter(only_high)
        high = None if beyond is None else _written(beyond)
        return qs.filter(holds_between(self.custom, low=_written(value), high=high))


def _written(value: Decimal | dt.date) -> str:
    return number_key(value) if isinstance(value, Decimal) else value.isoformat()


class NumberBound(Bound):
    """A bound of a number, or of the amount of a sum."""

    field_class = forms.DecimalField

    def __init__(self, field: CustomField, *, is_low: bool, other: str) -> None:
        super().__init__(field, is_low=is_low, other=other, max_digits=24, decimal_places=6)


class DayBound(Bound):
    """A bound of a day."""

    field_class = forms.DateField

    def __init__(self, field: CustomField, *, is_low: bool, other: str) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(field, is_low=is_low, other=other, widget=widget)


class AnyChoiceField(forms.MultipleChoiceField):
    """Choices of a URL: one that is gone since finds nothing and is no error."""

    def valid_value(self, value: Any) -> bool:
        return len(str(value)) <= 50


class ValueFilter(MultiChoice):
    """Any of the options, elements or colleagues; 'not filled in' is one of the choices."""

    field_class = AnyChoiceField

    def __init__(self, field: CustomField) -> None:
        is_long = field.kind in (Kind.MEMBER, Kind.ELEMENT)
        widget = (
            forms.SelectMultiple(attrs={"data-select": ""}) if is_long else forms.CheckboxSelectMultiple()
        )
        super().__init__(label=field.name, choices=_choices_of(field), widget=widget)
        self.custom = field

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        if not value:
            return qs
        chosen: list[Any] = [one for one in value if one != NONE]
        if self.custom.kind == Kind.FLAG:
            chosen = [one == YES for one in chosen]
        elif self.custom.kind == Kind.CHOICES:
            chosen = [[one] for one in chosen]
        condition = Q(holds(self.custom, wanted=chosen)) if chosen else Q(pk__in=[])
        return qs.filter(condition | is_empty(self.custom) if NONE in value else condition)


def _choices_of(field: CustomField) -> Callable[[], list[tuple[str, str]]]:
    """Give the choices when the form is shown; a list that filters by nothing reads no names."""

    def choices() -> list[tuple[str, str]]:
        match field.kind:
            case Kind.FLAG:
                known = {YES: _("yes"), NO: _("no")}
            case Kind.MEMBER:
                known = names().members()
            case _:
                known = names().elements_of(field)
        return [*known.items(), (NONE, _("not filled in"))]

    return choices


class FilledFilter(django_filters.ChoiceFilter):
    """Whether there is a file."""

    def __init__(self, field: CustomField) -> None:
        choices = [(YES, _("there is one")), (NONE, _("not filled in"))]
        super().__init__(label=field.name, choices=choices, empty_label=_("All"))
        self.custom = field

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(is_empty(self.custom) if value == NONE else holds(self.custom))
