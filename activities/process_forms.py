"""The editor of a task template: its name and way, and a row a step; and starting one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.forms import MAX_DURATION_MIN, PLANNED_KINDS, SELECT
from activities.models import ProcessStep, ProcessTemplate
from core.forms import TenantModelForm
from tenants.models import Membership

MOST_STEPS = 30
MOST_DELAY = 1000


class ProcessForm(TenantModelForm):
    """A template's name, and whether its steps follow each other."""

    class Meta:
        model = ProcessTemplate
        fields = ("name", "mode")


class StepForm(forms.Form):
    """One step; a row without words is none."""

    pk = forms.UUIDField(required=False, widget=forms.HiddenInput)
    subject = forms.CharField(label=_("What to do"), max_length=300, required=False)
    kind = forms.ChoiceField(label=_("What"), choices=PLANNED_KINDS, widget=forms.Select(attrs=SELECT))
    delay = forms.IntegerField(label=_("After"), min_value=0, max_value=MOST_DELAY, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=ProcessStep.Unit.choices, widget=forms.Select(attrs=SELECT)
    )
    duration_min = forms.IntegerField(
        label=_("Length, minutes"), min_value=0, max_value=MAX_DURATION_MIN, required=False
    )
    doer = forms.ChoiceField(
        label=_("Who does it"), choices=ProcessStep.Doer.choices, widget=forms.Select(attrs=SELECT)
    )
    member: Any = forms.ModelChoiceField(
        label=_("Person"), queryset=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    text = forms.CharField(
        label=_("Details"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    ORDER = forms.IntegerField(label=_("Order"), required=False, min_value=1, max_value=99)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        member.queryset = Membership.objects.active().order_by("name")

    def clean(self) -> dict[str, Any]:
        """Ask who where it is always the same person."""
        data = super().clean() or self.cleaned_data
        is_somebody = data.get("doer") == ProcessStep.Doer.MEMBER
        if data.get("subject") and is_somebody and data.get("member") is None:
            self.add_error("member", _("Choose the person."))
        return data


class _Steps(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not any(form.cleaned_data.get("subject") for form in self.forms):
            raise forms.ValidationError(_("A template has at least one step."))


StepFormSet = forms.formset_factory(StepForm, formset=_Steps, extra=2, max_num=MOST_STEPS)


def initial_steps(template: ProcessTemplate | None) -> list[dict[str, Any]]:
    """Fill the rows of a template that is there."""
    if template is None:
        return []
    names = ("pk", "subject", "kind", "delay", "unit", "duration_min", "doer", "text")
    return [
        {name: getattr(step, name) for name in names} | {"member": step.member_id, "ORDER": place}
        for place, step in enumerate(template.steps.all(), start=1)
    ]


def steps_of(formset: forms.BaseFormSet, template: ProcessTemplate | None) -> list[ProcessStep]:
    """Read the rows that say something, in their order; rows without a number stand last."""
    rows = [form.cleaned_data for form in formset.forms if form.cleaned_data.get("subject")]
    rows.sort(key=lambda row: row.get("ORDER") or 100)
    known = {step.pk: step for step in template.steps.all()} if template else {}
    found = []
    for row in rows:
        step = known.get(row["pk"]) or ProcessStep()
        for name in ("subject", "kind", "unit", "doer", "text"):
            setattr(step, name, row[name])
        step.delay, step.duration_min = row["delay"] or 0, row["duration_min"] or 0
        step.member = row["member"] if row["doer"] == ProcessStep.Doer.MEMBER else None
        found.append(step)
    return found


class StartForm(forms.Form):
    """Which template to start."""

    template: Any = forms.ModelChoiceField(
        label=_("Task template"), queryset=None, empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template: Any = self.fields["template"]
        template.queryset = ProcessTemplate.objects.usable().order_by("name")
