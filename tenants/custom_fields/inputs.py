"""Form fields of custom fields. What they clean to is a value as records keep it; of a file, what was uploaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tenants.custom_fields import values as kinds
from tenants.custom_fields.definitions import Names, field_or_none, filled_by_hand, names
from tenants.custom_fields.files import store_file
from tenants.models import CustomField, CustomValued, Membership

Kind = CustomField.Kind
CLEAR = "clear"  # of a file's input: the one there goes


class ParsedField(forms.CharField):
    """A line of text that means a value: a number, a sum."""

    def __init__(self, field: CustomField, known: Names, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.custom, self.known = field, known

    def prepare_value(self, value: Any) -> Any:
        """Write the kept value as people type it."""
        if isinstance(value, Mapping):
            is_usual = value["currency"] == self.custom.currency
            return value["amount"] if is_usual else f"{value['amount']} {value['currency']}"
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return _parsed(self.custom, text, self.known)


class DayField(forms.DateField):
    """A day; it cleans to what records keep."""

    def prepare_value(self, value: Any) -> Any:
        return value

    def clean(self, value: Any) -> Any:
        day: dt.date | None = super().clean(value)
        return day.isoformat() if day else None


class FlagField(forms.TypedChoiceField):
    """Yes, no, or nobody has said."""

    def __init__(self, **kwargs: Any) -> None:
        from_word = {"yes": True, "no": False}
        choices = [("", "—"), *kinds.flag_words().items()]
        super().__init__(choices=choices, coerce=from_word.get, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _parsed(field: CustomField, text: str, known: Names) -> Any:
    try:
        return kinds.parse(field, text, known)
    except kinds.BadValue as refusal:
        raise forms.ValidationError(refusal.reason) from refusal


def make_input(field: CustomField, *, is_required: bool, now: Any = None) -> forms.Field:
    """Make the form field; `now` is the value there: its element is offered even when it is archived."""
    options: dict[str, Any] = {"label": field.name, "required": is_required, "help_text": field.hint}
    known = names()
    match field.kind:
        case Kind.TEXT:
            widget = forms.Textarea(attrs={"rows": 1, "class": "grows"})
            return forms.CharField(max_length=kinds.MAX_TEXT, empty_value=None, widget=widget, **options)
        case Kind.DATE:
            return DayField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)
        case Kind.FLAG:
            return FlagField(**options)
        case Kind.FILE:
            return forms.FileField(max_length=255, **options)
        case Kind.NUMBER | Kind.MONEY:
            attrs = {"inputmode": "decimal", "autocomplete": "off"}
            return ParsedField(field, known, max_length=60, widget=forms.TextInput(attrs=attrs), **options)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=list(_offered(field, known, now).items()),
                widget=forms.CheckboxSelectMultiple,
                **options,
            )
    choices = [("", "—"), *_offered(field, known, now).items()]
    attrs = {} if field.kind == Kind.CHOICE and len(choices) < 12 else {"data-select": ""}
    return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=attrs), **options)


def _offered(field: CustomField, known: Names, now: Any) -> dict[str, str]:
    is_member = field.kind == Kind.MEMBER
    offered = (
        known.members(with_dismissed=False) if is_member else known.elements_of(field, with_archived=False)
    )
    for pk in now if isinstance(now, list) else [now]:
        if pk and (name := known.member(pk) if is_member else known.element(pk)):
            offered.setdefault(pk, name)
    return offered


class CustomFieldForm(forms.Form):
    """One custom field of a record, in its place."""

    def __init__(self, *args: Any, custom: CustomField, record: CustomValued, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_inputs(self, [custom], kept=record.custom_values)
        self.fields[custom.key].required = False  # a field can be emptied, whatever creation asks


def add_inputs(
    form: forms.BaseForm, fields: Iterable[CustomField], *, kept: Mapping[str, Any] | None = None
) -> None:
    """Put fields on a form under their keys, with the values of a record; mandatory ones are required."""
    for field in fields:
        now = (kept or {}).get(field.key)
        form.fields[field.key] = make_input(field, is_required=field.is_required, now=now)
        form.initial.setdefault(field.key, now)


def asked_at_creation(entity: str) -> list[CustomField]:
    """List the fields a form of creation asks for: the mandatory ones whoever fills it in may fill."""
    return [field for field in filled_by_hand(entity) if field.is_required]


def given(form: forms.BaseForm, entity: str, *, by: Membership) -> dict[str, Any]:
    """Return what the form's custom fields say, for the services; stores uploaded files. Raises FileTooLarge and its like."""
    found: dict[str, Any] = {}
    for name, value in form.cleaned_data.items():
        field = field_or_none(entity, name)
        if field is None:
            continue
        if field.kind != Kind.FILE:
            found[name] = value
        elif isinstance(value, UploadedFile):
            found[name] = store_file(upload=value, by=by)
        elif form.data.get(f"{name}-{CLEAR}"):
            found[name] = None
    return found
