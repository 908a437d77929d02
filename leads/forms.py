"""Forms of decisions about leads: they validate and convert, services decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts.identity import Key, normalise_email, phone_keys
from contacts.models import IdentityKey, Source
from core import formats
from deals.models import RejectionReason
from leads.models import Lead
from leads.models.exclusions import DOMAIN
from tenants.custom_fields.inputs import add_inputs, asked_at_creation, given
from tenants.hours import HoursBook, current_book
from tenants.models import CustomField, Membership, Role


def lead_reasons() -> Any:
    """The reasons a lead can be rejected with."""
    return RejectionReason.objects.filter(is_for_leads=True, is_archived=False)


class RejectForm(forms.Form):
    """Why a lead is rejected (L8)."""

    reason = forms.ModelChoiceField(
        RejectionReason.objects.none(), label=_("Reason"), required=False, empty_label=_("No reason")
    )
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, is_reason_required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason: Any = self.fields["reason"]
        reason.queryset, reason.required = lead_reasons(), is_reason_required
        if is_reason_required:
            reason.empty_label = _("Choose a reason")


class SnoozeForm(forms.Form):
    """Until when a lead is put off."""

    until = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= timezone.now():
            raise forms.ValidationError(_("Choose a moment that is still to come."))
        return until


class AssignForm(forms.Form):
    """Whom a lead is handed to: one choice of people and roles."""

    to = forms.ChoiceField(label=_("To whom"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {f"m{m.pk}": m for m in Membership.objects.active().order_by("name")}
        self.roles = {f"r{r.pk}": r for r in Role.objects.order_by("name")}
        now = timezone.now()
        book = current_book(now=now)
        people = [(key, _with_absence(member, book, now)) for key, member in self.members.items()]
        roles = [(key, role.name) for key, role in self.roles.items()]
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            (_("People"), people),
            (_("Roles, whose members all see it"), roles),
        ]

    def chosen(self) -> dict[str, Any]:
        """Return the arguments of assign_lead."""
        key = self.cleaned_data["to"]
        return {"member": self.members.get(key), "role": self.roles.get(key)}


class SpamForm(forms.Form):
    """By what the sender of a lead is excluded; the domain only when ticked, others are ticked already."""

    keys = forms.MultipleChoiceField(
        label=_("Never again a lead from"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, keys: Sequence[Key], **kwargs: Any) -> None:
        ticked = [_name_of(key) for key in keys if key.kind != DOMAIN]
        super().__init__(*args, initial={"keys": ticked}, **kwargs)
        self.known = {_name_of(key): key for key in keys}
        self.fields["keys"].choices = [(name, _shown(key)) for name, key in self.known.items()]  # type: ignore[attr-defined]

    def chosen(self) -> list[Key]:
        """Return the keys to exclude."""
        return [self.known[name] for name in self.cleaned_data["keys"]]


def _name_of(key: Key) -> str:
    return f"{key.kind}:{key.value}"


def _shown(key: Key) -> str:
    if key.kind == DOMAIN:
        return gettext("anybody at %(domain)s") % {"domain": key.value}
    if key.kind == IdentityKey.Kind.PHONE:
        return formats.phone(key.value)
    return key.raw or key.value


class ExclusionForm(forms.Form):
    """A line of the exclusion list, typed in."""

    value = forms.CharField(
        label=_("Phone, e-mail or domain"),
        max_length=254,
        help_text=_("For example +7 916 123-45-67, spam@example.com or example.com"),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


def _with_absence(member: Membership, book: HoursBook, now: dt.datetime) -> str:
    """Name a member, and say so when they are away."""
    away = book.absence_at(member.pk, member.department_id, now)
    if away is None:
        return member.name
    until = _("away until %(day)s") % {"day": formats.short_date(away.ends_on)}
    return f"{member.name} ({until})"


class QualityForm(forms.Form):
    """A mark by hand; empty lets the rules decide."""

    quality = forms.ChoiceField(
        label=_("Quality"),
        required=False,
        choices=[
            ("", _("By the rules")),
            *((value, label) for value, label in Lead.Quality.choices if value != Lead.Quality.UNSORTED),
        ],
    )


class LeadForm(forms.Form):
    """An inquiry somebody told, typed in by hand (L1)."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=64, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email"}),
    )
    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    text = forms.CharField(
        label=_("What they want"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    source = forms.ModelChoiceField(
        Source.objects.none(), label=_("Source"), required=False, empty_label=_("No source")
    )
    responsible: Any = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Responsible"), required=False, empty_label=None
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        kwargs["initial"] = {"responsible": member.pk} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.member = member
        source: Any = self.fields["source"]
        responsible: Any = self.fields["responsible"]
        source.queryset = Source.objects.filter(is_archived=False)
        responsible.queryset = Membership.objects.active()
        self.custom = [field.key for field in asked_at_creation(CustomField.Entity.LEAD)]
        add_inputs(self, asked_at_creation(CustomField.Entity.LEAD))

    def custom_inputs(self) -> list[forms.BoundField]:
        """The mandatory custom fields, for the template."""
        return [self[key] for key in self.custom]

    def values(self) -> dict[str, Any]:
        """Return the arguments of create_manual_lead."""
        own = {name: value for name, value in self.cleaned_data.items() if name not in self.custom}
        return own | given(self, CustomField.Entity.LEAD, by=self.member)

    def clean_phone(self) -> str:
        raw: str = self.cleaned_data["phone"]
        if raw and not phone_keys(raw, self.member.tenant.phone_region):
            raise forms.ValidationError(_("This is no phone number."))
        return raw

    def clean_email(self) -> str:
        raw: str = self.cleaned_data["email"]
        if raw and not normalise_email(raw):
            raise forms.ValidationError(_("This is no e-mail address."))
        return raw

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(data.get(name) for name in ("name", "phone", "email", "text")):
            self.add_error("name", _("Say who it is, how to reach them, or what they want."))
        return data
