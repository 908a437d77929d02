"""Regions: where leads come from, and how many of them become something (R9)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports import charts, sentences
from reports.dimensions import Dimension
from reports.queries.leads import STATES, Group, total
from reports.queries.regions import COLUMNS, folded, states_by_region
from reports.views import LeadReport, answer
from tenants.access import require

REGION = Dimension("region", "", "region", "region", "no_region")


@require("reports")
@require_GET
def regions(request: HttpRequest) -> HttpResponseBase:
    """R9: leads and conversion by region, against the period before."""
    report = LeadReport(request, "channel_kind", columns=COLUMNS)
    groups = states_by_region(report.leads)
    whole = total(groups, STATES, _("Total"))
    before = report.before()
    old_groups = None if before is None else states_by_region(before)
    old = None if old_groups is None else total(old_groups, STATES)
    was = {_key(group): group for group in old_groups or ()}
    context = report.context(
        title=_("Regions"),
        sentence=sentences.of_regions(groups, whole, old),
        bars=charts.state_bars(groups),
        series=charts.STATES,
        rows=[_row(report, group, place, was if old else None) for place, group in enumerate(groups, 1)],
        whole={
            "total": whole.total,
            "url": report.rows_of_all(),
            "cells": [(whole.counts[state], report.rows_of_all(state=state)) for state in STATES],
            "share": whole.share("converted"),
        },
        old=old,
        state_words=[charts.STATE_WORDS[state] for state in STATES],
    )
    heads = [
        _("Region"),
        _("Leads"),
        *(str(charts.STATE_WORDS[state]) for state in STATES),
        _("Conversion, %"),
    ]
    table = [
        [g.name, g.total, *(g.counts[state] for state in STATES), round(g.share("converted"), 1)]
        for g in [*groups, whole]
    ]
    return answer(request, "reports/regions.html", context, (heads, table))


def _key(group: Group) -> str:
    """A region is the same however its letters are written."""
    return folded(group.value or "")


def _row(report: LeadReport, group: Group, place: int, was: dict[str, Group] | None) -> dict[str, Any]:
    old = was.get(_key(group)) if was is not None else None
    return {
        "place": place,
        "name": group.name,
        "total": group.total,
        "url": report.rows_of(group.value, REGION),
        "cells": [
            (group.counts[state], report.rows_of(group.value, REGION, state=state)) for state in STATES
        ],
        "share": group.share("converted"),
        "delta": None if was is None else group.total - (old.total if old else 0),
        "share_delta": round(group.share("converted") - old.share("converted"), 1) if old else None,
    }
