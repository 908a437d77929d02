"""Forms of routing: conditions, who gets it, what happens when nobody answers. They work without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from leads.models import EscalationStep, RoutingRule
from leads.routing.conditions import CONDITIONS, Condition
from leads.routing.rules import Rule
from leads.services.rules import RuleValues, Step
from tenants.models import Department, Membership, Role

MOST_STEPS = 3
PEOPLE, TEAM, ROLE = "people", "department", "role"
WHO = [(PEOPLE, _("These people")), (TEAM, _("A department")), (ROLE, _("A role"))]
Action = EscalationStep.Action
MINUTES, SECONDS = "min", "s"
UNITS = [(MINUTES, _("minutes")), (SECONDS, _("seconds"))]
# What a step that names somebody needs: a person or a role
_NAMES_PERSON = (Action.MEMBER, Action.TELL_MEMBER)


class StepsForm(forms.Form):
    """Up to three steps; a step without a time is none."""

    def __init__(self, data: Any = None, *, steps: Iterable[EscalationStep] = (), **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.members = {f"m{m.pk}": m for m in Membership.objects.active().order_by("name")}
        self.roles = {f"r{r.pk}": r for r in Role.objects.order_by("name")}
        present = [*steps][:MOST_STEPS]
        for number in range(1, MOST_STEPS + 1):
            self._add_step(number, present[number - 1] if len(present) >= number else None)

    def _add_step(self, number: int, step: EscalationStep | None) -> None:
        targets = [
            ("", gettext("Choose")),
            (gettext("People"), [(key, member.name) for key, member in self.members.items()]),
            (gettext("Roles"), [(key, role.name) for key, role in self.roles.items()]),
        ]
        fields: dict[str, forms.Field] = {
            "after": forms.IntegerField(
                label=pgettext("a time", "After"), required=False, min_value=1, max_value=10_000
            ),
            "unit": forms.ChoiceField(label=gettext("Unit"), choices=UNITS),
            "watch": forms.ChoiceField(label=gettext("If"), choices=EscalationStep.Watch.choices),
            "action": forms.ChoiceField(label=gettext("Then"), choices=Action.choices),
            "to": forms.ChoiceField(label=gettext("Whom"), choices=targets, required=False),
        }
        for name, field in fields.items():
            self.fields[f"s{number}_{name}"] = field
            if name in ("unit", "watch", "action"):
                field.required = False  # of a step that is none
        if step is not None:
            to = f"m{step.member_id}" if step.member_id else f"r{step.role_id}" if step.role_id else ""
            values = {
                "after": step.after_min,
                "unit": MINUTES,
                "watch": step.watch,
                "action": step.action,
                "to": to,
            }
            if step.after_s:
                values |= {"after": step.after_min * 60 + step.after_s, "unit": SECONDS}
            self.initial.update({f"s{number}_{name}": value for name, value in values.items()})

    def step_rows(self) -> list[list[forms.BoundField]]:
        """Return the fields of each step, in order."""
        names = ("after", "unit", "watch", "action", "to")
        return [[self[f"s{number}_{name}"] for name in names] for number in range(1, MOST_STEPS + 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["steps"] = [step for number in range(1, MOST_STEPS + 1) if (step := self._step(number))]
        return data

    def _step(self, number: int) -> Step | None:
        data = self.cleaned_data
        after, action = data.get(f"s{number}_after"), data.get(f"s{number}_action")
        to = data.get(f"s{number}_to") or ""
        if not after:
            return None
        action = action or Action.NEXT
        member = self.members.get(to) if action in _NAMES_PERSON else None
        role = self.roles.get(to) if action == Action.ROLE else None
        if (action in _NAMES_PERSON and member is None) or (action == Action.ROLE and role is None):
            text = _("Choose a role.") if action == Action.ROLE else _("Choose a person.")
            self.add_error(f"s{number}_to", text)
        watch = data.get(f"s{number}_watch") or EscalationStep.Watch.TAKEN
        is_fine = data.get(f"s{number}_unit") == SECONDS
        whole, rest = divmod(after, 60) if is_fine else (after, 0)
        return Step(whole, watch, action, member, role, after_s=rest)


class RuleForm(StepsForm):
    """One rule. Conditions bring their own fields."""

    name = forms.CharField(label=_("Name"), max_length=100)
    who = forms.ChoiceField(label=_("Who gets it"), choices=WHO, widget=forms.RadioSelect)
    department: Any = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, empty_label=_("Choose")
    )
    department_role: Any = forms.ModelChoiceField(
        Role.objects.none(), label=_("Only with the role"), required=False, empty_label=_("Whatever the role")
    )
    role: Any = forms.ModelChoiceField(
        Role.objects.none(), label=_("Role"), required=False, empty_label=_("Choose")
    )
    method = forms.ChoiceField(label=_("How"), choices=RoutingRule.Method.choices, widget=forms.RadioSelect)
    is_owner_first = forms.BooleanField(label=_("The client's manager first"), required=False)
    is_on_duty_only = forms.BooleanField(
        label=_("Only who is at work"),
        required=False,
        help_text=_("By working hours and duty. Whoever is away gets nothing in any case."),
    )
    lead_capacity = forms.IntegerField(
        label=_("At most so many open inquiries each"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=_("Empty: as their hours say."),
    )
    is_active = forms.BooleanField(label=_("Switched on"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        rule: Rule | None = None,
        is_active: bool = True,
        steps: Iterable[EscalationStep] = (),
    ) -> None:
        super().__init__(data, steps=steps, initial=_initial(rule, is_active))
        fields: Any = self.fields
        fields["department"].queryset = Department.objects.all()
        fields["role"].queryset = fields["department_role"].queryset = Role.objects.all()
        self._add_people(rule.people if rule else ())
        for condition in CONDITIONS.values():
            self.fields.update(condition.fields())
            if rule is not None:
                self.initial.update(condition.initial(rule.conditions.get(condition.code, ())))

    def _add_people(self, chosen: Sequence[Any]) -> None:
        places = {f"m{pk}": number for number, pk in enumerate(chosen, start=1)}
        self.people_keys = list(self.members)
        for key, member in self.members.items():
            self.fields[f"p_{key}"] = forms.BooleanField(
                label=member.name, required=False, initial=key in places
            )
            place = forms.IntegerField(
                label=gettext("Place of %(name)s") % {"name": member.name},
                required=False,
                min_value=1,
                max_value=999,
                initial=places.get(key),
            )
            place.widget.attrs["aria-label"] = place.label
            self.fields[f"n_{key}"] = place

    # --- For the template --------------------------------------------------------------------------
    def people_rows(self) -> list[tuple[Membership, forms.BoundField, forms.BoundField]]:
        return [(self.members[key], self[f"p_{key}"], self[f"n_{key}"]) for key in self.people_keys]

    def condition_rows(self) -> list[tuple[Condition, list[forms.BoundField], bool]]:
        """Return each condition, its fields and whether anything is set in it."""
        rows = []
        for condition in CONDITIONS.values():
            bound = [self[name] for name in condition.fields()]
            is_set = any(field.value() for field in bound) or any(field.errors for field in bound)
            rows.append((condition, bound, is_set))
        return rows

    # --- Validating --------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        who, method = data.get("who"), data.get("method")
        if method == RoutingRule.Method.ANYONE and who != ROLE:
            self.add_error("method", _("Only a role can see it together: choose another way."))
        if method == RoutingRule.Method.ORDER and who != PEOPLE:
            self.add_error("method", _("Only a list of people has an order: choose another way."))
        if who == PEOPLE and not self._people():
            self.add_error("who", _("Tick at least one person."))
        if who == TEAM and not data.get("department") and "department" not in self.errors:
            self.add_error("department", _("Choose a department."))
        if who == ROLE and not data.get("role") and "role" not in self.errors:
            self.add_error("role", _("Choose a role."))
        if data.get("field_values") and not data.get("field_label"):
            self.add_error("field_label", _("Which field?"))
        return data

    def _people(self) -> list[Membership]:
        """List the ticked people by their places, those without one behind."""
        data = self.cleaned_data
        ticked = [key for key in self.people_keys if data.get(f"p_{key}")]
        return [self.members[key] for key in sorted(ticked, key=lambda key: data.get(f"n_{key}") or 1000)]

    def values(self) -> RuleValues:
        """Return what save_rule takes."""
        data, who = self.cleaned_data, self.cleaned_data["who"]
        conditions = {c.code: values for c in CONDITIONS.values() if (values := c.read(data))}
        return RuleValues(
            name=data["name"],
            method=data["method"],
            conditions=conditions,
            people=self._people() if who == PEOPLE else (),
            department=data["department"] if who == TEAM else None,
            role={TEAM: data["department_role"], ROLE: data["role"]}.get(who),
            is_owner_first=data["is_owner_first"],
            is_on_duty_only=data["is_on_duty_only"],
            lead_capacity=data["lead_capacity"],
            steps=data["steps"],
            is_active=data["is_active"],
        )


class TrialForm(forms.Form):
    """Over how many days the rules are tried."""

    days = forms.TypedChoiceField(
        label=_("Inquiries of"),
        coerce=int,
        choices=[(7, _("the last week")), (14, _("the last two weeks")), (30, _("the last 30 days"))],
        initial=30,
    )


def _initial(rule: Rule | None, is_active: bool) -> dict[str, Any]:
    if rule is None:
        return {
            "who": PEOPLE,
            "method": RoutingRule.Method.TURN,
            "is_on_duty_only": True,
            "is_active": True,
        }
    who = PEOPLE if rule.people else TEAM if rule.department_id else ROLE
    return {
        "name": rule.name,
        "who": who,
        "department": rule.department_id,
        "department_role": rule.role_id if who == TEAM else None,
        "role": rule.role_id if who == ROLE else None,
        "method": rule.method,
        "is_owner_first": rule.is_owner_first,
        "is_on_duty_only": rule.is_on_duty_only,
        "lead_capacity": rule.lead_capacity,
        "is_active": is_active,
    }
