"""The response clock: how long a client has waited while whoever is responsible was at work.

Hours are those of tenants.hours: of the person who has the lead, else the company's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from leads.models import Lead
from tenants.hours import HoursBook, WorkCalendar, current_book

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


def minutes_to_answer(lead: Lead) -> int | None:
    """Count the working minutes from arrival to the first answer; None without one.

    By the hours that are known of the day of the answer. The lead was read with its taker and responsible.
    """
    if lead.first_response_at is None:
        return None
    book = current_book(now=lead.first_response_at)
    return calendar_for(lead, book).minutes_between(lead.received_at, lead.first_response_at)


def wait_of(
    calendar: WorkCalendar, *, waiting_since: dt.datetime | None, limit_min: int | None, now: dt.datetime
) -> Wait | None:
    """Measure the wait; None when nobody waits: the last word was ours."""
    if waiting_since is None:
        return None
    return Wait(calendar.minutes_between(waiting_since, now), limit_min)
