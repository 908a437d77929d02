"""How far each role may go in a pipeline and its stages: a table of choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.models import Pipeline, Stage
from tenants.models import Role
from tenants.places import WHOLE, Level, level_of


class PipelineRightsForm(forms.Form):
    """A field for every role and stage, and one for every role and the whole pipeline."""

    def __init__(
        self, *args: Any, pipeline: Pipeline, roles: Iterable[Role], stages: Iterable[Stage], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pipeline, self.roles = pipeline, [role for role in roles if not role.is_admin]
        self.places = [(WHOLE, _("The whole pipeline"), 0)]
        self.places += [(str(stage.pk), stage.name, stage.color) for stage in stages]
        for role in self.roles:
            kept = role.pipeline_rights.get(str(pipeline.pk), {})
            for key, label, _color in self.places:
                self.fields[_name(role, key)] = self._field(role, key, str(label), kept)

    def _field(self, role: Role, key: str, label: str, kept: dict[str, str]) -> forms.Field:
        """Make a choice; a stage may also follow its pipeline."""
        is_whole = key == WHOLE
        choices = [*Level.choices] if is_whole else [("", _("As the pipeline")), *Level.choices]
        initial = level_of(role, self.pipeline.pk) if is_whole else kept.get(key, "")
        return forms.ChoiceField(
            choices=choices, required=False, initial=initial, label=f"{role.name}: {label}"
        )

    def rows(self) -> list[dict[str, Any]]:
        """Lay the fields out: a row a place, a column a role."""
        return [
            {"label": label, "color": color, "fields": [self[_name(role, key)] for role in self.roles]}
            for key, label, color in self.places
        ]

    def levels(self) -> dict[Role, dict[str, str]]:
        """Return the argument of set_pipeline_rights; what narrows nothing is left out."""
        chosen: dict[Role, dict[str, str]] = {}
        for role in self.roles:
            picked = {key: self.cleaned_data[_name(role, key)] for key, _label, _color in self.places}
            whole = picked.pop(WHOLE) or Level.FULL
            kept = {key: level for key, level in picked.items() if level and level != whole}
            chosen[role] = kept if whole == Level.FULL else {WHOLE: whole} | kept
        return chosen


def _name(role: Role, key: str) -> str:
    return f"{role.pk}.{key}"
