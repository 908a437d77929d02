"""Filters of lists: the parts every filter set shares, and the chips that show what is in force."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from core import formats
from core.listing.rest import Held, RestFilter
from core.zones import company_zone

PERIODS = [
    ("all", _("All time")),
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("7d", _("Last 7 days")),
    ("30d", _("Last 30 days")),
    ("month", _("This month")),
    ("last_month", _("Last month")),
    ("quarter", _("This quarter")),
    ("year", _("This year")),
]


def period_bounds(name: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return first and last day (both inclusive) of a named period."""
    month = today.replace(day=1)
    match name:
        case "today":
            return today, today
        case "yesterday":
            return today - dt.timedelta(days=1), today - dt.timedelta(days=1)
        case "7d" | "30d":
            return today - dt.timedelta(days=int(name[:-1]) - 1), today
        case "month":
            return month, today
        case "last_month":
            last = month - dt.timedelta(days=1)
            return last.replace(day=1), last
        case "quarter":
            return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), today
        case "year":
            return today.replace(month=1, day=1), today
    raise KeyError(name)


def day_start(day: dt.date, zone: dt.tzinfo | None = None) -> dt.datetime:
    """Return the moment a day begins, in the reader's zone unless another one is given."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min), zone)


def within_days(
    queryset: QuerySet[Any], field: str, first: dt.date | None, last: dt.date | None
) -> QuerySet[Any]:
    """Narrow to moments between two of the company's days, both inclusive."""
    zone = company_zone()
    if first:
        queryset = queryset.filter(**{f"{field}__gte": day_start(first, zone)})
    if last:
        queryset = queryset.filter(**{f"{field}__lt": day_start(last + dt.timedelta(days=1), zone)})
    return queryset


class MultiChoice(django_filters.MultipleChoiceFilter):
    """Several values, any of which; unknown ones in a URL find nothing and never fail.

    Of a column of the row or of one it refers to, so a row is found once and none has to be told apart.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        kwargs.setdefault("distinct", False)
        super().__init__(*args, **kwargs)


class FreeChoiceField(forms.MultipleChoiceField):
    """Words that stand for themselves: one that is gone since finds nothing and is no error.

    What is offered is read when the form is shown, and not for an address.
    """

    def valid_value(self, value: Any) -> bool:
        return len(str(value)) <= 50


# Beyond these, days cannot be reckoned with in every time zone.
SANE_DAY = [MinValueValidator(dt.date(1970, 1, 1)), MaxValueValidator(dt.date(2200, 1, 1))]


class TickField(forms.NullBooleanField):
    """True when ticked, else nothing: an absent box is no 'no'."""

    widget = forms.CheckboxInput

    def clean(self, value: Any) -> bool | None:
        return True if super().clean(value) else None


class Flag(django_filters.BooleanFilter):
    """A box to tick: narrows when ticked, leaves the rows alone otherwise."""

    field_class = TickField


class Without(Flag):
    """A box to tick for rows that have nothing where `held` says they would keep it."""

    def __init__(self, held: Held, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.held = held

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        return qs.filter(self.held.empty) if value else qs


class MultiModel(django_filters.ModelMultipleChoiceFilter):
    """Several related rows, any of which. The queryset is built in the request's tenant scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.SelectMultiple(attrs={"data-select": ""}))
        kwargs.setdefault("distinct", False)
        super().__init__(*args, **kwargs)


