"""Forms of documents and of their settings."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.legal_forms import LegalDetailsForm
from contacts.models import LegalDetails
from core import placeholders
from core.errors import Refusal
from core.forms import TenantModelForm
from deals.documents.content import TEXT_FIELDS
from deals.documents.numbering import check_format
from deals.models import Deal, DocumentSettings, Invoice, OurCompany, Proposal
from deals.terms import vat_choices, vat_key, vat_of

OUR_FIELDS = (
    "name", "title", "inn", "kpp", "ogrn", "address", "bank", "bik", "account", "correspondent_account", "phone",
    "email", "site", "director_title", "director", "accountant",
)  # fmt: skip


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _checked_text(text: str) -> str:
    try:
        placeholders.check(text, known=TEXT_FIELDS)
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal.message)) from refusal
    return text


class DocumentForm(forms.Form):
    """What may be changed of a draft: whose it is, for whom, until when, and the words around the lines."""

    seller = forms.ModelChoiceField(OurCompany.objects.none(), label=_("Our company"), empty_label=None)
    client_details = forms.ModelChoiceField(
        LegalDetails.objects.none(),
        label=_("Details of the client"),
        required=False,
        empty_label=_("Only the name"),
    )
    language = forms.ChoiceField(label=_("Language"))
    issued_on = _day(label=_("Date"))
    before = forms.CharField(
        label=_("Text before the lines"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    after = forms.CharField(
        label=_("Text after the lines"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, deal: Deal, document: Proposal | Invoice, **kwargs: Any) -> None:
        self.last_day = "due_on" if isinstance(document, Invoice) else "valid_until"
        super().__init__(*args, initial=_initial(document, self.last_day), **kwargs)
        sellers = OurCompany.objects.filter(is_archived=False)
        if document.seller_id:
            sellers = sellers | OurCompany.objects.filter(pk=document.seller_id)
        self.fields["seller"].queryset = sellers  # type: ignore[attr-defined]
        details = LegalDetails.objects.filter(company=deal.company_id)
        kept = details.in_use() | details.filter(pk=document.client_details_id)
        self.fields["client_details"].queryset = kept.main_first()  # type: ignore[attr-defined]
        self.fields["language"].choices = document._meta.get_field("language").choices  # type: ignore[attr-defined]
        label = _("To be paid by") if self.last_day == "due_on" else _("Valid until")
        self.fields[self.last_day] = _day(label=label)
        self.fields["after"].help_text = _("Filled in: %(fields)s.") % {
            "fields": ", ".join(f"{{{name}}}" for name in TEXT_FIELDS)
        }

    def clean_before(self) -> str:
        return _checked_text(self.cleaned_data["before"])

    def clean_after(self) -> str:
        return _checked_text(self.cleaned_data["after"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        issued, last = data.get("issued_on"), data.get(self.last_day)
        if issued and last and last < issued:
            self.add_error(self.last_day, _("This day is before the document’s own date."))
        return data

    def last_day_field(self) -> forms.BoundField:
        return self[self.last_day]


def _initial(document: Proposal | Invoice, last_day: str) -> dict[str, Any]:
    names = ("language", "issued_on", last_day)
    return {name: getattr(document, name) for name in names} | {
        "seller": document.seller_id,
        "client_details": document.client_details_id,
        "before": document.content.get("before", ""),
        "after": document.content.get("after", ""),
    }


class MailForm(forms.Form):
    """A letter with a document."""

    address = forms.ChoiceField(label=_("To"))
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 7}))

    def __init__(self, *args: Any, addresses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].choices = [(one, one) for one in addresses]  # type: ignore[attr-defined]
        self.fields["text"].help_text = _("{link} becomes the link; the PDF is attached.")


class OurCompanyForm(LegalDetailsForm):
    """One of our companies; the checks of legal details are those of clients."""

    title = forms.CharField(label=_("Legal name"), max_length=250)
    logo = forms.FileField(label=_("Logo"), required=False, help_text=_("PNG or JPEG, up to 2 MB."))
    stamp = forms.FileField(
        label=_("Stamp with signature"),
        required=False,
        help_text=_("A PNG with a transparent ground looks best."),
    )
    without_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    without_stamp = forms.BooleanField(label=_("Remove the stamp"), required=False)

    class Meta:
        model = OurCompany
        fields = tuple(name for name in OUR_FIELDS if name != "title")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["title"] = self.instance.legal_name
        for name in ("logo", "stamp"):
            self.fields[name].widget.attrs["accept"] = "image/png,image/jpeg"
            if not getattr(self.instance, f"{name}_key"):
                del self.fields[f"without_{name}"]

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service, without the pictures."""
        data = self.cleaned_data
        written = {name: data[name] for name in OUR_FIELDS if name != "title"}
        return written | {"legal_name": data["title"]}

    def pictures(self) -> dict[str, bytes]:
        """Return the new pictures; no bytes take one away."""
        found = {}
        for name in ("logo", "stamp"):
            if upload := self.cleaned_data.get(name):
                found[name] = bytes(upload.read())
            elif self.cleaned_data.get(f"without_{name}"):
                found[name] = b""
        return found


class DocumentSettingsForm(TenantModelForm):
    """How documents are numbered, what they say, and when money is reminded of."""

    rates = forms.CharField(
        label=_("VAT rates, %"),
        required=False,
        help_text=_("With commas between; without VAT is always offered."),
    )

    class Meta:
        model = DocumentSettings
        fields = (
            "proposal_format", "proposal_days", "proposal_before", "proposal_after", "invoice_format",
            "invoice_days", "invoice_before", "invoice_after", "remind_before_days", "remind_after_days",
            "is_client_reminded", "is_tax_included",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = self.instance
        self.initial["rates"] = ", ".join(vat_key(rate) for rate in terms.vat_rates)
        self.fields["vat"] = forms.TypedChoiceField(
            label=_("VAT of a new product"),
            choices=vat_choices(terms.vat_rates, terms.vat_percent),
            coerce=vat_of,
            empty_value=None,
            initial=vat_key(terms.vat_percent),
        )
        for word in ("proposal", "invoice"):
            self.fields[f"{word}_format"].help_text = _("Filled in: {n} the running count, {year}, {month}.")
            for side in ("before", "after"):
                self.fields[f"{word}_{side}"].widget.attrs["rows"] = 2
        self.fields["invoice_after"].help_text = _("Filled in: %(fields)s.") % {
            "fields": ", ".join(f"{{{name}}}" for name in TEXT_FIELDS)
        }

    def clean_rates(self) -> list[Decimal]:
        try:
            rates = [
                Decimal(part)
                for part in self.cleaned_data["rates"].replace("%", "").replace(";", ",").split(",")
                if part.strip()
            ]
        except InvalidOperation as error:
            raise forms.ValidationError(_("Write the rates as numbers: 0, 5, 20.")) from error
        if any(not 0 <= rate <= 100 for rate in rates) or len(rates) > 20:
            raise forms.ValidationError(_("A rate is between 0 and 100 %."))
        return sorted(set(rates))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for word in ("proposal", "invoice"):
            self._check(f"{word}_format", data, check_format)
            for side in ("before", "after"):
                self._check(f"{word}_{side}", data, _checked_text)
        return data

    def _check(self, name: str, data: dict[str, Any], check: Any) -> None:
        try:
            check(data.get(name) or "")
        except Refusal as refusal:
            self.add_error(name, str(refusal.message))
        except forms.ValidationError as error:
            self.add_error(name, error)

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = self.cleaned_data
        written = {name: data[name] for name in self._meta.fields or ()}
        return written | {"vat_rates": data["rates"], "vat_percent": data["vat"]}
