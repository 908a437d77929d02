"""The decision: facts, rules and people in, one answer out. No database, no clock, no chance.

Arrival, re-queuing, dry run and tests call this same function, so they agree.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from leads.routing.facts import Facts
from leads.routing.people import Person, Staff
from leads.routing.rules import Method, Rule


@dataclasses.dataclass(frozen=True, slots=True)
class Fallback:
    """What the channel says of its leads: they go this way when no rule decides."""

    member_id: uuid.UUID | None = None
    role_id: uuid.UUID | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """A person or a role, and why: `reason` and `params` make the text in the reader's language."""

    member_id: uuid.UUID | None
    role_id: uuid.UUID | None
    reason: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    rule: Rule | None = None
    turn: int | None = None  # its number, where somebody has had a turn by it
    stuck: tuple[Rule, ...] = ()  # rules whose conditions were met and that found nobody


def decide(
    facts: Facts,
    rules: Sequence[Rule],
    staff: Staff,
    fallback: Fallback,
    *,
    skip: frozenset[uuid.UUID] = frozenset(),
    avoid: frozenset[uuid.UUID] = frozenset(),
) -> Decision:
    """Choose by the first rule that is met and finds somebody, else by the channel, else a role that works.

    `skip` are people who had the lead and did not answer. `avoid` are passed over only while a rule has
    others. Whoever is away, off shift or full is passed over too; dismissed people are not on the staff.
    """
    stuck: list[Rule] = []
    for rule in rules:
        if rule.matches(facts):
            found = _by_rule(rule, facts, staff, skip, avoid)
            if found is not None:
                return dataclasses.replace(found, rule=rule, stuck=tuple(stuck))
            stuck.append(rule)
    return dataclasses.replace(_by_channel(facts, staff, fallback, skip), stuck=tuple(stuck))


# --- By a rule -----------------------------------------------------------------------------------------
def _by_rule(
    rule: Rule, facts: Facts, staff: Staff, skip: frozenset[uuid.UUID], avoid: frozenset[uuid.UUID]
) -> Decision | None:
    params: dict[str, Any] = {"rule": rule.name}
    if rule.is_owner_first and facts.owner_id is not None:
        owner = staff.people.get(facts.owner_id)
        if owner is not None and owner.id not in skip and _can(owner, rule):
            return Decision(owner.id, None, "rule_owner", params)
    if rule.method == Method.ANYONE:
        return _role(rule, staff, params)
    able = [person for person in staff.pool(rule) if person.id not in skip and _can(person, rule)]
    if not able:
        return _stand_in(rule, staff, skip, params)
    candidates = [person for person in able if person.id not in avoid] or able
    match rule.method:
        case Method.TURN:
            chosen = min(candidates, key=lambda person: staff.turn_of(rule, person))
            return Decision(chosen.id, None, "rule_turn", params, turn=staff.next_turn(rule))
        case Method.LOAD:
            chosen = min(candidates, key=lambda person: (person.load, staff.turn_of(rule, person)))
            params["load"] = chosen.load
            return Decision(chosen.id, None, "rule_load", params, turn=staff.next_turn(rule))
    return Decision(candidates[0].id, None, "rule_person", params)


def _can(person: Person, rule: Rule) -> bool:
    """Say whether the person may get one more by this rule."""
    if person.away is not None or person.is_full(rule.lead_capacity):
        return False
    return person.is_on_duty or not rule.is_on_duty_only


def _role(rule: Rule, staff: Staff, params: dict[str, Any]) -> Decision | None:
    """The whole role sees it, if somebody of it can take it."""
    present = [person for person in staff.pool(rule) if person.away is None]
    if rule.is_on_duty_only:
        present = [person for person in present if person.is_on_duty]
    return Decision(None, rule.role_id, "rule_role", params) if present and rule.role_id else None


def _stand_in(
    rule: Rule, staff: Staff, skip: frozenset[uuid.UUID], params: dict[str, Any]
) -> Decision | None:
    """Who stands in for somebody of a rule all of whose people are away or busy."""
    for person in staff.pool(rule):
        if person.away is None or person.away.substitute_id is None:
            continue
        substitute = staff.people.get(person.away.substitute_id)
        if substitute is not None and substitute.id not in skip and _can(substitute, rule):
            return Decision(substitute.id, None, "rule_substitute", params | {"for": person.name})
    return None


# --- By the channel ------------------------------------------------------------------------------------
def _by_channel(facts: Facts, staff: Staff, fallback: Fallback, skip: frozenset[uuid.UUID]) -> Decision:
    """The channel's person, the client's manager, the channel's role, a role in which somebody works.

    Hours don't count here: whoever answers for a channel finds the night's inquiries in the morning.
    """
    for member_id, reason in ((fallback.member_id, "channel_person"), (facts.owner_id, "contact_owner")):
        if member_id is None or member_id not in staff.people or member_id in skip:
            continue
        away = staff.people[member_id].away
        if away is None:
            return Decision(member_id, None, reason)
        substitute = staff.people.get(away.substitute_id) if away.substitute_id else None
        if substitute is not None and substitute.away is None and substitute.id not in skip:
            return Decision(
                substitute.id, None, f"{reason}_substitute", {"for": staff.people[member_id].name}
            )
    if fallback.role_id is not None:
        return Decision(None, fallback.role_id, "channel_role")
    return Decision(None, staff.default_role_id, "default_role")
