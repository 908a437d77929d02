"""The weeks and months a period is cut into."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats
from reports.periods import Period
from reports.queries.managers import Step
from reports.rollups.days import month_end

SHORT = 62  # days: the trend of a period no longer is drawn by weeks


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """One way to cut; `most` steps are shown, the last ones."""

    key: str
    label: str | Promise
    most: int

    def end_of(self, day: dt.date) -> dt.date:
        """The last day of the week or month a day lies in."""
        return day + dt.timedelta(days=6 - day.weekday()) if self.key == "weeks" else month_end(day)

    def start_of(self, day: dt.date) -> dt.date:
        return day - dt.timedelta(days=day.weekday()) if self.key == "weeks" else day.replace(day=1)

    def named(self, step: Step) -> str:
        """A month by its name, a week by its days."""
        first, last = step
        if self.key == "months":
            return formats.short_month(first)
        return (
            formats.short_date(first)
            if first == last
            else f"{formats.short_date(first)} – {formats.short_date(last)}"
        )


WEEKS, MONTHS = Cut("weeks", _("By weeks"), 27), Cut("months", _("By months"), 24)
CUTS = {cut.key: cut for cut in (WEEKS, MONTHS)}


def usual_cut(period: Period) -> Cut:
    """How the trend of a period is drawn."""
    return WEEKS if period.days and period.days <= SHORT else MONTHS


def steps_of(period: Period, cut: Cut | None, today: dt.date) -> list[Step]:
    """Cut a period into weeks or months, the first and last of which end where the period does.

    One that has no last day ends today; of more steps than are shown the last ones are left.
    """
    cut = cut or usual_cut(period)
    last = period.last or today
    steps: list[Step] = []
    end = last
    while len(steps) < cut.most and (period.first is None or end >= period.first):
        start = cut.start_of(end)
        steps.append((max(start, period.first) if period.first else start, end))
        end = start - dt.timedelta(days=1)
    return steps[::-1]
