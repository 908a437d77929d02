"""The rest: rows whose value is none of those a report lists, as `not_source=…` in a URL.

The listed values are told by marks of twelve letters each: fifty ids, or names of campaigns, would be longer than an
address may be.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Left
from django.db.models.lookups import In
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_LENGTH = 12
_MARKS = re.compile(rf"[0-9a-f]{{{_LENGTH}}}(\.[0-9a-f]{{{_LENGTH}}}){{0,199}}")


def mark_of(value: Any) -> str:
    """Tell a value shortly, as Postgres does of the text it makes of it."""
    return hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()[:_LENGTH]


@dataclasses.dataclass(frozen=True, slots=True)
class Marks:
    """The values that are left out."""

    marks: Sequence[str]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Marks:
        return cls(tuple(sorted(mark_of(value) for value in values)))

    @property
    def param(self) -> str:
        return ".".join(self.marks)

    def __str__(self) -> str:
        n = len(self.marks)
        return ngettext("all but %(n)s", "all but %(n)s", n) % {"n": n}


class HasMarked(Func):
    """`EXISTS (SELECT 1 FROM unnest(tags) … = ANY (…))`: one of a row's several values is among the marked."""

    arg_joiner = f") AS held(one) WHERE left(md5(held.one::text), {_LENGTH}) = ANY("
    template = "EXISTS (SELECT 1 FROM %(function)s(%(expressions)s))"
    output_field = BooleanField()


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Where rows keep what a filter looks for: also what a report groups them by.

    `value` is a path or an expression, `empty` the condition of rows that have nothing there. With `elements`, the name
    of the function that takes them apart, a row has several values.
    """

    value: Any
    empty: Q
    elements: str = ""

    @property
    def expression(self) -> Any:
        return F(self.value) if isinstance(self.value, str) else self.value

    def beyond(self, marks: Sequence[str]) -> Q:
        """Build the condition of rows that have something there, and nothing that is marked."""
        if self.elements:
            listed = Value(list(marks), output_field=ArrayField(TextField()))
            return ~self.empty & ~Q(HasMarked(self.expression, listed, function=self.elements))
        marked = Left(MD5(Cast(self.expression, TextField())), _LENGTH, output_field=CharField())
        return ~self.empty & ~Q(In(marked, list(marks)))


def referred(path: str) -> Held:
    """Say that rows refer to it."""
    return Held(path, Q(**{path: None}))


def worded(path: str) -> Held:
    """Say that rows keep it as a text, blank where there is none."""
    return Held(path, Q(**{path: ""}))


class MarksField(forms.CharField):
    """Marks of a URL."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Marks | None:
        given = super().clean(value)
        if not given:
            return None
        if not _MARKS.fullmatch(given):
            raise forms.ValidationError(_("The address is not whole."))
        return Marks(tuple(given.split(".")))


class RestFilter(django_filters.Filter):
    """Every row with another value than the marked ones."""

    field_class = MarksField

    def __init__(self, held: Held, label: Any) -> None:
        super().__init__(label=label)
        self.held = held

    def filter(self, qs: QuerySet[Any], value: Marks | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(self.held.beyond(value.marks))
