"""Report pages: each reads the same filters as its list, so that every number opens exactly its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.listing import Listing, ListPage, listing_for
from core.listing.filters import Chip
from core.listing.page import STATE_PARAMS
from deals.models import Deal
from reports import charts, periods, saved, schedules, sentences
from reports.catalogue import REPORTS
from reports.dimensions import DIMENSIONS, REASON, Dimension, dimension, rows_url
from reports.exports import Table, send_table
from reports.periods import Compared, Comparison
from reports.queries import leads as lead_queries
from reports.rollups.reading import Figured, figured_leads
from tenants.access import may_export, require

MOST_COLUMNS = 8


@require("reports")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the reports."""
    member: Any = request.member  # type: ignore[attr-defined]
    context = {
        "cards": [{"url": reverse(one.page), "report": one} for one in REPORTS],
        "views": saved.of_member(member),
        "schedules": schedules.of_member(member),
    }
    return render(request, "reports/index.html", context)


class ReportPage(ListPage):
    """The filters of a report. Without a period it shows the usual one, so taking that away asks for all time."""

    def url(self, **changes: str | Sequence[str] | None) -> str:
        if "period" in changes and changes["period"] is None:
            changes["period"] = "all"
        return super().url(**changes)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the address says beside filters: how the report is broken down and what it is compared with."""
        return [
            (name, str(value))
            for name, value in self.params.items()
            if value and name not in self.filterset.filters and name not in (*STATE_PARAMS, "format")
        ]

    @property
    def clear_url(self) -> str:
        return f"?{urlencode(self.carried)}"

    def comparing(self, found: Comparison) -> dict[str, Any]:
        """Offer what the figures may be compared with."""
        choices = [
            {"label": one.label, "url": self.url(compare=one.value), "is_on": one == found.with_what}
            for one in Compared
        ]
        return {"choices": choices, "period": found.period, "why_not": found.why_not}


def report_page(listing: Listing, member: Any, params: QueryDict) -> ReportPage:
    """Read a report's filters, which are those of the list that its numbers open."""
    return ReportPage(listing, member, params)


class LeadReport:
    """What reports about leads share: the bound filters, the period and the links."""

    def __init__(
        self,
        request: HttpRequest,
        default_by: str,
        *also: str,
        columns: Sequence[str] = (),
        own: Sequence[Dimension] = (),
    ) -> None:
        self.request = request
        self.member: Any = request.member  # type: ignore[attr-defined]
        self.params = periods.with_default(request.GET)
        self.period = periods.of(self.params)
        self.comparison = periods.comparison(self.params, self.period)
        self.listing = listing_for("leads:list")
        self.page = report_page(self.listing, self.member, self.params)
        person = "owner" if self.page.filterset.person_field() == "deal__owner" else "taken_by"
        self.by: Dimension = dimension(request.GET.get("by", ""), default_by, person=person, own=own)
        self.columns = {*(columns or (self.by.column,)), *also}
        self.leads = figured_leads(self.page.filterset, self.member, self.period, self.columns)

    def before(self) -> Figured | None:
        """The same leads over the period they are compared with, or None."""
        period = self.comparison.period
        if period is None:
            return None
        filters = self.listing.filtered(self.member, periods.moved(self.params, period))
        return figured_leads(filters, self.member, period, self.columns)

    def outcomes(self) -> Figured:
        """The same leads, told apart by what they became."""
        return figured_leads(self.page.filterset, self.member, self.period, lead_queries.OUTCOME)

    def rows_of(self, value: Any, by: Dimension | None = None, **narrowing: Any) -> str:
        return rows_url((by or self.by).narrowed(self.params, value), **narrowing)

    def rows_of_all(self, **narrowing: Any) -> str:
        return rows_url(self.params, **narrowing)

    def context(self, **extra: Any) -> dict[str, Any]:
        return {
            "page": self.page,
            "listing": self.listing,
            "period": self.period,
            "comparing": self.page.comparing(self.comparison),
            "by": self.by,
            "may_export": may_export(self.member, "reports"),
            "query": self.page.query,
        } | extra


def by_choices(
    report: LeadReport, keys: tuple[str, ...], own: Sequence[Dimension] = ()
) -> list[dict[str, Any]]:
    """Offer what the report may be broken down by."""
    return [
        {"label": one.label, "url": report.page.url(by=one.key), "is_on": report.by.key == one.key}
        for one in (*(DIMENSIONS[key] for key in keys), *own)
    ]


