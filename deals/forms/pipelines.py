"""Settings of pipelines and stages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals import fields
from deals.cards import card_choices
from deals.models import Pipeline, Stage
from deals.services.stages import COLORS
from deals.setup import spoken_language
from deals.starters import TEMPLATES
from tenants.rates import CURRENCIES


def currency_choices(*present: str) -> list[tuple[str, str]]:
    """List the currencies offered, and those in use already."""
    return [(code, code) for code in dict.fromkeys([*CURRENCIES, *filter(None, present)])]


class PipelineCreateForm(forms.Form):
    """A new pipeline: empty, or from one of the templates."""

    name = forms.CharField(label=_("Name"), max_length=100)
    currency = forms.ChoiceField(label=_("Currency"))
    template = forms.ChoiceField(label=_("Start from"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = spoken_language()
        names = [(code, template.name_in(self.language)) for code, template in TEMPLATES.items()]
        self.fields["template"].choices = [("", _("No stages yet")), *names]  # type: ignore[attr-defined]
        self.fields["currency"].choices = currency_choices(currency)  # type: ignore[attr-defined]
        self.initial.setdefault("currency", currency)
        self.initial.setdefault("template", "")

    def starters(self) -> list[dict[str, Any]]:
        """List what one may start from, each with its stages as the company will read them."""
        chosen = self["template"].value() or ""
        found: list[dict[str, Any]] = []
        for value, label in self.fields["template"].choices:  # type: ignore[attr-defined]
            stages = TEMPLATES[value].stages if value else ()
            steps = [(stage.name_in(self.language), stage.color) for stage in stages]
            found.append({"value": value, "label": label, "steps": steps, "is_on": value == chosen})
        return found


class PipelineCopyForm(forms.Form):
    """What the copy is called."""

    name = forms.CharField(label=_("Name"), max_length=100)


class PipelineForm(forms.ModelForm):
    """Name, currency, what cards show, whether Unsorted stands on the board, and one deal a client or several."""

    card_fields = forms.MultipleChoiceField(
        label=_("Fields on the card"),
        required=False,
        choices=lambda: list(card_choices().items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The title is always there. A card has five lines at most."),
    )
    currency = forms.ChoiceField(label=_("Currency"), help_text=_("Of new deals; those there keep theirs."))

    class Meta:
        model = Pipeline
        fields = (
            "name", "currency", "is_unsorted_shown", "has_one_open_deal", "card_fields",
            "first_payment_stage", "full_payment_stage",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = currency_choices(self.instance.currency)  # type: ignore[attr-defined]
        stages = Stage.objects.filter(pipeline=self.instance.pk, kind__in=(Stage.Kind.OPEN, Stage.Kind.WON))
        for name in ("first_payment_stage", "full_payment_stage"):
            self.fields[name].queryset = stages.order_by("position", "id")  # type: ignore[attr-defined]
            self.fields[name].empty_label = _("Don’t move")  # type: ignore[attr-defined]


class StageForm(forms.ModelForm):
    """A stage: how it looks, what it limits and what it demands."""

    color = forms.TypedChoiceField(
        label=_("Colour"), coerce=int, choices=[(n, n) for n in COLORS], widget=forms.RadioSelect
    )
    enter = forms.MultipleChoiceField(
        label=_("Needed to enter"), required=False, widget=forms.CheckboxSelectMultiple
    )
    leave = forms.MultipleChoiceField(
        label=_("Needed to leave"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Stage
        fields = (
            "name",
            "color",
            "probability_percent",
            "time_limit_h",
            "card_limit",
            "is_limit_strict",
            "is_shown",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(field.name, field.label) for field in fields.requirable()]
        self.fields["enter"].choices = self.fields["leave"].choices = choices  # type: ignore[attr-defined]
        if self.instance.is_closed:
            for name in ("probability_percent", "time_limit_h", "card_limit", "is_limit_strict"):
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        """Return the arguments of update_stage."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}

    def requirements(self) -> dict[str, list[str]]:
        """Return the arguments of set_requirements."""
        return {"enter": self.cleaned_data["enter"], "leave": self.cleaned_data["leave"]}


class StageDeleteForm(forms.Form):
    """Where the deals of a stage go that is to be deleted."""

    move_to = forms.ModelChoiceField(Stage.objects.open(), label=_("Move its deals to"), empty_label=None)

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Stage.objects.open().filter(pipeline_id=stage.pipeline_id).exclude(pk=stage.pk)
        self.fields["move_to"].queryset = others.order_by("position")  # type: ignore[attr-defined]
