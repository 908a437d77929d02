"""Changing the rules by which leads are handed out, and what happens while nobody answers.

Rights over settings are the views' to check.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from leads import errors
from leads.models import EscalationStep, RoutingCondition, RoutingPerson, RoutingRule
from leads.routing import CONDITIONS, Rule, Value
from leads.routing.watching import steps_changed
from tenants.models import Department, Membership, Role


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation, before it is stored."""

    after_min: int
    watch: str
    action: str
    member: Membership | None = None
    role: Role | None = None
    after_s: int = 0  # beside the minutes


@dataclasses.dataclass(frozen=True, slots=True)
class RuleValues:
    """Everything a rule says, as a form or an import gives it."""

    name: str
    method: str
    conditions: Mapping[str, Sequence[Value]] = dataclasses.field(default_factory=dict)
    people: Sequence[Membership] = ()
    department: Department | None = None
    role: Role | None = None
    is_owner_first: bool = False
    is_on_duty_only: bool = True
    lead_capacity: int | None = None
    steps: Sequence[Step] = ()
    is_active: bool = True


_OWN = (
    "name",
    "method",
    "department",
    "role",
    "is_owner_first",
    "is_on_duty_only",
    "lead_capacity",
    "is_active",
)


@transaction.atomic
def save_rule(
    *, values: RuleValues, by: Membership, now: dt.datetime, rule: RoutingRule | None = None
) -> RoutingRule:
    """Make a rule, behind the others, or change one; whose turn it is goes on.

    Raises RuleWithoutPeople, RuleNeedsRole, MemberDismissed, StepNeedsTarget.
    """
    check_rule(values)
    if rule is None:
        last = RoutingRule.objects.aggregate(last=Max("position"))["last"]
        rule = RoutingRule(position=(last or 0) + 1, created_at=now)
    for name in _OWN:
        setattr(rule, name, getattr(values, name))
    rule.name = rule.name.strip()
    rule.save()
    _set_conditions(rule, values.conditions)
    _set_people(rule, values.people)
    set_steps(by=by, steps=values.steps, rule=rule)
    return rule


def check_rule(values: RuleValues) -> None:
    """Raise what save_rule() would raise of the values alone."""
    if values.method == RoutingRule.Method.ANYONE:
        if values.role is None:
            raise errors.RuleNeedsRole
    elif not (values.people or values.department or values.role):
        raise errors.RuleWithoutPeople
    if any(not member.is_active for member in values.people):
        raise errors.MemberDismissed
    _check_steps(values.steps)


def as_rule(values: RuleValues, *, rule_id: uuid.UUID) -> Rule:
    """Make of the values the rule that the decision would see, without saving it."""
    return Rule(
        id=rule_id,
        name=values.name.strip(),
        method=values.method,
        conditions={kind: tuple(found) for kind, found in values.conditions.items()},
        people=tuple(member.pk for member in values.people),
        department_id=values.department.pk if values.department else None,
        role_id=values.role.pk if values.role else None,
        is_owner_first=values.is_owner_first,
        is_on_duty_only=values.is_on_duty_only,
        lead_capacity=values.lead_capacity,
    )


def _set_conditions(rule: RoutingRule, conditions: Mapping[str, Sequence[Value]]) -> None:
    RoutingCondition.objects.filter(rule=rule).delete()
    RoutingCondition.objects.bulk_create(
        RoutingCondition(
            rule=rule, kind=kind, label=value.label, value=value.value, **_reference(kind, value)
        )
        for kind, values in conditions.items()
        if kind in CONDITIONS
        for value in values
    )


def _reference(kind: str, value: Value) -> dict[str, Any]:
    return {f"{kind}_id": value.ref} if value.ref is not None else {}


def _set_people(rule: RoutingRule, people: Sequence[Membership]) -> None:
    RoutingPerson.objects.filter(rule=rule).delete()
    RoutingPerson.objects.bulk_create(
        RoutingPerson(rule=rule, member=member, position=place)
        for place, member in enumerate(dict.fromkeys(people))
    )


def switch_rule(*, rule: RoutingRule, is_active: bool, by: Membership) -> RoutingRule:
    """Let a rule decide, or not."""
    rule.is_active = is_active
    rule.save(update_fields=["is_active"])
    return rule


@transaction.atomic
def order_rules(*, order: Sequence[RoutingRule], by: Membership) -> None:
    """Put the rules in this order; those not named keep theirs behind."""
    # Locked in the order in which those who deal lock them.
    present = {rule.pk: rule for rule in RoutingRule.objects.select_for_update(no_key=True).order_by("id")}
    named = [present.pop(rule.pk) for rule in order if rule.pk in present]
    rows = [*named, *sorted(present.values(), key=lambda rule: (rule.position, rule.pk))]
    for place, rule in enumerate(rows, start=1):
        rule.position = place
    RoutingRule.objects.bulk_update(rows, ["position"])


def delete_rule(*, rule: RoutingRule, by: Membership) -> None:
    """Delete a rule; leads it handed out keep their responsible and the reason."""
    rule.delete()


# --- Escalation ----------------------------------------------------------------------------------------
@transaction.atomic
def set_steps(
    *,
    by: Membership,
    steps: Sequence[Step],
    rule: RoutingRule | None = None,
    channel_id: uuid.UUID | None = None,
) -> None:
    """Set what happens while nobody answers leads of a rule, or of a channel whose rule says nothing.

    Leads that wait already are watched by the new steps from the commit on. Raises StepNeedsTarget,
    MemberDismissed.
    """
    _check_steps(steps)
    had, _rows = EscalationStep.objects.filter(rule=rule, channel_id=channel_id).delete()
    EscalationStep.objects.bulk_create(
        EscalationStep(
            rule=rule,
            channel_id=channel_id,
            position=place,
            **{field.name: getattr(step, field.name) for field in dataclasses.fields(Step)},
        )
        for place, step in enumerate(steps)
    )
    if had or steps:
        steps_changed()


def _check_steps(steps: Sequence[Step]) -> None:
    for step in steps:
        to_person = step.action in (EscalationStep.Action.MEMBER, EscalationStep.Action.TELL_MEMBER)
        to_role = step.action == EscalationStep.Action.ROLE
        if (to_person and step.member is None) or (to_role and step.role is None):
            raise errors.StepNeedsTarget
        if step.member is not None and not step.member.is_active:
            raise errors.MemberDismissed
