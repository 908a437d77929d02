"""Which questions cells can answer, and how: the filters of the lists, read on the columns of cells.

A cell's columns are called as the list's own, so the lists' filters and the roles' rights read them as they read rows. What
joins another table asks here for the ids over there instead.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from contacts.models import Source
from core.listing.filters import PeriodFilterSet
from deals import rights
from deals.filters import DealFilterSet
from leads.filters import LeadFilterSet
from leads.models.leads import lead_reach
from reports.models import (
    DealMove,
    DealOrigin,
    DealPeople,
    DealStay,
    LeadAnswer,
    LeadAnswerHour,
    LeadAnswerPeople,
    LeadChannel,
    LeadHands,
    LeadHour,
    LeadOrigin,
    LeadOutcome,
    LeadPeople,
    LeadRegion,
    LeadRegionPeople,
    LeadSource,
    Subject,
)
from reports.rollups.cubes import CUBES, Cube
from tenants.access import Action, Scope, Section, reach, scope_of
from tenants.models import Membership

# Of a filter's value and the filter set; None where the cells can't tell
Condition = Callable[[Any, Any], Q | None]

# Filters that narrow nothing by themselves, or only say which days are meant
_STEERING = frozenset({"period", "first", "last", "dates", "whose", "dismissed", "non_advertising"})


def _is(field: str) -> Condition:
    return lambda value, _filters: Q(**{f"{field}__in": [getattr(one, "pk", one) for one in value]})


def _one(field: str) -> Condition:
    return lambda value, _filters: Q(**{field: getattr(value, "pk", value)})


def _is_nothing(field: str, nothing: Any = None) -> Condition:
    return lambda _value, _filters: Q(**{field: nothing})


def _in_groups(value: Any, _filters: Any) -> Q:
    return Q(source__in=Source.objects.filter(group__in=[one.pk for one in value]).values("pk"))


def _in_no_group(_value: Any, _filters: Any) -> Q:
    return Q(source=None) | Q(source__in=Source.objects.filter(group=None).values("pk"))


def _person(filters: LeadFilterSet) -> str:
    return "owner" if filters.person_field() == "deal__owner" else "taken_by"


def _in_departments(field: str, departments: Any) -> Q:
    people = Membership.objects.filter(department__in=[one.pk for one in departments])
    return Q(**{f"{field}__in": people.values("pk")})


def _in_no_department(field: str) -> Q:
    people = Membership.objects.filter(department=None)
    return Q(**{field: None}) | Q(**{f"{field}__in": people.values("pk")})


def _of_takers(condition: Condition) -> Condition:
    """For cells that know who took a lead and not who has its deal."""
    return lambda value, filters: condition(value, filters) if _person(filters) == "taken_by" else None


_ORIGIN: dict[str, Condition] = {
    "source": _is("source"),
    "no_source": _is_nothing("source"),
    "source_group": _in_groups,
    "no_source_group": _in_no_group,
}
_CAMPAIGNS: dict[str, Condition] = {
    "campaign": _one("campaign"),
    "no_campaign": _is_nothing("campaign", ""),
}
_ADVERTISING: dict[str, Condition] = {
    "advertising": lambda value, _filters: Q(is_advertising=value == "yes"),
}
_ANY_LEADS: dict[str, Condition] = _ADVERTISING | {"quality": _is("quality"), "state": _is("state")}
_LEADS: dict[str, Condition] = _ANY_LEADS | {
    "channel_kind": _is("channel_kind"),
    "reason": _is("rejection_reason"),
    "no_reason": lambda _value, _filters: Q(state="rejected", rejection_reason=None),
    "reasonless": _is_nothing("rejection_reason"),
}
_CHANNELS: dict[str, Condition] = {
    "channel_kind": _is("channel_kind"),
    "channel": _is("channel"),
    "no_channel": _is_nothing("channel"),
}
_MANAGERS: dict[str, Condition] = {
    "manager": lambda value, filters: _is(_person(filters))(value, filters),
    "no_manager": lambda _value, filters: Q(**{_person(filters): None}),
    "department": lambda value, filters: _in_departments(_person(filters), value),
    "no_department": lambda _value, filters: _in_no_department(_person(filters)),
}
_TAKERS: dict[str, Condition] = {name: _of_takers(condition) for name, condition in _MANAGERS.items()}
_ANSWERS: dict[str, Condition] = {
    "answer": _is("answer"),
    "unprocessed": lambda _value, _filters: Q(is_unprocessed=True),
}
_HOURS: dict[str, Condition] = {"hour": _is("hour")}
_REGIONS: dict[str, Condition] = {
    "state": _is("state"),
    "region": lambda value, _filters: Q(region__iexact=value),
    "no_region": _is_nothing("region", ""),
}
_DEALS: dict[str, Condition] = {"pipeline": _one("pipeline"), "stage": _is("stage"), "state": _is("state")}

_OWNERS: dict[str, Condition] = {
    "owner": _is("owner"),
    "no_owner": _is_nothing("owner"),
    "department": lambda value, _filters: _in_departments("owner", value),
    "no_department": lambda _value, _filters: _in_no_department("owner"),
}

ANSWERS: Mapping[type, Mapping[str, Condition]] = {
    LeadChannel: _LEADS | _CHANNELS,
    LeadSource: _ANY_LEADS | _ORIGIN | _CAMPAIGNS,
    LeadHands: _ANY_LEADS | _TAKERS,
    LeadOrigin: _LEADS | _CHANNELS | _ORIGIN | _CAMPAIGNS,
    LeadPeople: _LEADS | _MANAGERS,
    LeadAnswer: _CHANNELS | _ANSWERS,
    LeadAnswerHour: _CHANNELS | _ANSWERS | _HOURS,
    LeadAnswerPeople: _CHANNELS | _ANSWERS | _TAKERS,
    LeadHour: _CHANNELS | _HOURS | {"weekday": _is("weekday")},
    LeadRegion: _REGIONS,
    LeadRegionPeople: _REGIONS | _TAKERS,
    LeadOutcome: _ADVERTISING,
    DealOrigin: _DEALS
    | _ORIGIN
    | {
        "channel_kind": _is("channel_kind"),
        "no_channel_kind": _is_nothing("channel_kind", ""),
        "quality": _is("quality"),
        "no_quality": _is_nothing("quality", ""),
        "reason": _is("rejection_reason"),
        "no_reason": _is_nothing("rejection_reason"),
    },
    DealStay: {"pipeline": _one("pipeline")},
    DealPeople: _DEALS | _OWNERS,
    DealMove: _OWNERS,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What a report asks: by which columns of cells it breaks rows down, for whom, through which filters."""

    columns: frozenset[str]
    basis: str
    member: Membership
    filters: PeriodFilterSet