def answer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    table: tuple[Sequence[Any], Sequence[Sequence[Any]]],
    *,
    has_total: bool = False,
) -> HttpResponseBase:
    """Send the page, or the same table as a file when the URL asks and the member may.

    `table` is heads and rows; `has_total` says that the last row adds the others up.
    """
    file_format = request.GET.get("format", "")
    if file_format and context["may_export"]:
        heads, rows = table
        name = template.split("/")[-1].removesuffix(".html")
        said = [
            str(context["period"]),
            *context.get("said", ()),
            *(_said(chip) for chip in context["page"].chips),
        ]
        return send_table(
            Table(name, context["title"], said, [str(head) for head in heads], rows, has_total), file_format
        )
    context |= saved.tabs(request)
    if request.htmx and request.htmx.target == "filter-form":  # type: ignore[attr-defined]
        return render(request, "reports/filter_form.html", context)
    return render(request, template, context)


def _said(chip: Chip) -> str:
    """Tell a filter in force in words."""
    return f"{chip.label}: {chip.value}" if chip.value else str(chip.label)


@require("reports")
@require_GET
def leads(request: HttpRequest) -> HttpResponseBase:
    """R1: states of leads by channel kind and channel."""
    report = LeadReport(request, "channel_kind", "state", columns=("channel_kind", "channel"))
    kinds, channels = DIMENSIONS["channel_kind"], DIMENSIONS["channel"]
    groups = lead_queries.states_by_channel(report.leads, kinds, channels)
    parents = [g for g in groups if g.parent is None]
    whole = lead_queries.total(parents, lead_queries.STATES, _("Total"))

    def link(group: Any, **narrowing: Any) -> str:
        if group.parent is None:
            return report.rows_of(group.value, kinds, **narrowing)
        narrowed = channels.narrowed(kinds.narrowed(report.params, group.parent), group.value)
        return rows_url(narrowed, **narrowing)

    rows = [_state_row(g, link, is_child=g.parent is not None) for g in groups]
    before = report.before()
    old = (
        None
        if before is None
        else lead_queries.total(lead_queries.states_by(before, kinds), lead_queries.STATES)
    )
    context = report.context(
        title=_("Lead analysis"),
        rows=rows,
        sentence=sentences.of_leads(whole, old),
        bars=charts.state_bars([g for g in groups if g.parent is not None]),
        series=charts.STATES,
        whole=_state_row(whole, lambda _g, **n: rows_url(report.params, **n)),
        became=lead_queries.became(report.outcomes(), Deal.objects.present().visible_to(report.member)),
        converted_url=rows_url(report.params, state="converted"),
        with_deal_url=rows_url(report.params, state="converted", has_deal="yes"),
        without_deal_url=rows_url(report.params, state="converted", has_deal="no"),
        won_url=rows_url(report.params, state="converted", has_deal="yes", stage_group="won"),
        old=old,
        deltas=_lead_deltas(whole, old),
    )
    heads = [_("Channel"), _("Leads"), *(str(charts.STATE_WORDS[s]) for s in lead_queries.STATES)]
    heads.append(_("Conversion, %"))
    table = [
        [g.name, g.total, *(g.counts[s] for s in lead_queries.STATES), round(g.share("converted"), 1)]
        for g in [*groups, whole]
    ]
    return answer(request, "reports/leads.html", context, (heads, table), has_total=True)


def _lead_deltas(whole: Any, old: Any) -> dict[str, Any]:
    if old is None:
        return {}
    return {
        "total": whole.total - old.total,
        "converted": round(whole.share("converted") - old.share("converted"), 1),
    }


def _state_row(group: Any, link: Any, *, is_child: bool = False) -> dict[str, Any]:
    return {
        "name": group.name,
        "is_child": is_child,
        "total": group.total,
        "url": link(group),
        "cells": [(group.counts[s], link(group, state=s)) for s in lead_queries.STATES],
        "share": group.share("converted"),
    }


