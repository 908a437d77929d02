"""Sources end to end (R8): what they cost, what they bring, and what is left of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from contacts.models import Source, SourceCost, SourceGroup
from contacts.sources.rules import sees_costs
from core.listing import Listing, listing_for
from core.listing.filters import Flag, MultiModel, PeriodFilterSet
from deals import touches
from leads.models import Lead
from reports import money_charts, periods, sentences
from reports.attribution import IS_SHARED, MEANINGS, Model
from reports.dimensions import DIMENSIONS, Dimension, rows_url
from reports.exchange import Exchange
from reports.money_rows import MoneyRow, row_of, table_of
from reports.queries import money
from reports.queries.money import Figures
from reports.queries.shares import Shares, TooManyDeals
from reports.rollups.reading import Figured, figured_leads
from reports.rollups.shares import CREATED, WON
from reports.views import answer, report_page
from tenants.access import Section, may_export, require
from tenants.models import Membership

BY = ("source", "source_group", "campaign", "channel_kind")
# Of the filters of leads those that costs and deals can be asked by too
FILTERS = (
    "source",
    "no_source",
    "source_group",
    "no_source_group",
    "campaign",
    "no_campaign",
    "non_advertising",
)
KEPT = ("period", "first", "last", *FILTERS, "by", "model", "compare")
MOST_ROWS = 100


class MoneyFilterSet(PeriodFilterSet):
    """What narrows leads, costs and shares of deals alike."""

    date_field = "received_at"
    usual = ("period", "first", "last", "source_group", "source", "campaign", "non_advertising")

    source_group = MultiModel(
        field_name="source__group", queryset=SourceGroup.objects.all(), label=gettext_lazy("Source group")
    )
    source = MultiModel(queryset=Source.objects.all(), label=gettext_lazy("Source"))
    campaign = django_filters.CharFilter(label=gettext_lazy("Campaign"))
    no_source = Flag(field_name="source", lookup_expr="isnull", label=gettext_lazy("No source"))
    no_source_group = Flag(
        field_name="source__group", lookup_expr="isnull", label=gettext_lazy("No source group")
    )
    no_campaign = Flag(method="keep", label=gettext_lazy("No campaign"))
    non_advertising = Flag(method="keep", label=gettext_lazy("Show non-advertising"))

    class Meta:
        model = Lead
        fields: list[str] = []

    def keep(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Leave the rows as they are: the list of leads reads it itself."""
        return queryset


class MoneyListing(Listing):
    """Only the filters of this report: its numbers open the lists of leads, deals and costs."""

    page = "reports:money"
    section = Section.REPORTS
    title = gettext_lazy("Sources end to end")
    filterset = MoneyFilterSet
    sorts = {"time": "received_at"}
    default_sort = "-time"
    columns = ()

    def rows(self, member: Any, action: str = "view") -> QuerySet[Any]:
        return Lead.objects.none()


@require("reports")
@require_GET
def report(request: HttpRequest) -> HttpResponseBase:
    """R8: cost, leads, deals, revenue and profit of sources, groups, campaigns or channel kinds."""
    made = MoneyReport(request.member, request.GET)  # type: ignore[attr-defined]
    context = _frame(made)
    try:
        figures = _figures(made, with_all=bool(request.GET.get("all")))
    except TooManyDeals as refusal:
        if request.GET.get("format") and context["may_export"]:
            return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
        return answer(request, "reports/money.html", context | {"too_many": str(refusal)}, ([], []))
    return answer(request, "reports/money.html", context | figures, table_of(made))


def _frame(made: MoneyReport) -> dict[str, Any]:
    """What the page says before any figure: filters and choices."""
    return {
        "title": _("Sources end to end"),
        "page": made.page,
        "listing": made.page.listing,
        "period": made.period,
        "comparing": made.page.comparing(made.comparison),
        "by": made.by,
        "query": made.page.query,
        "may_export": may_export(made.member, "reports"),
        "choices": [
            {"label": DIMENSIONS[key].label, "url": made.page.url(by=key), "is_on": made.by.key == key}
            for key in BY
        ],
        "models": [
            {"label": one.label, "url": made.page.url(model=one.value), "is_on": made.model == one}
            for one in Model
        ],
        "meanings": [(one.label, MEANINGS[one]) for one in Model],
        "model": made.model,
        "is_shared": made.model in IS_SHARED,
        "has_costs": made.has_costs,
    }


