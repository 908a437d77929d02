"""Hours in the reader's language."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core import formats
from tenants.hours.book import HoursBook
from tenants.hours.calendar import DAY_MIN, FAR_DAYS, Span, Week, spans_text
from tenants.models import Membership


def week_text(week: Week) -> str:
    """Say a week in a line: Mon–Fri 09:00–18:00, Sat 10:00–15:00."""
    parts = []
    for first, last in _runs(week):
        if week[first]:
            days = str(WEEKDAYS_ABBR[first])
            if last > first:
                days = f"{days}{'–' if last > first + 1 else ', '}{WEEKDAYS_ABBR[last]}"
            parts.append(f"{days} {_day_text(week[first])}")
    if len(parts) == 1 and all(week):
        return _("every day %(hours)s") % {"hours": _day_text(week[0])}
    return "; ".join(parts) or _("no hours")


def _runs(week: Week) -> list[tuple[int, int]]:
    """Group days that follow each other and are alike."""
    runs: list[tuple[int, int]] = []
    for day in range(7):
        if runs and week[day] == week[runs[-1][0]]:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _day_text(spans: tuple[Span, ...]) -> str:
    return _("around the clock") if spans == ((0, DAY_MIN),) else spans_text(spans)


def now_text(member: Membership, book: HoursBook, now: dt.datetime) -> tuple[str, str]:
    """Say whether somebody is at work, and a tone for it: 'ok', 'warn' or ''. Times are the reader's."""
    if (away := book.absence_at(member.pk, member.department_id, now)) is not None:
        return _("away until %(day)s") % {"day": formats.short_date(away.ends_on)}, "warn"
    calendar = book.of(member)
    if (until := calendar.works_until(now)) is not None:
        return _("at work until %(time)s") % {"time": _moment(until, now)}, "ok"
    starts = calendar.after(now, 0)
    if starts is None or starts - now > dt.timedelta(days=FAR_DAYS // 10):
        return _("not at work"), ""
    return _("from %(time)s") % {"time": _moment(starts, now)}, ""


def _moment(moment: dt.datetime, now: dt.datetime) -> str:
    if timezone.localtime(moment).date() == timezone.localtime(now).date():
        return formats.clock(moment)
    return f"{formats.short_date(moment)}, {formats.clock(moment)}"
