"""Rules as plain values: what the decision needs of the rows, read in three queries."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from core.remembering import remembered_for_a_while
from leads.models import RoutingCondition, RoutingPerson, RoutingRule
from leads.routing.conditions import CONDITIONS, Value
from leads.routing.facts import Facts

Method = RoutingRule.Method


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its people are `people`, else those of `department_id`, of `role_id`, or of both."""

    id: uuid.UUID
    name: str
    method: str = Method.TURN
    conditions: Mapping[str, tuple[Value, ...]] = dataclasses.field(default_factory=dict)
    people: tuple[uuid.UUID, ...] = ()
    department_id: uuid.UUID | None = None
    role_id: uuid.UUID | None = None
    is_owner_first: bool = False
    is_on_duty_only: bool = True
    lead_capacity: int | None = None

    def matches(self, facts: Facts) -> bool:
        """Say whether every condition is met; a kind nobody knows any more is never met."""
        return all(
            kind in CONDITIONS and CONDITIONS[kind].matches(values, facts)
            for kind, values in self.conditions.items()
        )


def active_rules() -> list[Rule]:
    """Return the rules that decide, in their order."""
    return remembered_for_a_while("routing rules", lambda: compiled(RoutingRule.objects.active()))


def compiled(rows: Iterable[RoutingRule]) -> list[Rule]:
    """Make plain rules of rows. Three queries, however many rules there are; one when there is none."""
    rules = list(rows)
    if not rules:
        return []
    conditions: dict[uuid.UUID, dict[str, list[Value]]] = {}
    found = RoutingCondition.objects.filter(rule__in=rules).order_by("id")
    for row in found:
        value = Value(row.value, row.channel_id or row.source_id, row.label)
        conditions.setdefault(row.rule_id, {}).setdefault(row.kind, []).append(value)
    people: dict[uuid.UUID, list[uuid.UUID]] = {}
    for rule_id, member_id in RoutingPerson.objects.filter(rule__in=rules).values_list(
        "rule_id", "member_id"
    ):
        people.setdefault(rule_id, []).append(member_id)
    return [
        Rule(
            id=row.pk,
            name=row.name,
            method=row.method,
            conditions={kind: tuple(values) for kind, values in conditions.get(row.pk, {}).items()},
            people=tuple(people.get(row.pk, ())),
            department_id=row.department_id,
            role_id=row.role_id,
            is_owner_first=row.is_owner_first,
            is_on_duty_only=row.is_on_duty_only,
            lead_capacity=row.lead_capacity,
        )
        for row in rules
    ]


def pack(rule: Rule) -> dict[str, Any]:
    """Keep a rule in JSON: a dry run tries rules that nobody has saved."""
    values = dataclasses.asdict(rule)
    values["conditions"] = {
        kind: [[v.value, str(v.ref or ""), v.label] for v in found] for kind, found in rule.conditions.items()
    }
    values["people"] = [str(pk) for pk in rule.people]
    for name in ("id", "department_id", "role_id"):
        values[name] = str(values[name] or "")
    return values


def unpack(values: Mapping[str, Any]) -> Rule:
    """Read a rule kept by pack()."""
    conditions = {
        kind: tuple(Value(value, _uuid(ref), label) for value, ref, label in found)
        for kind, found in values["conditions"].items()
    }
    ids = {name: _uuid(values[name]) for name in ("id", "department_id", "role_id")}
    people = tuple(uuid.UUID(pk) for pk in values["people"])
    return Rule(**({**values} | ids | {"conditions": conditions, "people": people}))


def _uuid(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def needs_of(rules: Iterable[Rule]) -> set[str]:
    """List the kinds of conditions that any of the rules asks."""
    return {kind for rule in rules for kind in rule.conditions}