def _figures(made: MoneyReport, *, with_all: bool) -> dict[str, Any]:
    shown = made.rows if with_all else made.rows[:MOST_ROWS]
    return {
        "rows": shown,
        "hidden_count": len(made.rows) - len(shown),
        "all_url": made.page.url(all="on"),
        "whole": made.whole_row,
        "old": made.old_row,
        "sentence": sentences.of_money(made.whole_row, made.old_row, made.rows) if made.has_costs else {},
        "bars": money_charts.bars(made.rows),
        "columns": money_charts.columns(made.steps),
        "series": money_charts.SERIES if made.has_costs else money_charts.SERIES[1:],
        "rates": made.exchange.rates_in_words(),
        "lacking": made.lacking,
    }


class MoneyReport:
    """The figures of one URL, for the member who asks."""

    def __init__(self, member: Membership, given: QueryDict) -> None:
        self.member = member
        self.params = periods.known(periods.with_default(given), KEPT)
        self.period = periods.of(self.params)
        self.page = report_page(MoneyListing(), self.member, self.params)
        by = str(self.params.get("by", ""))
        self.by: Dimension = DIMENSIONS[by if by in BY else BY[0]]
        asked = self.params.get("model")
        self.model = Model(asked) if asked in Model.values else Model.LAST
        self.has_costs = sees_costs(self.member)
        self.comparison = periods.comparison(self.params, self.period)
        self.before = self.comparison.period
        self.group_of = self.by.groups()

    # --- What is read, once for both periods -----------------------------------------------------------
    @cached_property
    def span(self) -> periods.Period:
        """The period together with the one before it."""
        return periods.Period(self.before.first if self.before else self.period.first, self.period.last)

    @cached_property
    def shares(self) -> Shares:
        deals = listing_for("deals:list").rows(self.member)
        if not self.page.filterset.asked.is_valid():
            deals = deals.none()
        return Shares(self.member, deals, self.params, self.by.key, self.model)

    @cached_property
    def costs(self) -> money.Costs:
        is_told = self.has_costs and self.page.filterset.asked.is_valid()
        costs = (
            SourceCost.objects.filter(touches.condition(self.params))
            if is_told
            else SourceCost.objects.none()
        )
        return money.read_costs(costs, self.span)

    @cached_property
    def exchange(self) -> Exchange:
        return Exchange.at_the_end(self.member.tenant, self.period)

    def _leads(self, period: periods.Period) -> Figured:
        params = self.params if period == self.period else periods.moved(self.params, period)
        filters = listing_for("leads:list").filtered(self.member, params)
        beside = {"source"} if self.by.key == "channel_kind" else set()  # costs are known by source
        return figured_leads(filters, self.member, period, {self.by.column, "quality", *beside})

    # --- Figures -----------------------------------------------------------------------------------------
    def place(self, value: Any) -> Any:
        """Say under which row a source, campaign or kind stands."""
        return None if value in (None, "") else self.group_of(value)

    def _place_of_share(self, value: str) -> Any:
        if not value:
            return None
        return uuid.UUID(value) if self.by.column == "source" else value

    def figures(self, period: periods.Period) -> dict[Any, Figures]:
        """Count everything of a period by the rows of the report."""
        found: dict[Any, Figures] = defaultdict(Figures)
        leads = self._leads(period)
        money.add_leads(found, leads, self.by.column, self.place)
        money.add_shares(found, self.shares, period, self._place_of_share)
        if self.by.key == "channel_kind":
            kinds = money.leads_by_kind(leads) if self.has_costs else {}
            costs = money.costs_by_kind(self.costs.by("source", period), kinds)
            money.add_costs(found, costs, lambda kind: kind)
        else:
            money.add_costs(found, self.costs.by(self.by.column, period), self.place)
        return {place: one for place, one in found.items() if not one.is_nothing}

    def whole(self, figures: Mapping[Any, Figures], period: periods.Period) -> Figures:
        """Add the rows up; how many deals take part is counted anew."""
        found = money.added(figures.values())
        found.deal_rows, found.won_rows = (self.shares.deals_of(basis, period) for basis in (CREATED, WON))
        return found

    # --- Rows --------------------------------------------------------------------------------------------
    @cached_property
    def _counted(self) -> tuple[dict[Any, Figures], Figures]:
        """The figures of the period and their whole, with the days on which revenue came to them."""
        figures = self.figures(self.period)
        whole = self.whole(figures, self.period)
        money.add_earned(figures, whole, self.shares.earned(self.period), self._place_of_share)
        return figures, whole

    @property
    def now(self) -> dict[Any, Figures]:
        return self._counted[0]

    @cached_property
    def earlier(self) -> dict[Any, Figures] | None:
        return self.figures(self.before) if self.before else None

    @cached_property
    def rows(self) -> list[MoneyRow]:
        """The rows, what was spent most on first."""
        names = self.by.named(self.now)
        names[None] = self._none_label()
        rows = [
            row_of(self, names[place], one, place=place, old=(self.earlier or {}).get(place))
            for place, one in self.now.items()
        ]
        return sorted(rows, key=lambda row: (-row.cost, -row.revenue, -row.leads, row.name))

    def _none_label(self) -> str:
        return _("Without leads") if self.by.key == "channel_kind" else str(self.by.none_label)

    @property
    def _whole_figures(self) -> Figures:
        return self._counted[1]

    @cached_property
    def whole_row(self) -> MoneyRow:
        return row_of(self, _("Total"), self._whole_figures)

    @cached_property
    def old_row(self) -> MoneyRow | None:
        if self.earlier is None or self.before is None:
            return None
        return row_of(self, "", self.whole(self.earlier, self.before))

    @property
    def lacking(self) -> str:
        whole = self._whole_figures
        return self.exchange.lacking([(_("cost"), whole.cost), (_("revenue"), whole.revenue)])

    @cached_property
    def started_on(self) -> dt.date | None:
        """The first day of the period on which money was spent, from which payback counts."""
        days = [max(cost.starts_on, self.period.first or cost.starts_on) for cost in self.costs.longer]
        inside = [day for day in days if money.has(self.period, day)]
        return min([*inside, *self._spent], default=None)

    @cached_property
    def _spent(self) -> dict[dt.date, money.Sums]:
        return self.costs.days(self.period)

    @cached_property
    def steps(self) -> list[money_charts.Step]:
        """Cost and revenue of each month of the period; of a shorter one by weeks."""
        return [
            money_charts.Step(
                first,
                last,
                self.exchange.total(self._cost_of(first, last)),
                self.exchange.total(money.within_step(self._whole_figures.came, first, last)),
                self.costs_url(first=str(first), last=str(last), period=None) if self.has_costs else "",
                self.deals_url("won", first=str(first), last=str(last), period=None),
            )
            for first, last in money_charts.steps_of(self.period, self._days())
        ]

    def _cost_of(self, first: dt.date, last: dt.date) -> money.Sums:
        step = periods.Period(first, last)
        longer = ((cost.currency, money.share_of(cost, step)) for cost in self.costs.longer)
        return money.summed([*longer, *money.within_step(self._spent, first, last).items()])

    def _days(self) -> list[dt.date]:
        """Days on which something was spent or earned, for the ends of a period without any."""
        longer = [day for cost in self.costs.longer for day in (cost.starts_on, cost.ends_on)]
        return [*longer, *self._spent, *self._whole_figures.came]

    # --- Links -------------------------------------------------------------------------------------------
    def narrowed(self, place: Any) -> QueryDict:
        """The filters of one row inside those of the page."""
        if place is None:
            copy = self.params.copy()
            copy[self.by.none_param or f"no_{self.by.key}"] = "on"
            return copy
        return self.by.narrowed(self.params, place)

    def leads_url(self, params: QueryDict, **narrowing: str) -> str:
        copy = params.copy()
        copy.pop("model", None)
        return rows_url(copy, **narrowing)

    def deals_url(self, what: str, params: QueryDict | None = None, **changes: str | None) -> str:
        """The deals created or won in the period in which the figures have a share."""
        given = (self.params if params is None else params).copy()
        _change(given, changes)
        figure = QueryDict(mutable=True)
        for name in (*FILTERS, "channel_kind", "no_channel_kind"):
            if given.get(name):
                figure.setlist(name, given.getlist(name))
        found = QueryDict(mutable=True)
        for name in ("period", "first", "last"):
            if given.get(name):
                found[name] = str(given[name])
        if what == "won":
            found["dates"], found["state"] = "closed", "won"
        if set(figure) - {"non_advertising"}:
            figure["model"] = self.model.value
            found["touch"] = figure.urlencode()
        return f"{reverse('deals:list')}?{found.urlencode()}"

    def costs_url(self, params: QueryDict | None = None, **changes: str | None) -> str:
        """The costs whose days the period cuts."""
        copy = (self.params if params is None else params).copy()
        _change(copy, changes)
        for name in ("by", "model", "non_advertising"):
            copy.pop(name, None)
        return f"{reverse('reports:costs')}?{copy.urlencode()}"


def _change(params: QueryDict, changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