class _Filters(dict[str, django_filters.Filter]):
    """The filters of a class. A filter set takes copies of them, not of the widgets and choices they only read."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, django_filters.Filter]:
        copies = {name: copy.copy(one) for name, one in self.items()}
        for one in copies.values():
            one.extra = dict(one.extra)  # a request's queryset goes in there
            if one.method is not None:
                one.method = one.method  # ties the method to this copy
        return copies


class PeriodFilterSet(django_filters.FilterSet):
    """Period by name or by days; `date_field` may be chosen by a subclass's own filter."""

    date_field = "created_at"
    date_label: str | Promise = _("Created")
    # What a filter means when nobody chose: such a value narrows nothing and is no chip.
    defaults: Mapping[str, str] = {"period": "all"}
    usual: Sequence[str] = ()  # the filters shown at once; the rest folds. Empty: all of them
    # Where rows keep what filters look for, by the filters' names: what reports group by, and what `not_…` leaves out
    held: Mapping[str, Held] = {}

    period = django_filters.ChoiceFilter(
        choices=PERIODS, method="filter_period", label=_("Period"), empty_label=None
    )
    first = django_filters.DateFilter(
        method="filter_first",
        validators=SANE_DAY,
        label=_("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = django_filters.DateFilter(
        method="filter_last",
        validators=SANE_DAY,
        label=_("To"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def moment_field(self) -> str:
        return self.date_field

    def held_of(self, name: str) -> Held | None:
        """Say where rows keep what a filter looks for; nothing where that is no value of theirs."""
        return self.held.get(name)

    def add_twins(self) -> None:
        """Add the twins an address names: `not_tag`, the rest beside those marked, and `also_tag`, a second choice.

        Rows with several values can be asked for one by the reader and for another by a report.
        """
        for name in self.data:
            kind, _of, twin_of = name.partition("_")
            held = self.held_of(twin_of) if kind in ("not", "also") else None
            if held is None or twin_of not in self.filters:
                continue
            own = self.filters[twin_of]
            twin = RestFilter(held, own.label) if kind == "not" else copy.copy(own)
            twin.parent, twin.model = self, own.model
            self.filters[name] = twin

    def filter_period(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "all":
            return queryset
        first, last = period_bounds(value, timezone.localdate(timezone=company_zone()))
        return within_days(queryset, self.moment_field(), first, last)

    def filter_first(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return within_days(queryset, self.moment_field(), value, None)

    def filter_last(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return within_days(queryset, self.moment_field(), None, value)

    @classmethod
    def get_filters(cls) -> _Filters:
        return _Filters(super().get_filters())

    @cached_property
    def asked(self) -> forms.Form:
        """The form, as far as the address fills it in: thirty fields take 5 ms to make, and most lists name none."""
        fields = {name: one.field for name, one in self.filters.items() if name in self.data}
        form: forms.Form = type("AskedForm", (forms.Form,), fields)(self.data)
        return form

    @cached_property
    def qs(self) -> QuerySet[Any]:
        """The rows that pass. A filter nobody can understand finds nothing: a list shows no more than was asked for."""
        if not self.asked.is_valid():
            return self.queryset.none()
        return self.filter_queryset(self.queryset.all())

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for name, value in self.asked.cleaned_data.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset


@dataclasses.dataclass(frozen=True, slots=True)
class Chip:
    label: str | Promise
    value: str
    remove_url: str


def active_chips(filterset: PeriodFilterSet, params: QueryDict, url: Callable[..., str]) -> list[Chip]:
    """List the filters in force, with the link that removes each."""
    filterset.asked.is_valid()
    chips = []
    for name, field in filterset.asked.fields.items():
        given = [v for v in params.getlist(name) if v]
        if not given or given == [filterset.defaults.get(name)]:
            continue
        shown = _shown(filterset.asked.cleaned_data.get(name), field)
        chips.append(Chip(field.label or name, shown, url(**{name: None})))
    return chips


def _shown(value: Any, field: forms.Field) -> str:
    if isinstance(value, QuerySet):
        value = list(value)
    if isinstance(value, list | tuple):
        names = [_one(v, field) for v in value]
        return ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
    return "" if value is True else _one(value, field)


def _one(value: Any, field: forms.Field) -> str:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, dt.date):
        return formats.short_date(value)
    is_word = hasattr(field, "queryset") or isinstance(field, FreeChoiceField)
    choices = {} if is_word else dict(getattr(field, "choices", ()))
    return str(choices.get(value, value if value is not None else "?"))
