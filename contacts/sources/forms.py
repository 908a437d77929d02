"""Forms of sources, their groups and costs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Source, SourceCost, SourceGroup
from contacts.sources.rules import mistakes_of
from core.forms import TenantModelForm


class SourceForm(TenantModelForm):
    """A source."""

    class Meta:
        model = Source
        fields = ("name", "group", "utm_source", "is_advertising")
        labels = {"utm_source": "utm_source"}  # a name in addresses: no capital letter, no translation

    def clean_utm_source(self) -> str:
        return str(self.cleaned_data["utm_source"]).strip().lower()


class GroupForm(TenantModelForm):
    """A group of sources."""

    class Meta:
        model = SourceGroup
        fields = ("name",)


class CostForm(TenantModelForm):
    """Money spent over some days."""

    class Meta:
        model = SourceCost
        fields = ("starts_on", "ends_on", "amount", "currency", "campaign")
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "amount": forms.NumberInput(attrs={"min": "0", "step": "0.01"}),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        told = ("starts_on", "ends_on", "amount", "currency")
        values: dict[str, Any] = {name: data.get(name) for name in told}
        if None not in values.values():
            for refusal in mistakes_of(**values):
                self.add_error(refusal.field, str(refusal.message))
        return data


class CampaignForm(forms.Form):
    """Which source a campaign belongs to."""

    source = forms.ModelChoiceField(
        queryset=Source.objects.filter(is_archived=False),
        label=_("Source"),
        required=False,
        empty_label=_("No source"),
        widget=forms.Select(attrs={"data-select": ""}),
    )
