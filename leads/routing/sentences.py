"""What a rule says, in words: its conditions, who gets it, what happens when nobody answers."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Source
from leads.models import EscalationStep, Lead, RoutingRule
from leads.routing.conditions import CONDITIONS, Names
from leads.routing.rules import Rule
from leads.routing.words import short_wait
from tenants.models import Department, Membership, Role

Method, Action, Watch = RoutingRule.Method, EscalationStep.Action, EscalationStep.Watch
NAMED = 4  # people of a list that are named one by one


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """A rule, ready to print."""

    asks: list[tuple[str, str]]  # condition and its values
    who: str
    how: str
    limits: list[str]
    steps: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Directory:
    """Names of everything rules refer to. Five queries, however many rules there are."""

    rows: Names
    members: Mapping[uuid.UUID, str]
    departments: Mapping[uuid.UUID, str]
    roles: Mapping[uuid.UUID, str]


def read_directory() -> Directory:
    """Read the names; dismissed people keep theirs."""
    channels: Any = Lead._meta.get_field("channel").related_model  # of the app above
    return Directory(
        rows=dict(channels.objects.values_list("pk", "name"))
        | dict(Source.objects.values_list("pk", "name")),
        members=dict(Membership.objects.values_list("pk", "name")),
        departments=dict(Department.objects.values_list("pk", "name")),
        roles=dict(Role.objects.values_list("pk", "name")),
    )


def say(rule: Rule, directory: Directory, steps: Iterable[EscalationStep] = ()) -> Said:
    """Say a rule in the reader's language."""
    asked = [CONDITIONS[kind] for kind in CONDITIONS if kind in rule.conditions]
    return Said(
        asks=[(str(c.label), c.words(rule.conditions[c.code], directory.rows)) for c in asked],
        who=_who(rule, directory),
        how=_lower_first(str(Method(rule.method).label)),
        limits=_limits(rule),
        steps=[say_step(step, directory) for step in steps],
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _who(rule: Rule, directory: Directory) -> str:
    if rule.people:
        names = [directory.members[pk] for pk in rule.people if pk in directory.members]
        rest = len(names) - NAMED
        told = ", ".join(names[:NAMED])
        return told + " " + _("and %(n)s more") % {"n": rest} if rest > 0 else told
    role = directory.roles.get(rule.role_id, "") if rule.role_id else ""
    department = directory.departments.get(rule.department_id, "") if rule.department_id else ""
    if role and department:
        return _("department “%(department)s”, role “%(role)s”") % {"department": department, "role": role}
    if department:
        return _("department “%(department)s”") % {"department": department}
    return _("role “%(role)s”") % {"role": role}


def _limits(rule: Rule) -> list[str]:
    said = []
    if rule.is_owner_first:
        said.append(_("the client's manager first"))
    if rule.is_on_duty_only:
        said.append(_("only who is at work"))
    if rule.lead_capacity is not None:
        said.append(_("at most %(n)s open inquiries each") % {"n": rule.lead_capacity})
    return said


def say_step(step: EscalationStep, directory: Directory) -> str:
    """Say one step of an escalation."""
    when = _("nobody has taken it in %(time)s") if step.watch == Watch.TAKEN else _("no answer in %(time)s")
    person = directory.members.get(step.member_id, "") if step.member_id else ""
    role = directory.roles.get(step.role_id, "") if step.role_id else ""
    what = {
        Action.NEXT: _("to the next one"),
        Action.MEMBER: _("to %(name)s") % {"name": person},
        Action.ROLE: _("to the role “%(role)s”") % {"role": role},
        Action.TELL_HEAD: _("tell the head"),
        Action.TELL_MEMBER: _("tell %(name)s") % {"name": person},
    }[Action(step.action)]
    return f"{when % {'time': short_wait(step.after_min, step.after_s)}}: {what}"


def steps_by_owner(steps: Sequence[EscalationStep]) -> dict[uuid.UUID, list[EscalationStep]]:
    """Group steps by the rule or channel they belong to."""
    found: dict[uuid.UUID, list[EscalationStep]] = {}
    for step in steps:
        found.setdefault(step.rule_id or step.channel_id, []).append(step)  # type: ignore[arg-type]
    return found
