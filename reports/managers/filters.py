"""The filters of the report of managers, and how they reach the lists its numbers open."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from core.listing import Listing
from core.listing.filters import Flag, MultiModel, PeriodFilterSet
from tenants.access import Scope, Section, colleague_ids, department_ids, scope_of
from tenants.models import Department, Membership

KEPT = (
    "period",
    "first",
    "last",
    "manager",
    "department",
    "talk_from",
    "non_advertising",
    "by",
    "cut",
    "measure",
    "compare",
)


class ManagerFilterSet(PeriodFilterSet):
    """Whose work, of which days, and from how many seconds on a call is one."""

    usual = ("period", "first", "last", "talk_from", "department", "manager", "non_advertising")

    talk_from = django_filters.NumberFilter(
        method="keep",
        label=_("A call counts from, seconds of talk"),
        min_value=0,
        max_value=86_400,
        decimal_places=0,
    )
    department = MultiModel(queryset=Department.objects.all(), method="keep", label=_("Department"))
    manager = MultiModel(
        queryset=Membership.objects.order_by("-is_active", "name"), method="keep", label=_("Manager")
    )
    non_advertising = Flag(method="keep", label=_("Count non-advertising leads"))

    class Meta:
        model = Activity
        fields: list[str] = []

    def keep(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Leave the rows as they are: the lists read it themselves."""
        return queryset


class ManagerListing(Listing):
    """Only the filters of this report: its numbers open lists of activities, leads, deals and proposals."""

    page = "reports:managers"
    section = Section.REPORTS
    title = _("Managers")
    filterset = ManagerFilterSet
    sorts = {"time": "created_at"}
    default_sort = "-time"
    columns = ()

    def rows(self, member: Any, action: str = "view") -> QuerySet[Any]:
        return Activity.objects.none()


@dataclasses.dataclass(frozen=True, slots=True)
class Reach:
    """Whose rows of a section the reader is shown: ids as addresses hold them; empty lists mean everybody's."""

    people: Sequence[str]
    departments: Sequence[str]
    is_nobody: bool = False


def reach_of(member: Membership, section: str, params: QueryDict) -> Reach:
    """Narrow what the filters ask for to whose work the reader may see in a section.

    What a colleague does counts as theirs, even where the reader wrote it down and so may open it.
    """
    people, departments = params.getlist("manager"), params.getlist("department")
    scope = scope_of(member, section)
    if scope == Scope.ALL:
        return Reach(people, departments)
    below = [str(pk) for pk in department_ids(member)] if scope == Scope.DEPARTMENT else []
    if scope == Scope.NONE:
        return Reach((), (), is_nobody=True)
    if not below:
        own = str(member.pk)
        return Reach((own,), departments, is_nobody=bool(people) and own not in people)
    seen = {str(pk) for pk in colleague_ids(member)}
    known = [one for one in people if one in seen]
    among = [one for one in departments if one in below] if departments else below
    return Reach(known, among, is_nobody=not among or (bool(people) and not known))
