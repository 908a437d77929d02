"""What is known about a lead beside its client and where it came from, edited in its place."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.text import capfirst

from contacts.facts import Fact
from contacts.forms import TagsField
from core.forms import TenantModelForm
from leads.models import Lead
from tenants.custom_fields.facts import FactGroup, custom_facts
from tenants.models import CustomField

FACTS = ("name", "company_name", "subject", "object_of_interest", "region", "tags")


class LeadFieldForm(TenantModelForm):
    """One fact about a lead."""

    tags = TagsField()

    class Meta:
        model = Lead
        fields = FACTS

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {name: self.fields[name]}
        self.fields[name].label = label_of(name)
        self.fields[name].required = False


def facts_of(lead: Lead) -> list[Fact]:
    """List the facts in their order."""
    return [fact_of(lead, name) for name in FACTS]


def fact_of(lead: Lead, name: str) -> Fact:
    """Make one fact."""
    value = getattr(lead, name)
    return Fact(name, label_of(name), ", ".join(value) if isinstance(value, list) else value)


def label_of(name: str) -> str:
    """Name a fact."""
    field: Any = Lead._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def custom_of(lead: Lead) -> list[FactGroup]:
    """Gather the lead's custom fields."""
    return custom_facts(lead, CustomField.Entity.LEAD, **addresses(lead))


def addresses(lead: Lead) -> dict[str, Any]:
    """Say where custom fields of a lead are edited and their files lie."""
    return {
        "edit_url": lambda key: reverse("leads:field", args=[lead.pk, key]),
        "file_url": lambda key: reverse("leads:field_file", args=[lead.pk, key]),
    }
