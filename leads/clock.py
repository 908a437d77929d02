"""The response clock: how long a client has waited while whoever is responsible was at work.

Hours are those of tenants.hours: of the person who has the lead, else the company's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from leads.models import Lead
from tenants.hours import HoursBook, WorkCalendar

NEAR_LIMIT = 0.8  # of the limit: from here on the waiting time is amber


def calendar_for(lead: Lead, book: HoursBook) -> WorkCalendar:
    """Return by whose hours the lead waits; it was read with its taker and responsible."""
    return book.of(lead.taken_by or lead.responsible)


@dataclasses.dataclass(frozen=True, slots=True)
class Wait:
    """How long a client waits for an answer, against the channel's limit; all in working minutes."""

    minutes: int
    limit_min: int | None

    @property
    def level(self) -> str:
        """'late' past the limit, 'soon' from 80 % of it, else ''."""
        if not self.limit_min:
            return ""
        if self.minutes > self.limit_min:
            return "late"
        return "soon" if self.minutes >= self.limit_min * NEAR_LIMIT else ""


def wait_of(
    calendar: WorkCalendar, *, waiting_since: dt.datetime | None, limit_min: int | None, now: dt.datetime
) -> Wait | None:
    """Measure the wait; None when nobody waits: the last word was ours."""
    if waiting_since is None:
        return None
    return Wait(calendar.minutes_between(waiting_since, now), limit_min)
