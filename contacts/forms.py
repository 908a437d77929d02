"""What people type about contacts and companies."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts import requisites
from contacts.identity import Key, email_keys, normalise_email, normalise_phones, phone_keys
from contacts.models import Company, Contact, IdentityKey, LegalDetails, Source
from contacts.services.bulk import MAX_TAGS
from core.forms import TenantModelForm
from tenants.custom_fields.inputs import add_inputs, asked_at_creation
from tenants.models import CustomField, Membership

LANGUAGE_CHOICES = [("", "—"), ("ru", _("Russian")), ("en", _("English"))]
MAX_TAG = 50


class TagsField(forms.CharField):
    """Tags as people write them: a, b, c."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Separated by commas"))
        super().__init__(required=False, max_length=1000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Write a list the way it is typed."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Split, drop empty and repeated ones."""
        parts = (part.strip() for part in str(super().to_python(value) or "").split(","))
        return list(dict.fromkeys(part for part in parts if part))

    def validate(self, value: Any) -> None:
        """Keep within what the column and the card can hold."""
        if len(value) > MAX_TAGS:
            raise forms.ValidationError(_("No more than %(count)s tags.") % {"count": MAX_TAGS})
        if any(len(tag) > MAX_TAG for tag in value):
            raise forms.ValidationError(
                _("A tag has no more than %(count)s characters.") % {"count": MAX_TAG}
            )


def owner_field() -> Any:
    """Offer those who work here."""
    return forms.ModelChoiceField(
        label=_("Responsible"),
        queryset=Membership.objects.active().order_by("name"),
        required=False,
        empty_label=_("Nobody"),
    )


class AssignForm(forms.Form):
    """Who is responsible from now on."""

    owner = forms.ModelChoiceField(Membership.objects.filter(is_active=True), label=_("Responsible"))


class AddTagForm(forms.Form):
    """One more tag."""

    tag = forms.CharField(label=_("Tag"), max_length=MAX_TAG)

    def clean_tag(self) -> str:
        tag: str = self.cleaned_data["tag"].lstrip("#").strip()
        if not tag or "," in tag:
            raise forms.ValidationError(_("Give one tag, without commas."))
        return tag


def source_field() -> Any:
    """Offer the sources in use."""
    return forms.ModelChoiceField(
        label=_("Source"), queryset=Source.objects.filter(is_archived=False), required=False, empty_label="—"
    )


class PhonesAndEmails(forms.Form):
    """A phone and an e-mail as typed, checked and made into keys. `region`: country of the tenant's phones."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region

    def clean_phone(self) -> str:
        raw: str = self.cleaned_data["phone"]
        if raw and not normalise_phones(raw, self.region):
            raise forms.ValidationError(
                _("This is no phone number. Write it with the code: +7 916 123-45-67.")
            )
        return raw

    def clean_email(self) -> str:
        raw: str = self.cleaned_data["email"]
        if raw and not normalise_email(raw):
            raise forms.ValidationError(_("This is no e-mail address."))
        return raw

    def written_keys(self) -> list[Key]:
        """Return the keys of what was typed."""
        return [
            *phone_keys(self.cleaned_data["phone"], self.region),
            *email_keys(self.cleaned_data["email"]),
        ]


class ContactForm(PhonesAndEmails):
    """A new contact."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=200, required=False)
    position = forms.CharField(label=_("Position"), max_length=150, required=False)
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        help_text=_("A known one is linked, a new name makes a new company."),
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ("name", "phone", "email", "company", "position", "source", "owner", "comment")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = source_field()
        self.fields["owner"] = owner_field()
        self.fields["owner"].initial = member.pk
        self.custom = [field.key for field in asked_at_creation(CustomField.Entity.CONTACT)]
        add_inputs(self, asked_at_creation(CustomField.Entity.CONTACT))

    def custom_inputs(self) -> list[forms.BoundField]:
        """The mandatory custom fields, for the template."""
        return [self[key] for key in self.custom]

    def clean(self) -> dict[str, Any]:
        """Refuse a contact about whom nothing is said."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not (values.get("name") or values.get("phone") or values.get("email")):
            self.add_error("name", _("Write a name, a phone or an e-mail."))
        return values


class CompanyForm(PhonesAndEmails):
    """A new company."""

    name = forms.CharField(label=_("Name"), max_length=200)
    inn = forms.CharField(label=_("INN"), max_length=20, required=False)
    client_type = forms.ChoiceField(
        label=_("Client type"), choices=[("", "—"), *Company.ClientType.choices], required=False
    )
    site = forms.CharField(label=_("Site"), max_length=200, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    field_order = ("name", "inn", "client_type", "phone", "email", "site", "address", "source", "owner")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = source_field()
        self.fields["owner"] = owner_field()
        self.fields["owner"].initial = member.pk
        self.custom = [field.key for field in asked_at_creation(CustomField.Entity.COMPANY)]
        add_inputs(self, asked_at_creation(CustomField.Entity.COMPANY))

    def custom_inputs(self) -> list[forms.BoundField]:
        """The mandatory custom fields, for the template."""
        return [self[key] for key in self.custom]

    def clean_inn(self) -> str:
        return checked_inn(self.cleaned_data["inn"])


def checked_inn(raw: str) -> str:
    """Return an INN without spaces; raise ValidationError where it doesn't add up."""
    value = "".join(raw.split())
    if value and not requisites.is_inn(value):
        raise forms.ValidationError(_("The INN has a mistake: its control digit does not fit."))
    return value


# --- One field in its place --------------------------------------------------------------------------
class ContactFieldForm(TenantModelForm):
    """One fact about a contact."""

    tags = TagsField(label=_("Tags"))
    has_consented = forms.BooleanField(label=_("Has consented to data processing"), required=False)

    class Meta:
        model = Contact
        fields = (
            "name", "last_name", "first_name", "middle_name", "position", "kind", "source", "owner", "tags",
            "language", "time_zone", "comment",
        )  # fmt: skip


class CompanyFieldForm(TenantModelForm):
    """One fact about a company, or a few that belong together."""

    tags = TagsField(label=_("Tags"))

    class Meta:
        model = Company
        fields = (
            "name", "client_type", "industry", "site", "address", "potential", "is_potential_regular", "turnover",
            "currency", "headcount", "head_company", "source", "owner", "tags", "comment",
        )  # fmt: skip


# What is edited together.
GROUPS: dict[str, tuple[str, ...]] = {
    "potential": ("potential", "currency", "is_potential_regular"),
    "turnover": ("turnover", "currency"),
    "consent": ("has_consented",),
    "name_parts": ("last_name", "first_name", "middle_name"),
}


def keep_only(form: forms.ModelForm, name: str) -> None:
    """Leave the fields of one fact on a form, with the choices it needs."""
    wanted = GROUPS.get(name, (name,))
    for other in [field for field in form.fields if field not in wanted]:
        del form.fields[other]
    for field in wanted:
        if maker := _MADE.get(field):
            form.fields[field] = maker()
    if "head_company" in form.fields:
        _offer_companies(form)


def _offer_companies(form: forms.ModelForm) -> None:
    """Offer the chosen company; others are searched for."""
    field = form.fields["head_company"]
    assert isinstance(field, forms.ModelChoiceField)
    present = Company.objects.present()
    chosen = form.data.get(form.add_prefix("head_company")) or form.instance.head_company_id
    field.queryset = present
    offered = present.filter(pk=chosen) if chosen else present.none()
    field.choices = [("", "—"), *((row.pk, row.name) for row in offered)]
    field.widget.attrs |= {"data-select": "", "data-url": f"{reverse('contacts:options')}?kind=company"}


def _language_field() -> forms.Field:
    return forms.ChoiceField(label=_("Language"), choices=LANGUAGE_CHOICES, required=False)


def _zone_field() -> forms.Field:
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/")
    )
    return forms.ChoiceField(
        label=_("Time zone"),
        choices=[("", "—"), *((name, name.replace("_", " ")) for name in names)],
        required=False,
        widget=forms.Select(attrs={"data-select": ""}),
    )


