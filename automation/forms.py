"""The form of one robot: when, after how long, on which deals, and what its action needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from automation.actions import ACTIONS
from automation.conditions import Condition, all_conditions
from automation.models import Robot
from automation.services import RobotValues
from core.conditions import Value
from deals.models import Deal

MOST = {Robot.Unit.MINUTES: 60 * 24 * 30, Robot.Unit.HOURS: 24 * 365, Robot.Unit.DAYS: 730}


class RobotForm(forms.Form):
    """One robot of one action; the action brings its own fields, conditions theirs."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("For the log and the timeline. Empty: as what it does is called."),
    )
    trigger = forms.ChoiceField(label=_("What sets it off"), choices=Robot.Trigger.choices)
    wait = forms.IntegerField(label=_("After"), min_value=0, max_value=max(MOST.values()), initial=0)
    wait_unit = forms.ChoiceField(label=_("Unit"), choices=Robot.Unit.choices)
    is_working_time = forms.BooleanField(
        label=_("Counts the company's working time"),
        required=False,
        help_text=_("What would come at night or on a day off comes when work begins."),
    )
    is_active = forms.BooleanField(label=_("Switched on"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        action: str,
        robot: Robot | None = None,
        asked: Mapping[str, Sequence[Value]] | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(robot))
        self.action, self.robot = ACTIONS[action], robot
        self.fields.update(self.action.fields(robot))
        self.action_names = list(self.action.fields(robot))
        for column in self.action.columns:
            if robot is not None:
                kept = getattr(robot, column)
                self.initial[column] = getattr(kept, "pk", kept)
        self.conditions = all_conditions()
        for condition in self.conditions.values():
            self.fields.update({f"if_{name}": field for name, field in condition.fields().items()})
            initial = condition.initial((asked or {}).get(condition.code, ()))
            self.initial.update({f"if_{name}": value for name, value in initial.items()})

    # --- For the template --------------------------------------------------------------------------
    def action_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.action_names]

    def condition_rows(self) -> list[tuple[Condition, list[forms.BoundField], bool]]:
        """Return each condition, its fields and whether anything is set in it."""
        rows = []
        for condition in self.conditions.values():
            bound = [self[f"if_{name}"] for name in condition.fields()]
            is_set = any(field.value() for field in bound) or any(field.errors for field in bound)
            rows.append((condition, bound, is_set))
        return rows

    # --- Validating --------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        trigger, wait = data.get("trigger"), data.get("wait")
        if trigger == Robot.Trigger.IDLE and wait == 0:
            self.add_error("wait", _("Say how long nothing has to happen."))
        if wait is not None and wait > MOST.get(data.get("wait_unit", ""), 0):
            self.add_error("wait", _("That is too far away."))
        return data

    def values(self) -> RobotValues:
        """Return what save_robot takes."""
        data = self.cleaned_data
        asked = {
            condition.code: values
            for condition in self.conditions.values()
            if (values := condition.read({name: data.get(f"if_{name}") for name in condition.fields()}))
        }
        return RobotValues(
            trigger=data["trigger"],
            action=self.action.code,
            action_values={name: data[name] for name in self.action_names},
            conditions=asked,
            name=data["name"],
            wait=data["wait"],
            wait_unit=data["wait_unit"],
            is_working_time=data["is_working_time"],
            is_active=data["is_active"],
        )


class TrialForm(forms.Form):
    """On which deal the robots of a stage are tried."""

    deal: Any = forms.ModelChoiceField(Deal.objects.none(), label=_("Deal"), empty_label=_("Choose"))

    def __init__(self, data: Any, *, deals: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["deal"]
        field.queryset = deals


def _initial(robot: Robot | None) -> dict[str, Any]:
    if robot is None:
        return {"is_active": True, "is_working_time": True, "trigger": Robot.Trigger.ENTERED, "wait": 0}
    names = ("name", "trigger", "wait", "wait_unit", "is_working_time", "is_active")
    return {name: getattr(robot, name) for name in names}
