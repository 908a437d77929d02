"""Legal details as people type or paste them, with the control sums of each number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts import requisites
from contacts.models import LegalDetails
from contacts.requisites_text import recognise
from core.forms import TenantModelForm

FIELDS = ("title", "inn", "kpp", "ogrn", "legal_address", "bank", "bik", "account", "correspondent_account")


def checked_inn(raw: str) -> str:
    """Return an INN without spaces; raise ValidationError where it doesn't add up."""
    value = "".join(raw.split())
    if value and not requisites.is_inn(value):
        raise forms.ValidationError(_("The INN has a mistake: its control digit does not fit."))
    return value


def checked_kpp(raw: str) -> str:
    """Return a KPP without spaces; raise ValidationError where it has not its shape."""
    value = "".join(raw.split()).upper()
    if value and not requisites.is_kpp(value):
        raise forms.ValidationError(_("A KPP has nine characters: 770901001."))
    return value


class LegalDetailsForm(TenantModelForm):
    """One set of legal details."""

    class Meta:
        model = LegalDetails
        fields = FIELDS

    def clean_inn(self) -> str:
        return checked_inn(self.cleaned_data["inn"])

    def clean_kpp(self) -> str:
        return checked_kpp(self.cleaned_data["kpp"])

    def clean_ogrn(self) -> str:
        value = _unspaced(self.cleaned_data["ogrn"])
        if value and not requisites.is_ogrn(value):
            raise forms.ValidationError(_("The OGRN has a mistake: its control digit does not fit."))
        return value

    def clean_bik(self) -> str:
        value = _unspaced(self.cleaned_data["bik"])
        if value and not requisites.is_bik(value):
            raise forms.ValidationError(_("A BIK has nine digits."))
        return value

    def clean(self) -> dict[str, Any]:
        """Check Russian accounts against their bank, and the OGRN against the kind of its owner."""
        values: dict[str, Any] = super().clean() or {}
        self._check_accounts(values)
        inn, ogrn = values.get("inn") or "", values.get("ogrn") or ""
        if inn and ogrn and (len(inn) == 12) != (len(ogrn) == 15):
            self.add_error(
                "ogrn",
                _("A company has an INN of 10 and an OGRN of 13 digits, an entrepreneur of 12 and 15."),
            )
        return values

    def _check_accounts(self, values: dict[str, Any]) -> None:
        bik = values.get("bik") or ""
        for name, fits, told in (
            ("account", requisites.is_account, _("The account does not fit the bank of this BIK.")),
            (
                "correspondent_account",
                requisites.is_correspondent_account,
                _("The correspondent account does not fit the bank of this BIK."),
            ),
        ):
            if name not in values:
                continue
            values[name] = _unspaced(values[name] or "")
            if values[name] and bik and not fits(values[name], bik):
                self.add_error(name, told)


class PastedDetailsForm(LegalDetailsForm):
    """One set of legal details, with room for the text they are taken from."""

    pasted = forms.CharField(
        label=_("Paste the details as one text"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def with_pasted(data: Any) -> dict[str, Any]:
    """Fill a form from the pasted text; what was typed already stays where the text says nothing of it."""
    found = recognise(str(data.get("pasted", ""))[:10_000])
    columns: dict[str, Any] = {name: LegalDetails._meta.get_field(name) for name in FIELDS}
    typed = {name: str(data.get(name, "")) for name in FIELDS}
    return (
        typed
        | {name: value[: columns[name].max_length] for name, value in found.fields.items()}
        | {"pasted": found.rest}
    )


def _unspaced(text: str) -> str:
    return "".join(text.split())
