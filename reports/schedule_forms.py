"""The form of a report on a schedule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import TenantModelForm
from reports.models import Recipient, Schedule
from tenants.access import may_export
from tenants.models import Membership


class ScheduleForm(TenantModelForm):
    """When a report is sent, as what, and to whom; offered are those who may have it."""

    recipients = forms.ModelMultipleChoiceField(
        queryset=Membership.objects.all(),
        label=_("Who gets it"),
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
        help_text=_("Each gets what they may see themselves."),
    )

    class Meta:
        model = Schedule
        fields = ("name", "cadence", "weekday", "day", "at", "format", "is_paused")
        widgets = {"at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.active().select_related("role", "tenant")
        able = [person.pk for person in people if may_export(person, "reports")]
        self.fields["recipients"].queryset = Membership.objects.filter(pk__in=able).order_by("name")  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            self.fields["recipients"].initial = list(
                Recipient.objects.filter(schedule=self.instance).values_list("member", flat=True)
            )
        else:
            del self.fields["is_paused"]
