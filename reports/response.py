"""The first response: how fast clients are answered, how many too late, and whom nobody has answered (R4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from core import formats
from leads.models import Lead
from reports import charts, sentences
from reports.dimensions import HOUR
from reports.duty import on_duty
from reports.queries.response import COLUMNS, Responses, responses_by, whole_of
from reports.views import LeadReport, answer, by_choices
from tenants.access import require

LATE, NONE, IN_TIME = Lead.Answer.LATE, Lead.Answer.NONE, Lead.Answer.IN_TIME


@require("reports")
@require_GET
def response(request: HttpRequest) -> HttpResponseBase:
    """R4: working minutes to the first answer per channel, manager or hour, and what was not processed."""
    report = LeadReport(request, "channel_kind", *COLUMNS, own=[HOUR])
    groups = responses_by(report.leads, report.by)
    whole = whole_of(groups, _("Total"))
    before = report.before()
    old = whole_of(responses_by(before, report.by)) if before is not None else None
    duty = _duty(report) if report.by.key == "hour" else {}
    context = report.context(
        title=_("First response"),
        sentence=sentences.of_response(whole, old),
        whole=_row(report, whole, is_whole=True),
        rows=[_row(report, group) for group in groups],
        old=old,
        deltas=_deltas(whole, old),
        bars=charts.answer_bars(groups),
        series=charts.ANSWERS,
        duty=duty,
        has_duty=report.by.key == "hour",
        unmeasured=whole.unmeasured,
        choices=by_choices(report, ("channel_kind", "channel", "manager"), [HOUR]),
    )
    for row in context["rows"]:
        row["duty"] = duty.get(row["value"], 0.0)
    return answer(request, "reports/response.html", context, _table(report, [*groups, whole], duty))


def _duty(report: LeadReport) -> Mapping[int, float]:
    """Tell how many people are at work in each hour of the day, on an average day of those on which anybody is."""
    ends = report.leads.ends()
    found = on_duty(report.member, report.page.filterset.asked.cleaned_data, report.period, ends)
    weekdays = {weekday for weekday, _hour in found}
    hours: dict[int, float] = {}
    for (_weekday, hour), people in found.items():
        hours[hour] = hours.get(hour, 0.0) + people / len(weekdays)
    return hours


def _row(report: LeadReport, group: Responses, *, is_whole: bool = False) -> dict[str, Any]:
    def url(**narrowing: Any) -> str:
        return report.rows_of_all(**narrowing) if is_whole else report.rows_of(group.value, **narrowing)

    missed = Lead.Kind.MISSED_CALL
    return {
        "group": group,
        "value": group.value,
        "name": group.name,
        "url": url(),
        "answered_url": url(answer=[IN_TIME, LATE]),
        "late_url": url(answer=LATE),
        "none_url": url(answer=NONE),
        "missed_url": url(kind=missed),
        "called_back_url": url(kind=missed, answer=[IN_TIME, LATE]),
        "not_called_back_url": url(kind=missed, answer=NONE),
        "unprocessed_url": url(unprocessed="on"),
        "median": shown_minutes(group.median_min),
        "p90": shown_minutes(group.p90_min),
    }


def shown_minutes(value: float | None) -> str:
    """Write working minutes; a dash without any."""
    return formats.minutes(round(value)) if value is not None else "—"


def _deltas(whole: Responses, old: Responses | None) -> dict[str, Any]:
    if old is None:
        return {}
    medians = (whole.median_min, old.median_min)
    return {
        "median": round(medians[0]) - round(medians[1])
        if medians[0] is not None and medians[1] is not None
        else None,
        "late": round(whole.late_share - old.late_share, 1),
        "unprocessed": round(whole.unprocessed_share - old.unprocessed_share, 1),
        "not_called_back": whole.not_called_back - old.not_called_back,
    }


def _table(
    report: LeadReport, groups: list[Responses], duty: Mapping[int, float]
) -> tuple[list[Any], list[list[Any]]]:
    heads = [
        report.by.label,
        _("Leads"),
        pgettext("leads", "Answered"),
        _("Median, working min"),
        _("90 %, working min"),
        _("Late"),
        _("Late, %"),
        _("Not answered"),
        _("Missed calls"),
        _("Not called back"),
        _("Not processed"),
        _("Not processed, %"),
    ]
    rows = [
        [
            g.name,
            g.total,
            g.answered,
            None if g.median_min is None else round(g.median_min),
            None if g.p90_min is None else round(g.p90_min),
            g.counts[LATE],
            round(g.late_share, 1),
            g.counts[NONE],
            g.missed,
            g.not_called_back,
            g.unprocessed,
            round(g.unprocessed_share, 1),
        ]
        for g in groups
    ]
    if report.by.key == "hour":
        heads.append(_("People on duty"))
        rows = [[*row, round(duty.get(g.value, 0.0), 1)] for row, g in zip(rows, groups, strict=True)]
    return heads, rows