@require("reports")
@require_GET
def quality(request: HttpRequest) -> HttpResponseBase:
    """R3: quality of leads by source, group, campaign, channel or manager, with the trend."""
    report = LeadReport(request, "source", "quality")
    groups = lead_queries.quality_by(report.leads, report.by)
    whole = lead_queries.total(groups, lead_queries.QUALITIES, _("Total"))
    before = report.before()
    old = {g.value: g for g in lead_queries.quality_by(before, report.by)} if before is not None else {}
    old_whole = lead_queries.total(list(old.values()), lead_queries.QUALITIES) if before is not None else None
    points = lead_queries.trend(report.leads)
    shown = [*groups, *_vanished(groups, old)]
    context = report.context(
        title=_("Lead quality"),
        rows=[_quality_row(report, group, None if before is None else old) for group in shown],
        whole={
            "total": whole.total,
            "url": rows_url(report.params),
            "cells": [(whole.counts[q], rows_url(report.params, quality=q)) for q in lead_queries.QUALITIES],
            "share": whole.share("targeted"),
        },
        old=old_whole,
        deltas=_quality_deltas(whole, old_whole),
        sentence=sentences.of_quality(groups, whole, old, old_whole),
        bars=charts.quality_bars(groups),
        columns=charts.trend_columns(points),
        points=points,
        series=charts.SERIES,
        choices=by_choices(
            report, ("source", "source_group", "campaign", "channel_kind", "channel", "manager")
        ),
    )
    heads = [report.by.label, _("Leads"), *(str(label) for _k, label, _c in charts.SERIES), _("Targeted, %")]
    table = [
        [g.name, g.total, *(g.counts[q] for q in lead_queries.QUALITIES), round(g.share("targeted"), 1)]
        for g in [*groups, whole]
    ]
    return answer(request, "reports/quality.html", context, (heads, table), has_total=True)


def _quality_row(report: LeadReport, group: Any, old: dict[Any, Any] | None) -> dict[str, Any]:
    """Lay out one group; `old` are the groups of the period before, None where there is no such period."""
    targeted = group.counts["targeted"]
    was = old[group.value].counts["targeted"] if old and group.value in old else 0
    cells = [(group.counts[q], report.rows_of(group.value, quality=q)) for q in lead_queries.QUALITIES]
    return {
        "name": group.name,
        "total": group.total,
        "url": report.rows_of(group.value),
        "cells": cells,
        "share": group.share("targeted"),
        "delta": None if old is None else targeted - was,
    }


def _vanished(groups: Sequence[Any], old: dict[Any, Any]) -> list[Any]:
    """The groups that had leads in the period before and have none now."""
    current = {group.value for group in groups}
    nothing = dict.fromkeys(lead_queries.QUALITIES, 0)
    gone = [group for value, group in old.items() if value not in current]
    return [dataclasses.replace(group, total=0, counts=nothing) for group in gone]


def _quality_deltas(whole: Any, old: Any) -> dict[str, Any]:
    if old is None:
        return {}
    return {
        "total": whole.total - old.total,
        "targeted": whole.counts["targeted"] - old.counts["targeted"],
        "non_targeted": round(whole.share("non_targeted") - old.share("non_targeted"), 1),
        "repeat": whole.counts["repeat"] - old.counts["repeat"],
        "share": round(whole.share("targeted") - old.share("targeted"), 1),
    }


@require("reports")
@require_GET
def reasons(request: HttpRequest) -> HttpResponseBase:
    """R2: rejection reasons across channels, sources or managers."""
    report = LeadReport(request, "channel", "state", "rejection_reason")
    found, columns = lead_queries.reasons_by(report.leads, REASON, report.by)
    shown, rest = columns[:MOST_COLUMNS], columns[MOST_COLUMNS:]
    whole = sum(row.total for row in found)
    most = max((row.total for row in found), default=0)
    before = report.before()
    was = None if before is None else lead_queries.count_of(before, "state", "rejected")

    def narrowed(reason: Any) -> QueryDict:
        params = report.params.copy()
        if reason is None:
            params["no_reason"] = "on"
        else:
            params["reason"] = str(reason)
        params["state"] = "rejected"
        return params

    rows = [
        {
            "name": row.name,
            "total": row.total,
            "share": 100 * row.total / whole if whole else 0,
            "width": f"{100 * row.total / most:.2f}%" if most else "0%",
            "url": rows_url(narrowed(row.value)),
            "cells": [
                (row.cells.get(value, 0), rows_url(report.by.narrowed(narrowed(row.value), value)))
                for value, _name, _n in shown
            ],
            "rest": sum(row.cells.get(value, 0) for value, _name, _n in rest),
        }
        for row in found
    ]
    context = report.context(
        title=_("Rejection reasons"),
        sentence=sentences.of_reasons(found, whole, was),
        rows=rows,
        columns=[name for _v, name, _n in shown],
        has_rest=bool(rest),
        totals=[
            (n, rows_url(report.by.narrowed(report.params, v), state="rejected")) for v, _name, n in shown
        ],
        rest_total=sum(n for _v, _name, n in rest),
        whole=whole,
        whole_url=rows_url(report.params, state="rejected"),
        choices=by_choices(report, ("channel_kind", "channel", "source", "manager")),
    )
    heads = [_("Reason"), _("Leads"), *(name for _v, name, _n in columns)]
    table = [[row.name, row.total, *(row.cells.get(v, 0) for v, _name, _n in columns)] for row in found]
    return answer(request, "reports/reasons.html", context, (heads, table))
