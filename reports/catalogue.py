"""The reports there are: one line each, for the index, saved reports and schedules."""

from __future__ import annotations

import dataclasses

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """A report as people choose it. `page` is the name of its address."""

    page: str
    title: str | Promise
    text: str | Promise
    icon: str


REPORTS = (
    Report(
        "reports:leads",
        _("Lead analysis"),
        _("How many came by each channel, and what was decided."),
        "list-details",
    ),
    Report(
        "reports:quality",
        _("Lead quality"),
        _("Targeted, repeat and non-targeted leads by source, campaign, channel or manager."),
        "target",
    ),
    Report(
        "reports:reasons",
        _("Rejection reasons"),
        _("Why leads are rejected, by channel, source or manager."),
        "circle-x",
    ),
    Report(
        "reports:funnel",
        _("Funnel"),
        _("How far deals come, where they leave and how long they stay."),
        "filter",
    ),
    Report(
        "reports:money",
        _("Sources end to end"),
        _("What each source costs, what it brings, and what is left of it."),
        "cash",
    ),
    Report(
        "reports:response",
        _("First response"),
        _("How fast clients are answered, and who never was."),
        "clock",
    ),
    Report(
        "reports:managers",
        _("Managers"),
        _("Calls, meetings, conversion and sales of each manager, by period, week or month."),
        "users",
    ),
    Report("reports:peaks", _("Peak hours"), _("When clients come, against the people on duty."), "calendar"),
    Report(
        "reports:leaks",
        _("Where we leak"),
        _("What is forgotten, overdue or nobody’s, and how much money is in it."),
        "alert-circle",
    ),
    Report(
        "reports:explorer",
        _("Explorer"),
        _("Leads or deals by whatever you choose: rows, columns and what is counted."),
        "table",
    ),
    Report("reports:regions", _("Regions"), _("Leads and conversion by region."), "map-pin"),
)


def report_named(page: str) -> Report | None:
    """Find a report by the name of its address."""
    return next((one for one in REPORTS if one.page == page), None)
