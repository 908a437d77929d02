"""What to plan on many cards: an activity, or a task template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.forms import SELECT, PlanForm
from activities.models import Activity, ProcessTemplate
from tenants.models import Membership

RESPONSIBLE = "responsible"


class BatchForm(PlanForm):
    """One activity for each card, for one person or for whoever is responsible; or a template for each."""

    template: Any = forms.ModelChoiceField(
        label=_("Task template"),
        queryset=None,
        required=False,
        empty_label=_("No template: the activity below"),
        widget=forms.Select(attrs=SELECT),
    )
    is_for_responsible = forms.BooleanField(
        label=_("Whoever is responsible for the card does it"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template: Any = self.fields["template"]
        template.queryset = ProcessTemplate.objects.usable().order_by("name")

    def clean(self) -> dict[str, Any]:
        """A template brings its own words."""
        values = super().clean()
        if values.get("template"):
            self.errors.pop("subject", None)
        return values

    @property
    def title(self) -> str:
        """Name the work for the list of background jobs."""
        values = self.cleaned_data
        if values["template"]:
            return str(values["template"].name)[:200]
        return str(values["subject"] or Activity.Kind(values["kind"]).label)[:200]

    @property
    def batch_values(self) -> dict[str, Any]:
        """The values as the job keeps them."""
        values = self.cleaned_data
        owner: Membership = values["owner"]
        return {
            "template": str(values["template"].pk) if values["template"] else "",
            "kind": values["kind"],
            "subject": values.get("subject", ""),
            "text": values["text"],
            "due_at": values["due_at"].isoformat() if values["due_at"] else None,
            "remind_at": values["remind_at"].isoformat() if values["remind_at"] else None,
            "owner": None if values["is_for_responsible"] else str(owner.pk),
            "duration_min": values["duration_min"] or 0,
            "place": values["place"],
        }
