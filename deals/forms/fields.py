"""Single fields of a deal: those a stage demands, and those edited in place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from contacts.models import Source
from deals.fields import label_of
from deals.forms.clients import ClientFields
from deals.models import Deal
from tenants.custom_fields import inputs
from tenants.custom_fields.definitions import field_of, is_custom
from tenants.models import CustomField, Membership

EDITABLE_IN_PLACE = (
    "title",
    "amount",
    "contact",
    "company",
    "owner",
    "source",
    "campaign",
    "city",
    "object_of_interest",
    "expected_on",
    "tags",
    "note",
)
# One question of ours may be several inputs.
_CLIENT = {"contact": ("contact", "contact_name", "contact_phone"), "company": ("company_name",)}


class MoneyField(forms.DecimalField):
    """An amount as people write it: spaces between thousands, a comma or a point before the cents."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=0, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = re.sub(r"[\s₽$€£]", "", value)
            value = (
                value.replace(",", "")
                if re.fullmatch(r"[\d.,]*,\d{3}(\.\d+)?", value)
                else value.replace(",", ".")
            )
        return super().to_python(value)


class TagsField(forms.CharField):
    """Tags in one line, with commas between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        names = [name.strip().lstrip("#")[:50] for name in super().clean(value).split(",")]
        return list(dict.fromkeys(name for name in names if name))


def _date(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def make_field(name: str, deal: Deal | None = None, *, is_required: bool) -> forms.Field:
    """Make the form field of a deal's field; choices keep what is chosen now, archived or dismissed as it may be."""
    if is_custom(name):
        now = deal.custom_values.get(name) if deal is not None else None
        return inputs.make_input(field_of(CustomField.Entity.DEAL, name), is_required=is_required, now=now)
    options: dict[str, Any] = {"label": capfirst(str(label_of(name))), "required": is_required}
    match name:
        case "amount":
            return MoneyField(**options)
        case "expected_on":
            return _date(**options)
        case "tags":
            return TagsField(**options)
        case "note":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **options)
        case "owner":
            members = Membership.objects.filter(is_active=True)
            if deal is not None and deal.owner_id:
                members = members | Membership.objects.filter(pk=deal.owner_id)
            return forms.ModelChoiceField(members, empty_label=_("Nobody"), **options)
        case "source":
            sources = Source.objects.filter(is_archived=False)
            if deal is not None and deal.source_id:
                sources = sources | Source.objects.filter(pk=deal.source_id)
            return forms.ModelChoiceField(sources, empty_label=_("No source"), **options)
    column = Deal._meta.get_field(name)
    return forms.CharField(max_length=column.max_length, **options)  # type: ignore[union-attr]


def value_now(deal: Deal, name: str) -> Any:
    """Return what a form starts with; references by id."""
    if is_custom(name):
        return deal.custom_values.get(name)
    return getattr(deal, Deal._meta.get_field(name).attname)  # type: ignore[union-attr]


class ValuesForm(ClientFields):
    """Asks for some fields of a deal and no others."""

    def __init__(
        self,
        *args: Any,
        member: Membership,
        names: Iterable[str],
        deal: Deal | None = None,
        is_required: bool = True,
        **kwargs: Any,
    ) -> None:
        self.names, self.is_required = list(names), is_required
        super().__init__(*args, member=member, **kwargs)
        wanted = {part for name in self.names for part in _CLIENT.get(name, ())}
        for part in list(self.fields):
            if part in _CLIENT["contact"] + _CLIENT["company"] and part not in wanted:
                del self.fields[part]
        for name in self.names:
            if name not in _CLIENT:
                self.fields[name] = make_field(name, deal, is_required=is_required)
                if deal is not None:
                    self.initial.setdefault(name, value_now(deal, name))
        if deal is not None and "company" in self.names and deal.company:
            self.initial.setdefault("company_name", deal.company.name)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.is_required and "contact" in self.names and not self.has_contact() and not self.errors:
            self.add_error("contact_name", _("Name the client, or give a phone."))
        if self.is_required and "company" in self.names and not data.get("company_name"):
            self.add_error("company_name", forms.Field.default_error_messages["required"])
        return data

    def questions(self) -> list[dict[str, Any]]:
        """The fields in order, as a template shows them; a client is one question of two inputs."""
        asked = []
        for name in self.names:
            parts = [self[part] for part in _CLIENT.get(name, (name,)) if not self[part].is_hidden]
            asked.append({"name": name, "parts": parts})
        return asked

    def values(self, *, now: dt.datetime) -> dict[str, Any]:
        """Return values for the services; makes the client where a new one was named."""
        values = {
            name: self.cleaned_data[name] for name in self.names if not (name in _CLIENT or is_custom(name))
        }
        values |= inputs.given(self, CustomField.Entity.DEAL, by=self.member)
        if "contact" in self.names:
            values["contact"] = self.save_contact(now=now)
        if "company" in self.names:
            values["company"] = self.save_company(now=now)
        return values