def cube_for(question: Question) -> tuple[Cube, Q] | None:
    """Find the cells that can answer, and the condition on them; None where only the rows can."""
    if not question.filters.asked.is_valid():
        return None
    for cube in CUBES:
        if (
            question.basis in cube.bases
            and _is_about(cube, question)
            and (condition := _condition(cube, question)) is not None
        ):
            return cube, condition
    return None


def _is_about(cube: Cube, question: Question) -> bool:
    is_of_leads = cube.subject in (Subject.LEADS, Subject.OUTCOMES)
    kind: Any = LeadFilterSet if is_of_leads else DealFilterSet
    return isinstance(question.filters, kind) and question.columns <= cube.dimensions.keys()


def _condition(cube: Cube, question: Question) -> Q | None:
    """Build the condition on the cells; None where a filter, or the member's right, needs what they don't tell."""
    condition = _right(cube, question.member)
    answers = ANSWERS[cube.model]
    for name, value in question.filters.asked.cleaned_data.items():
        if name in _STEERING or value in (None, "", [], ()) or _is_empty(value):
            continue
        narrowed = answers[name](value, question.filters) if name in answers else None
        if condition is None or narrowed is None:
            return None
        condition &= narrowed
    if condition is None:
        return None
    if isinstance(question.filters, LeadFilterSet) and not question.filters.asks_for_non_advertising:
        condition &= Q(is_advertising=True)
    return condition


def _is_empty(value: Any) -> bool:
    return hasattr(value, "model") and not value


def sees_every_deal(member: Membership) -> bool:
    """Say whether a member's deals are all of the company's, wherever they stand."""
    return scope_of(member, Section.DEALS) == Scope.ALL and not rights.within_reach(member, Action.VIEW)


def _right(cube: Cube, member: Membership) -> Q | None:
    """Build the condition of what the member may see, as `visible_to` of the rows does."""
    if cube.subject == Subject.OUTCOMES and not sees_every_deal(member):
        return None
    if cube.subject in (Subject.LEADS, Subject.OUTCOMES):
        if scope_of(member, Section.LEADS) == Scope.ALL:
            return Q()
        return lead_reach(member) if "responsible" in cube.dimensions else None
    if scope_of(member, Section.DEALS) != Scope.ALL and "owner" not in cube.dimensions:
        return None
    places = rights.within_reach(member, Action.VIEW)
    if "state" not in cube.dimensions:  # it tells which stage was left and not where the deal is
        return None if places else reach(member, Section.DEALS)
    return reach(member, Section.DEALS) & places
