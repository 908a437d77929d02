"""How long a robot waits: in clock time, or in the company's working time."""

from __future__ import annotations

import datetime as dt

from automation.models import Robot
from tenants.hours import HoursBook
from tenants.hours.calendar import WorkCalendar

Unit = Robot.Unit
_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60}
FAR_DAYS = 400  # a company that never works waits by the clock


def moment_after(
    start: dt.datetime, amount: int, unit: str, *, is_working: bool, book: HoursBook
) -> dt.datetime:
    """Return the moment when a wait is over.

    In working time minutes and hours count while the company works, a day is a working day: two days after
    Friday noon is Tuesday noon. What would end outside working hours ends when they begin again.
    """
    if not is_working or not amount:
        return start + dt.timedelta(minutes=amount * _MINUTES[Unit(unit)])
    if unit == Unit.DAYS:
        start, minutes = _days_later(start, amount, book.company), 0
    else:
        minutes = amount * _MINUTES[Unit(unit)]
    return book.company.after(start, minutes) or start + dt.timedelta(minutes=minutes)


def _days_later(start: dt.datetime, days: int, calendar: WorkCalendar) -> dt.datetime:
    """Go so many working days on, to the same time of the day."""
    local = start.astimezone(calendar.zone)
    day, left = local.date(), days
    for _step in range(FAR_DAYS):
        if not left:
            break
        day += dt.timedelta(days=1)
        left -= bool(calendar.spans_on(day))
    if left:
        day = local.date() + dt.timedelta(days=days)
    return dt.datetime.combine(day, local.time(), calendar.zone)
