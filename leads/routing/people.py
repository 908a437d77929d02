"""Who could get an inquiry right now: at work or not, away, how many open ones, whose turn is longest ago."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from core.remembering import remembered_for_a_while
from leads.models import Lead, RoutingTurn
from leads.routing.rules import Method, Rule
from tenants.access import Action, Section, may
from tenants.hours import Away, HoursBook
from tenants.models import Membership, Role

# Who gets what no rule and no channel gives to anybody: the first of these roles in which somebody works
_DEFAULT_ROLES = (Role.Code.MANAGER, Role.Code.DISPATCHER, Role.Code.ADMIN)


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here, as the rules see them at one moment."""

    id: uuid.UUID
    name: str
    role_id: uuid.UUID
    department_id: uuid.UUID | None = None
    may_work: bool = True  # the role lets them take and answer inquiries
    is_on_duty: bool = True
    away: Away | None = None
    load: int = 0
    capacity: int | None = None

    def is_full(self, rule_capacity: int | None) -> bool:
        limits = [limit for limit in (self.capacity, rule_capacity) if limit is not None]
        return bool(limits) and self.load >= min(limits)


@dataclasses.dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who works here, in the order of names, and what else the rules count by."""

    people: Mapping[uuid.UUID, Person]
    parents: Mapping[uuid.UUID, uuid.UUID | None] = dataclasses.field(default_factory=dict)  # of departments
    turns: Mapping[tuple[uuid.UUID, uuid.UUID], int] = dataclasses.field(default_factory=dict)  # rule, person
    default_role_id: uuid.UUID | None = None

    def pool(self, rule: Rule) -> list[Person]:
        """List the people of a rule in its order: those of its list, else of department and role."""
        if rule.people:
            return [self.people[pk] for pk in rule.people if pk in self.people]
        return [
            person
            for person in self.people.values()
            if person.may_work
            and rule.role_id in (None, person.role_id)
            and (rule.department_id is None or self._is_in(person.department_id, rule.department_id))
        ]

    def _is_in(self, department_id: uuid.UUID | None, wanted: uuid.UUID) -> bool:
        """Say whether a department is the wanted one or part of it."""
        seen: set[uuid.UUID] = set()
        while department_id is not None and department_id not in seen:
            if department_id == wanted:
                return True
            seen.add(department_id)
            department_id = self.parents.get(department_id)
        return False

    def needs_loads(self, rules: Iterable[Rule]) -> bool:
        """Say whether it makes a difference to any of the rules how much somebody has to do."""
        has_limits = any(person.capacity is not None for person in self.people.values())
        return any(
            has_limits or rule.lead_capacity is not None or rule.method == Method.LOAD for rule in rules
        )

    def with_loads(self, loads: Mapping[uuid.UUID, int]) -> Staff:
        people = {pk: dataclasses.replace(one, load=loads.get(pk, 0)) for pk, one in self.people.items()}
        return dataclasses.replace(self, people=people)

    def dealt(self, member_id: uuid.UUID | None, rule: Rule | None, turn: int | None) -> Staff:
        """Tell how everybody stands once this one has got a lead more, by a turn of the rule if there was one."""
        if member_id is None:
            return self
        person = self.people[member_id]
        people = {**self.people, member_id: dataclasses.replace(person, load=person.load + 1)}
        turns = (
            {**self.turns, (rule.id, member_id): turn}
            if rule is not None and turn is not None
            else self.turns
        )
        return dataclasses.replace(self, people=people, turns=turns)

    def turn_of(self, rule: Rule, person: Person) -> int:
        return self.turns.get((rule.id, person.id), 0)

    def next_turn(self, rule: Rule) -> int:
        """Return the number of the turn that the rule gives now."""
        return (
            max((serial for (rule_id, _pk), serial in self.turns.items() if rule_id == rule.id), default=0)
            + 1
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Roster:
    """Who works here, without the moment: a dry run asks about many moments."""

    members: Sequence[Person]
    parents: Mapping[uuid.UUID, uuid.UUID | None]
    default_role_id: uuid.UUID | None

    def at(
        self,
        moment: dt.datetime,
        book: HoursBook,
        *,
        loads: Mapping[uuid.UUID, int],
        turns: Mapping[tuple[uuid.UUID, uuid.UUID], int],
    ) -> Staff:
        """Tell how everybody stands at a moment."""
        people = {
            member.id: dataclasses.replace(
                member,
                is_on_duty=book.of_id(member.id, member.department_id).works_at(moment),
                away=book.absence_at(member.id, member.department_id, moment),
                load=loads.get(member.id, 0),
                capacity=book.capacity_at(member.id, member.department_id, moment),
            )
            for member in self.members
        }
        return Staff(people, self.parents, turns, self.default_role_id)


def read_roster(book: HoursBook) -> Roster:
    """Return who works here. One query."""
    members, default_role_id = remembered_for_a_while("staff", _read_members)
    return Roster(members=members, parents=book.parents, default_role_id=default_role_id)


def _read_members() -> tuple[list[Person], uuid.UUID | None]:
    members = list(Membership.objects.active().select_related("role").order_by("name", "id"))
    people = [
        Person(m.pk, m.name, m.role_id, m.department_id, may(m, Section.LEADS, Action.EDIT)) for m in members
    ]
    return people, _default_role({member.role for member in members})


def _default_role(roles: Collection[Role]) -> uuid.UUID | None:
    """Choose among the roles somebody has; in a company where nobody works yet it is the managers'."""
    by_code = {role.code: role.pk for role in roles if role.code}
    known = next((by_code[code] for code in _DEFAULT_ROLES if code in by_code), None)
    if known is None:
        known = next((role.pk for role in roles if role.is_admin), None)
    return known or Role.objects.filter(code=Role.Code.MANAGER).values_list("pk", flat=True).first()


def read_staff(book: HoursBook, rules: Collection[Rule], *, at: dt.datetime) -> Staff:
    """Read how everybody stands now: one query, a second when rules are asked, a third when they look at loads."""
    staff = read_roster(book).at(at, book, loads={}, turns=read_turns(rules) if rules else {})
    return staff.with_loads(open_loads()) if staff.needs_loads(rules) else staff


def open_loads() -> dict[uuid.UUID, int]:
    """Count the open inquiries each person holds or is to answer. One query."""
    held = Lead.objects.open().filter(Q(taken_by__isnull=False) | Q(responsible__isnull=False)).order_by()
    rows = held.values_list(Coalesce("taken_by", "responsible")).annotate(Count("pk"))
    return dict(rows)


def read_turns(rules: Collection[Rule]) -> dict[tuple[uuid.UUID, uuid.UUID], int]:
    """Read when everybody had their last turn in these rules. One query."""
    rows = RoutingTurn.objects.filter(rule__in=[rule.id for rule in rules])
    return {
        (rule_id, member_id): serial
        for rule_id, member_id, serial in rows.values_list("rule_id", "member_id", "serial")
    }
