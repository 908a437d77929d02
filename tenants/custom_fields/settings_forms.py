"""Forms of the settings: fields, directories and their elements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import TenantModelForm
from tenants.custom_fields.carrying import lead_fields_for
from tenants.field_rights import Level, level_of
from tenants.models import CustomField, Directory, DirectoryElement, Role

MAX_OPTIONS = 300
CURRENCIES = ("RUB", "USD", "EUR", "GBP", "KZT", "BYN", "UAH", "UZS", "AMD", "GEL", "CNY", "TRY", "AED")
Kind = CustomField.Kind


class FieldForm(TenantModelForm):
    """A field: what it is called and where it is asked for. What only some kinds have is there only for them."""

    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("Of sums written without one; those there keep theirs.")
    )
    options = forms.CharField(
        label=_("Options"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line. They can be added, renamed and archived later."),
    )

    class Meta:
        model = CustomField
        fields = (
            "name", "directory", "currency", "group", "hint", "lead_field", "is_required", "is_on_card",
            "is_searchable",
        )  # fmt: skip
        help_texts = {
            "group": _("Fields of one group stand together under its name."),
            "hint": _("Shown beside the field while it is filled in."),
            "is_required": _(
                "Asked for in the forms of creation. What a stage demands is set in its pipeline."
            ),
            "is_on_card": _("Else it folds under “more fields”."),
            "is_searchable": _(
                "The search of lists and the palette look in it, for those who see the field."
            ),
        }

    field_order = (
        "name",
        "options",
        "directory",
        "currency",
        "group",
        "hint",
        "lead_field",
        "is_required",
        "is_on_card",
    )
    lead_field = forms.ChoiceField(
        label=_("Filled from the lead"),
        required=False,
        help_text=_("When an inquiry is accepted, and the field is still empty."),
    )

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, is_new = self.instance.kind, self.instance._state.adding
        if not (is_new and self.instance.has_options):
            del self.fields["options"]
        if kind == Kind.ELEMENT and is_new:
            choice: Any = self.fields["directory"]
            choice.queryset, choice.required = Directory.objects.filter(is_private=False), True
        else:
            del self.fields["directory"]
        if not self.instance.has_words:
            del self.fields["is_searchable"]
        if self.instance.entity == CustomField.Entity.LEAD:
            del self.fields["lead_field"]
        else:
            sources: Any = self.fields["lead_field"]
            sources.choices = [
                ("", _("The field of the same name and kind")),
                *((one.key, one.name) for one in lead_fields_for(self.instance)),
                (CustomField.NOTHING, _("Nothing")),
            ]
        if kind != Kind.MONEY:
            del self.fields["currency"]
        else:
            own: Any = self.fields["currency"]
            codes = dict.fromkeys([*CURRENCIES, currency, self.instance.currency])
            own.choices = [(code, code) for code in codes if code]
            self.initial["currency"] = self.instance.currency or currency

    def clean_options(self) -> list[str]:
        names = list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip())
        )
        if len(names) > MAX_OPTIONS:
            raise forms.ValidationError(_("No more than %(count)s options.") % {"count": MAX_OPTIONS})
        if len({name.casefold() for name in names}) < len(names):
            raise forms.ValidationError(_("Two options are called the same."))
        if any(len(name) > 200 for name in names):
            raise forms.ValidationError(
                _("An option has no more than %(count)s characters.") % {"count": 200}
            )
        return names


class FieldRightsForm(forms.Form):
    """A choice for every field and role; administrators go everywhere."""

    def __init__(
        self, *args: Any, fields: Iterable[CustomField], roles: Iterable[Role], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.customs, self.roles = list(fields), [role for role in roles if not role.is_admin]
        for custom in self.customs:
            for role in self.roles:
                self.fields[_name(role, custom)] = forms.ChoiceField(
                    choices=Level.choices,
                    initial=level_of(role, custom.key),
                    label=f"{role.name}: {custom.name}",
                )

    def rows(self) -> list[dict[str, Any]]:
        """Lay the choices out: a row a field, a column a role."""
        return [
            {"label": custom.name, "choices": [self[_name(role, custom)] for role in self.roles]}
            for custom in self.customs
        ]

    def levels(self) -> dict[Role, dict[str, str]]:
        """Return the argument of set_field_rights."""
        return {
            role: {custom.key: self.cleaned_data[_name(role, custom)] for custom in self.customs}
            for role in self.roles
        }


def _name(role: Role, custom: CustomField) -> str:
    return f"{role.pk}.{custom.key}"


class DirectoryForm(TenantModelForm):
    """What a directory is called."""

    class Meta:
        model = Directory
        fields = ("name",)


class ElementForm(TenantModelForm):
    """What an element is called."""

    class Meta:
        model = DirectoryElement
        fields = ("name",)
