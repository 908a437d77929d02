"""The editor of a script: its name and place, and a row a step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.dialogs.state import KINDS
from channels.models import Channel, Script, ScriptStep
from channels.services import StepValues
from core.forms import TenantModelForm
from deals.models import Stage

MOST_STEPS = 30


class ScriptForm(TenantModelForm):
    """A script's name and where it is shown."""

    class Meta:
        model = Script
        fields = ("name", "channel", "stage")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel: Any = self.fields["channel"]
        channel.queryset = Channel.objects.filter(channel_kind__in=KINDS).order_by("name")
        channel.empty_label = _("All channels")
        stage: Any = self.fields["stage"]
        rows = Stage.objects.open().filter(pipeline__is_archived=False).select_related("pipeline")
        stage.queryset = rows.order_by("pipeline__position", "position")
        stage.empty_label = _("At any stage, and before there is a deal")
        stage.label_from_instance = lambda row: f"{row.pipeline.name}: {row.name}"


class StepForm(forms.Form):
    """One step; a row without text is none."""

    pk = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What to say"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    question = forms.CharField(label=_("What to ask"), max_length=300, required=False)
    target = forms.ChoiceField(
        label=_("Where the answer goes"),
        choices=[("", _("Choose")), *ScriptStep.Target.choices],
        required=False,
    )
    ORDER = forms.IntegerField(label=_("Order"), required=False, min_value=1, max_value=99)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("question") and not data.get("text"):
            self.add_error("text", _("Say what leads to the question."))
        if data.get("question") and not data.get("target"):
            self.add_error("target", _("Choose where the answer goes."))
        return data


class _Steps(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not steps_of(self):
            raise forms.ValidationError(_("A script has at least one step."))


StepFormSet = forms.formset_factory(StepForm, formset=_Steps, extra=3, max_num=MOST_STEPS)


def initial_steps(script: Script | None) -> list[dict[str, Any]]:
    """Fill the rows of a script that is there."""
    if script is None:
        return []
    return [
        {"pk": step.pk, "text": step.text, "question": step.question, "target": step.target, "ORDER": place}
        for place, step in enumerate(script.steps.all(), start=1)
    ]


def steps_of(formset: forms.BaseFormSet) -> list[StepValues]:
    """Read the rows that say something, in their order; rows without a number stand last."""
    rows = [form.cleaned_data for form in formset.forms if form.cleaned_data.get("text")]
    rows.sort(key=lambda row: row.get("ORDER") or 100)
    return [StepValues(row["text"], row["question"], row["target"], row.get("pk")) for row in rows]
