"""What people type about contacts and companies."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts import categories
from contacts.identity import Key, email_keys, normalise_email, normalise_phones, phone_keys
from contacts.legal_forms import checked_inn, checked_kpp
from contacts.models import Company, CompanyCategory, CompanyPoint, Contact, IdentityKey, Source
from contacts.services.bulk import MAX_TAGS
from core.forms import TenantModelForm
from tenants.custom_fields.inputs import add_inputs, asked_at_creation
from tenants.models import CustomField, Membership

LANGUAGE_CHOICES = [("", "—"), ("ru", _("Russian")), ("en", _("English"))]
MAX_TAG = 50
_SITE = re.compile(r"^(https?://)?([\w-]+\.)+[^\W\d_]{2,}(:\d+)?(/\S*)?$", re.I)
_ADDRESS = re.compile(r"[\d,]")
_MIN_LETTERS = 5


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
    kpp = forms.CharField(label=_("KPP"), max_length=20, required=False)
    client_type = forms.ChoiceField(label=_("Client type"), required=False)
    industry = forms.ChoiceField(label=_("Industry"), required=False)
    site = forms.CharField(label=_("Site"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    field_order = (
        "name", "inn", "kpp", "client_type", "industry", "phone", "email", "site", "city", "address", "source", "owner",
    )  # fmt: skip

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = source_field()
        self.fields["owner"] = owner_field()
        self.fields["owner"].initial = member.pk
        for name in CompanyCategory.Kind.values:
            self.fields[name].choices = categories.choices(name)  # type: ignore[attr-defined]
        self.custom = [field.key for field in asked_at_creation(CustomField.Entity.COMPANY)]
        add_inputs(self, asked_at_creation(CustomField.Entity.COMPANY))

    def custom_inputs(self) -> list[forms.BoundField]:
        """The mandatory custom fields, for the template."""
        return [self[key] for key in self.custom]

    def clean_inn(self) -> str:
        return checked_inn(self.cleaned_data["inn"])

    def clean_kpp(self) -> str:
        return checked_kpp(self.cleaned_data["kpp"])


# --- One field in its place --------------------------------------------------------------------------
class ContactFieldForm(TenantModelForm):
    """One fact about a contact."""

    tags = TagsField(label=_("Tags"))
    has_consented = forms.BooleanField(label=_("Has consented to data processing"), required=False)

    class Meta:
        model = Contact
        fields = (
            "name", "last_name", "first_name", "middle_name", "position", "kind", "city", "source", "owner", "tags",
            "language", "time_zone", "comment",
        )  # fmt: skip


class CompanyFieldForm(TenantModelForm):
    """One fact about a company, or a few that belong together."""

    tags = TagsField(label=_("Tags"))

    class Meta:
        model = Company
        fields = (
            "name", "client_type", "industry", "site", "city", "address", "potential", "is_potential_regular",
            "turnover", "currency", "headcount", "head_company", "source", "owner", "tags", "comment",
        )  # fmt: skip

    def _get_validation_exclusions(self) -> Any:
        """The model knows the built-in client types, the tenant's own are checked by the field of the form."""
        return super()._get_validation_exclusions() | {"client_type"}


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
        if field in CompanyCategory.Kind.values:
            form.fields[field] = _category_field(field, getattr(form.instance, field))
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


def _category_field(kind: str, chosen: str) -> forms.Field:
    label = CompanyCategory.Kind(kind).label
    return forms.ChoiceField(label=label, choices=categories.choices(kind, chosen=chosen), required=False)


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


class PointForm(KeyForm):
    """A phone, an e-mail, a further site or a further address of a company: which, follows from what was typed."""

    kind = forms.ChoiceField(choices=CompanyPoint.Kind.choices, required=False)

    def clean(self) -> dict[str, Any]:
        """Work out `key`. An address has words and a number or a comma; everything else is refused."""
        values: dict[str, Any] = forms.Form.clean(self) or {}
        raw, label = str(values.get("value") or "").strip(), str(values.get("label") or "")
        found = point_keys(raw, self.region, label)
        if raw and not found:
            self.add_error(
                "value", _("This is no phone, e-mail, site or address with a street and a number.")
            )
        values["key"] = found[0] if found else None
        return values


def point_keys(raw: str, region: str, label: str = "") -> list[Key]:
    """Make keys of what a company's point was typed as."""
    if "@" in raw:
        return email_keys(raw, label=label)
    if _SITE.match(raw):
        return [Key(CompanyPoint.Kind.SITE, raw.lower(), raw, label)]
    if phones := phone_keys(raw, region, label=label):
        return phones
    is_address = _ADDRESS.search(raw) and sum(letter.isalpha() for letter in raw) >= _MIN_LETTERS
    return [Key(CompanyPoint.Kind.ADDRESS, " ".join(raw.split()), raw, label)] if is_address else []


class LinkForm(forms.Form):
    """A company to link to a contact, or a contact to link to a company."""

    name = forms.CharField(label=_("Name"), max_length=200)
    position = forms.CharField(label=_("Position"), max_length=150, required=False)
