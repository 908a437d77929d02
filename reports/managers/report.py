"""The figures of one address of the report of managers, for the member who asks, and the list each of them opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.plan_fact import calls_expected
from core.listing import listing_for
from core.zones import company_zone
from reports import periods
from reports.dimensions import Dimension, dimension
from reports.exchange import Exchange
from reports.managers.filters import KEPT, ManagerListing, Reach, reach_of
from reports.managers.measures import (
    CALLS_WITH_FRUIT,
    CLIENTS,
    DEALS,
    DONE,
    NORM,
    OF_NORM,
    OF_PERIOD,
    OVERDUE,
    RANKED_BY,
    SHEET,
    WON_SUM,
    Asked,
    Measure,
    Source,
)
from reports.managers.steps import CUTS, Cut, steps_of
from reports.queries import managers as queries
from reports.queries.managers import Cells, Figures, Step
from reports.views import report_page
from tenants.access import may
from tenants.models import Membership

ANYBODY = object()
LONGEST_NORM = 366  # days: beyond that norms of today say nothing


class ManagersReport:
    """Lazy: figures are read once, whatever is printed of them."""

    def __init__(self, member: Membership, given: QueryDict) -> None:
        self.member = member
        self.params = periods.known(periods.with_default(given), KEPT)
        self.period = periods.of(self.params)
        self.comparison = periods.comparison(self.params, self.period)
        self.page = report_page(ManagerListing(), member, self.params)
        self.by: Dimension = dimension(
            self._given("by", ("manager", "department")), "manager", person="owner"
        )
        self.cut: Cut | None = CUTS.get(str(self.params.get("cut", "")))
        self.today = timezone.localdate(timezone=company_zone())
        self.asked = Asked(member, self._talk_from())

    def _given(self, name: str, choices: Sequence[str]) -> str:
        value = str(self.params.get(name, ""))
        return value if value in choices else choices[0]

    def _talk_from(self) -> int:
        """The seconds from which a call counts; the company's own limit unless the address names another."""
        form = self.page.filterset.asked
        given = form.cleaned_data.get("talk_from") if form.is_valid() else None
        return self.member.tenant.min_call_s if given is None else int(given)

    @cached_property
    def measure(self) -> str:
        """What people are ranked by; in a sheet also what is told of each of them."""
        offered = [one.key for one, source in SHEET if self.sees(source)] if self.cut else []
        return self._given("measure", [*self.ranked_by, *offered])

    @cached_property
    def ranked_by(self) -> Mapping[str, Any]:
        seen = {one.key for source in OF_PERIOD if self.sees(source) for one in source.measures}
        has_deals = self.sees(DEALS)
        return {
            key: label for key, label in RANKED_BY.items() if key in seen or (key == WON_SUM and has_deals)
        } or {"calls": _("Calls")}

    def sees(self, source: Source) -> bool:
        """Say whether the reader may open the list of a source at all."""
        return may(self.member, source.section)

    # --- What is read ------------------------------------------------------------------------------------
    @cached_property
    def steps(self) -> list[Step]:
        """The weeks or months of the period, cut at its ends; of one without ends the last ones."""
        return steps_of(self.period, self.cut, self.today)

    @cached_property
    def cells(self) -> Cells:
        found = queries.empty_cells()
        for source in (*OF_PERIOD, *((CALLS_WITH_FRUIT,) if self.cut else (OVERDUE,))):
            self._read(found, source, self.params, self.steps)
        if self.cut:
            self._read_clients(found)
        else:
            self._add_norms(found)
        return found

    def _add_norms(self, cells: Cells) -> None:
        """Add how many calls were expected of those who have a norm, and how many they made."""
        period = self.period
        if (
            not self.sees(DONE)
            or period.first is None
            or period.last is None
            or (period.days or 0) > LONGEST_NORM
        ):
            return
        made = queries.added(cells, lambda person, _place: person)
        people = list(Membership.objects.filter(pk__in=[pk for pk in made if pk is not None]))
        span = {"first": period.first, "last": period.last}
        expected = calls_expected(people, tenant=self.member.tenant, now=timezone.now(), **span)
        for pk, count in expected.items():
            cells[pk, 0].counts.update({NORM: count, OF_NORM: made[pk].count("calls")})

    @cached_property
    def earlier(self) -> Cells | None:
        """The same over the period it is compared with; None where there is none."""
        period = self.comparison.period
        if period is None:
            return None
        found = queries.empty_cells()
        for source in OF_PERIOD:
            self._read(found, source, periods.moved(self.params, period), ())
        return found

    def _read(self, cells: Cells, source: Source, params: QueryDict, steps: Sequence[Step]) -> None:
        if (rows := self._rows(source, params)) is not None:
            queries.read(cells, source, rows, self.asked, steps)

    def _read_clients(self, cells: Cells) -> None:
        if (rows := self._rows(DEALS, self.params)) is not None:
            queries.read_clients(cells, rows, [one.key for one in CLIENTS], self.steps)

    def _rows(self, source: Source, params: QueryDict) -> Any:
        """The rows of a source as its list finds them; None where the reader is shown nobody's."""
        if not self.sees(source) or self.reach(source).is_nobody or not self.page.filterset.asked.is_valid():
            return None
        return listing_for(source.page).filtered(self.member, self.filters(source, params)).qs

    # --- Figures -----------------------------------------------------------------------------------------
    @cached_property
    def _group_of(self) -> Any:
        return self.by.groups()

    @cached_property
    def by_group(self) -> dict[Any, Figures]:
        """The figures of each manager or department over the whole period."""
        return queries.added(self.cells, lambda person, _place: self._group_of(person))

    @cached_property
    def earlier_by_group(self) -> dict[Any, Figures] | None:
        return (
            None
            if self.earlier is None
            else queries.added(self.earlier, lambda person, _place: self._group_of(person))
        )

    @cached_property
    def by_step(self) -> dict[Any, Figures]:
        """The figures of all together by the place of the step."""
        return queries.added(self.cells, lambda _person, place: place)

    @cached_property
    def by_group_and_step(self) -> dict[Any, Figures]:
        return queries.added(self.cells, lambda person, place: (self._group_of(person), place))

    @cached_property
    def whole(self) -> Figures:
        return self.together(self.cells) or Figures()

    @cached_property
    def earlier_whole(self) -> Figures | None:
        return None if self.earlier is None else self.together(self.earlier) or Figures()

    def together(self, cells: Cells) -> Figures | None:
        return queries.added(cells, lambda _person, _place: None).get(None)

    @cached_property
    def names(self) -> dict[Any, str]:
        return self.by.named({*self.by_group, *(self.earlier_by_group or ())})

    @cached_property
    def exchange(self) -> Exchange:
        return Exchange.at_the_end(self.member.tenant, self.period)

    def value(self, figures: Figures, key: str) -> int | Decimal:
        """A figure as it is ranked: a count, or what was won in the company's currency."""
        return self.exchange.total(figures.sums) if key == WON_SUM else figures.count(key)

    @cached_property
    def ranking(self) -> list[tuple[Any, Figures]]:
        """The groups, the best first by the chosen measure, among equals who won more deals, then by name."""
        groups = [(value, figures) for value, figures in self.by_group.items()]
        return sorted(
            groups,
            key=lambda pair: (
                pair[0] is None,
                -self.value(pair[1], self.measure),
                -pair[1].count("won"),
                self.names[pair[0]],
            ),
        )

    # --- Links -------------------------------------------------------------------------------------------
    def reach(self, source: Source) -> Reach:
        return reach_of(self.member, source.section, self.params)

    def filters(self, source: Source, params: QueryDict) -> QueryDict:
        """The filters of a source's list that find all of its rows for this report."""
        found = QueryDict(mutable=True)
        found.update(source.params)
        if source.moment:
            for name in ("period", "first", "last"):
                if params.get(name):
                    found[name] = str(params[name])
        if source.page == "leads:list" and params.get("non_advertising"):
            found["non_advertising"] = "on"
        reach = self.reach(source)
        if reach.people:
            found.setlist(source.person_param, list(reach.people))
        if reach.departments:
            found.setlist("department", list(reach.departments))
        return found

    def url(
        self,
        source: Source,
        measure: Measure | None = None,
        *,
        group: Any = ANYBODY,
        step: Step | None = None,
    ) -> str:
        """The list of exactly the rows a figure counted."""
        found = self.filters(source, self.params)
        if step is not None:
            found.pop("period", None)
            found["first"], found["last"] = str(step[0]), str(step[1])
        if group is not ANYBODY:
            self._narrow(found, source, group)
        for name, value in (measure.narrowing(self.asked) if measure else {}).items():
            found.setlist(name, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
        return f"{reverse(source.page)}?{found.urlencode()}"

    def _narrow(self, found: QueryDict, source: Source, group: Any) -> None:
        name = source.person_param if self.by.key == "manager" else "department"
        if group is None:
            found[f"no_{name}"] = "on"
        else:
            found[name] = str(group)
