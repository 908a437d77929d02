"""Naming a client in any form of deals: known ones are found, new ones are made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.identity import Key, find_contact, get_or_create_contact, phone_keys
from contacts.models import Company, Contact
from contacts.services import create_company
from tenants.access import Action, Section, may
from tenants.models import Membership


class ClientFields(forms.Form):
    """A contact by id (chosen from the hints) or by name and phone; a company by name.

    A phone somebody has already finds that contact, also without scripts.
    """

    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, widget=forms.HiddenInput)
    contact_name = forms.CharField(label=_("Client’s name"), max_length=200, required=False)
    contact_phone = forms.CharField(
        label=_("Phone"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["contact"].queryset = Contact.objects.visible_to(member)  # type: ignore[attr-defined]

    def clean_contact_phone(self) -> str:
        raw: str = self.cleaned_data["contact_phone"]
        if raw and not phone_keys(raw, self.member.tenant.phone_region):
            raise forms.ValidationError(_("This is no phone number."))
        return raw

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self._names_new_contact(data) and not may(self.member, Section.CONTACTS, Action.ADD):
            place = "contact_name" if "contact_name" in self.fields else "contact_phone"
            self.add_error(place, _("Your role does not allow adding contacts."))
        if self._names_new_company(data) and not may(self.member, Section.COMPANIES, Action.ADD):
            self.add_error("company_name", _("Your role does not allow adding companies."))
        return data

    def _names_new_contact(self, data: dict[str, Any]) -> bool:
        """Say whether saving would make a contact: nobody was chosen, and nobody has the phone."""
        if data.get("contact") or not (data.get("contact_name") or data.get("contact_phone")):
            return False
        return find_contact(self._keys(data)) is None

    def _names_new_company(self, data: dict[str, Any]) -> bool:
        return (
            bool(data.get("company_name")) and not data.get("company") and self._known_company(data) is None
        )

    def has_contact(self) -> bool:
        data = self.cleaned_data
        return bool(data.get("contact") or data.get("contact_name") or data.get("contact_phone"))

    def save_contact(self, *, now: dt.datetime) -> Contact | None:
        """Return the chosen contact, the one of the phone, or a new one; None when nobody was named."""
        data = self.cleaned_data
        if data.get("contact"):
            chosen: Contact = data["contact"]
            return chosen
        if not self.has_contact():
            return None
        contact, _created = get_or_create_contact(
            name=data.get("contact_name", ""),
            keys=self._keys(data),
            owner=self.member,
            now=now,
            by=self.member,
            company_name=data.get("company_name", ""),
        )
        return contact

    def save_company(self, *, now: dt.datetime) -> Company | None:
        """Return the company of this name, made if it is new; None when none was named."""
        name = self.cleaned_data.get("company_name", "")
        if not name:
            return None
        known = self._known_company(self.cleaned_data)
        return known or create_company(name=name, owner=self.member, by=self.member, now=now)

    def _keys(self, data: dict[str, Any]) -> list[Key]:
        return phone_keys(data.get("contact_phone", ""), self.member.tenant.phone_region)

    def _known_company(self, data: dict[str, Any]) -> Company | None:
        known: Company | None = (
            Company.objects.present().named(data["company_name"]).order_by("created_at").first()
        )
        return known
