"""The list of advertising costs, which the money report opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from contacts.models import CostOrigin, Source, SourceCost, SourceGroup
from contacts.sources.rules import sees_costs
from core import formats
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column, words
from core.listing.filters import Flag, MultiChoice, MultiModel, PeriodFilterSet, period_bounds
from core.zones import company_zone
from reports.periods import Period
from reports.queries.money import within
from tenants.access import Action, Section, may, may_import, require
from tenants.list_views import list_response
from tenants.models import Membership
from tenants.requests import MemberRequest

Row = Mapping[str, Any]
_origin_word = words(dict(CostOrigin.choices))


class CostFilterSet(PeriodFilterSet):
    """What narrows costs; a period finds every cost that has a day in it."""

    date_field = "starts_on"
    usual = ("period", "first", "last", "source_group", "source", "campaign", "origin")

    source_group = MultiModel(
        field_name="source__group", queryset=SourceGroup.objects.all(), label=gettext_lazy("Source group")
    )
    source = MultiModel(queryset=Source.objects.all(), label=gettext_lazy("Source"))
    campaign = django_filters.CharFilter(label=gettext_lazy("Campaign"))
    origin = MultiChoice(choices=CostOrigin.choices, label=gettext_lazy("How"))
    no_source = Flag(field_name="source", lookup_expr="isnull", label=gettext_lazy("No source"))
    no_source_group = Flag(
        field_name="source__group", lookup_expr="isnull", label=gettext_lazy("No source group")
    )
    no_campaign = Flag(method="filter_no_campaign", label=gettext_lazy("No campaign"))

    class Meta:
        model = SourceCost
        fields: list[str] = []

    def filter_period(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "all":
            return queryset
        return within(queryset, Period(*period_bounds(value, timezone.localdate(timezone=company_zone()))))

    def filter_first(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return within(queryset, Period(value, None))

    def filter_last(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return within(queryset, Period(None, value))

    def filter_no_campaign(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(campaign="") if value else queryset


def _days(row: Row) -> str:
    ends = [formats.short_date(row[name]) for name in ("starts_on", "ends_on")]
    return ends[0] if row["starts_on"] == row["ends_on"] else " – ".join(ends)


def _source_cell(row: Row) -> Cell:
    return Cell(row["source__name"]) if row["source__name"] else Cell(_("No source"), tone="muted")


def _text_cell(name: str) -> Any:
    return lambda row: Cell(row[name], title=row[name]) if row[name] else EMPTY


def _detail(row: Row) -> str:
    return str(row["detail"]).replace("\t", ": ").replace("\n", "; ")


@register
class CostListing(Listing):
    """Money spent on advertising, the newest first; a cost over several days belongs to each of them in equal parts."""

    page = "reports:costs"
    section = Section.REPORTS
    title = gettext_lazy("Advertising costs")
    filterset = CostFilterSet
    sorts = {"starts": "starts_on", "ends": "ends_on", "amount": "amount"}
    default_sort = "-starts"
    empty_template = "reports/costs_empty.html"
    file_name = "costs"
    columns = (
        Column("days", gettext_lazy("Days"), ("starts_on", "ends_on"), lambda r: Cell(_days(r)), _days, sort="starts",
               width=190, is_fixed=True, css="c-name"),
        Column("source", gettext_lazy("Source"), ("source__name",), _source_cell, lambda r: r["source__name"] or "",
               width=170, css="cut"),
        Column("campaign", gettext_lazy("Campaign"), ("campaign",), _text_cell("campaign"), lambda r: r["campaign"],
               width=220, css="cut"),
        Column("amount", gettext_lazy("Amount"), ("amount", "currency"),
               lambda r: Cell(formats.money(r["amount"], r["currency"])), lambda r: r["amount"], sort="amount",
               width=130, css="r c-sum"),
        text_column("currency", gettext_lazy("Currency"), "currency", width=90),
        Column("origin", gettext_lazy("How"), ("origin",), lambda r: Cell(_origin_word(r["origin"])),
               lambda r: _origin_word(r["origin"]), width=130),
        Column("detail", gettext_lazy("Group, device"), ("detail",), lambda r: Cell(_detail(r)) if r["detail"] else EMPTY,
               _detail, width=220, is_default=False, css="cut"),
        Column("starts_on", gettext_lazy("First day"), ("starts_on",), lambda r: Cell(formats.short_date(r["starts_on"])),
               lambda r: r["starts_on"], width=110, is_default=False),
        Column("ends_on", gettext_lazy("Last day"), ("ends_on",), lambda r: Cell(formats.short_date(r["ends_on"])),
               lambda r: r["ends_on"], sort="ends", width=110, is_default=False),
        text_column("group", gettext_lazy("Source group"), "source__group__name", width=150, is_default=False),
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[SourceCost]:
        """Money is the whole company's: for who sees all of its leads and deals."""
        return SourceCost.objects.all() if sees_costs(member) else SourceCost.objects.none()

    def summary(self, queryset: QuerySet[Any]) -> str:
        """Sum the whole filtered set with all its days, each currency by itself."""
        sums = queryset.order_by().values_list("currency").annotate(sum=Sum("amount"))
        return " + ".join(formats.money(total, currency) for currency, total in sorted(sums))


@require_safe
@require(Section.REPORTS)
def costs(request: MemberRequest) -> HttpResponse:
    """List what was spent; the buttons are for who may write costs down."""
    if not sees_costs(request.member):
        raise PermissionDenied(_("Costs are shown to those who see all leads and deals of the company."))
    return list_response(
        request,
        CostListing(),
        template="reports/costs.html",
        may_load=may_import(request.member, Section.SETTINGS),
        may_edit=may(request.member, Section.SETTINGS, Action.EDIT),
        load_url=reverse("contacts:import_create") + "?what=costs",
    )