_MADE: dict[str, Any] = {
    "owner": owner_field,
    "source": source_field,
    "language": _language_field,
    "time_zone": _zone_field,
}


# --- Phones, addresses, companies, legal details -----------------------------------------------------
class KeyForm(forms.Form):
    """A phone or an address to add."""

    kind = forms.ChoiceField(choices=IdentityKey.Kind.choices)
    value = forms.CharField(label=_("Phone or e-mail"), max_length=254)
    label = forms.CharField(label=_("Label"), max_length=40, required=False)

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region

    def clean(self) -> dict[str, Any]:
        """Work out `key`; the kind follows from what was typed."""
        values: dict[str, Any] = super().clean() or {}
        raw, label, kind = (str(values.get(name) or "") for name in ("value", "label", "kind"))
        if kind not in (IdentityKey.Kind.PHONE, IdentityKey.Kind.EMAIL):
            values["key"] = Key(kind, raw, raw, label)
            return values
        found = email_keys(raw, label=label) if "@" in raw else phone_keys(raw, self.region, label=label)
        if raw and not found:
            self.add_error("value", _("This is neither a phone number nor an e-mail address."))
        values["key"] = found[0] if found else None
        return values


class LinkForm(forms.Form):
    """A company to link to a contact, or a contact to link to a company."""

    name = forms.CharField(label=_("Name"), max_length=200)
    position = forms.CharField(label=_("Position"), max_length=150, required=False)


class LegalDetailsForm(TenantModelForm):
    """One set of legal details."""

    class Meta:
        model = LegalDetails
        fields = (
            "title", "inn", "kpp", "ogrn", "legal_address", "bank", "bik", "account", "correspondent_account",
        )  # fmt: skip

    def clean_inn(self) -> str:
        return checked_inn(self.cleaned_data["inn"])

    def clean_kpp(self) -> str:
        value = "".join(self.cleaned_data["kpp"].split()).upper()
        if value and not requisites.is_kpp(value):
            raise forms.ValidationError(_("A KPP has nine characters: 770901001."))
        return value

    def clean_ogrn(self) -> str:
        value = "".join(self.cleaned_data["ogrn"].split())
        if value and not requisites.is_ogrn(value):
            raise forms.ValidationError(_("The OGRN has a mistake: its control digit does not fit."))
        return value

    def clean_bik(self) -> str:
        value = "".join(self.cleaned_data["bik"].split())
        if value and not requisites.is_bik(value):
            raise forms.ValidationError(_("A BIK has nine digits."))
        return value

    def clean(self) -> dict[str, Any]:
        """Check a Russian account against its bank."""
        values: dict[str, Any] = super().clean() or {}
        account, bik = "".join((values.get("account") or "").split()), values.get("bik") or ""
        if account and bik and not requisites.is_account(account, bik):
            self.add_error("account", _("The account does not fit the bank of this BIK."))
        if "account" in values:
            values["account"] = account
        return values
