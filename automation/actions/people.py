"""Whom an action means: the deal's responsible, their head, a person, the least loaded of a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automation.actions.base import Work
from automation.errors import Impossible, NothingToDo
from automation.models import Robot
from deals.models import Stage
from tenants.models import Department, Membership, Role

Whom = Robot.Whom


def whom_fields(robot: Robot | None, choices: list[str]) -> dict[str, forms.Field]:
    """Ask whom an action means, among some of the choices."""
    labels = dict(Whom.choices)
    members: Any = Membership.objects.active().order_by("name")
    roles: Any = Role.objects.order_by("name")
    fields: dict[str, Any] = {
        "whom": forms.ChoiceField(
            label=gettext_lazy("Whom"), choices=[(code, labels[code]) for code in choices]
        )
    }
    if Whom.MEMBER in choices:
        fields["member"] = forms.ModelChoiceField(
            members, label=gettext_lazy("Person"), required=False, empty_label=gettext_lazy("Choose")
        )
    if Whom.ROLE in choices:
        fields["role"] = forms.ModelChoiceField(
            roles, label=gettext_lazy("Role"), required=False, empty_label=gettext_lazy("Choose")
        )
    return fields


def check_whom(values: Mapping[str, Any]) -> None:
    """Raise NothingToDo where nobody is named."""
    if values.get("whom") == Whom.MEMBER and values.get("member") is None:
        raise NothingToDo(_("Choose a person."))
    if values.get("whom") == Whom.ROLE and values.get("role") is None:
        raise NothingToDo(_("Choose a role."))


def whom_words(robot: Robot) -> str:
    """Name whom the robot means, in the reader's language."""
    match robot.whom:
        case Whom.MEMBER:
            return robot.member.name if robot.member else _("nobody: the person is gone")
        case Whom.ROLE:
            return robot.role.name if robot.role else _("nobody: the role is gone")
        case Whom.HEAD:
            return _("the head of the responsible's department")
    return _("the responsible")


def person_for(work: Work) -> Membership:
    """Find the person an action means. Raises Impossible where there is none."""
    found = _find(work)
    if found is None or not found.is_active:
        raise Impossible("nobody", whom=whom_words(work.robot))
    return found


def _find(work: Work) -> Membership | None:
    match work.robot.whom:
        case Whom.MEMBER:
            return work.robot.member
        case Whom.ROLE:
            return _least_loaded(work)
        case Whom.HEAD:
            return _head_of(work.deal.owner)
    return work.deal.owner


def _least_loaded(work: Work) -> Membership | None:
    """Choose who of a role has the fewest open deals; whoever is away is passed over while anybody is not."""
    open_deals = Q(deals__state=Stage.Kind.OPEN, deals__deleted_at=None)
    rows = Membership.objects.active().filter(role=work.robot.role).annotate(load=Count("deals", open_deals))
    people = list(rows.order_by("load", "created_at", "pk"))
    present = [m for m in people if work.book.absence_at(m.pk, m.department_id, work.now) is None]
    return next(iter(present or people), None)


def _head_of(member: Membership | None) -> Membership | None:
    """Find the head of a person's department, or of what it is part of."""
    if member is None:
        return None
    parents = dict(Department.objects.values_list("pk", "parent_id"))
    heads = {
        head.department_id: head
        for head in Membership.objects.active().filter(role__code=Role.Code.HEAD).exclude(pk=member.pk)
    }
    department, seen = member.department_id, set()
    while department is not None and department not in seen:
        if department in heads:
            return heads[department]
        seen.add(department)
        department = parents.get(department)
    return next((head for key, head in heads.items() if key is None), None)
