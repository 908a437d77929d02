"""Whether anybody is there for the visitors of a site, and when somebody will be (K5, K6)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

from channels.models import Channel
from tenants.hours import WorkCalendar, book_of
from tenants.models import Membership

SLOT = dt.timedelta(minutes=30)
SLOT_DAYS = 4
MAX_SLOTS = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Staffing:
    """Who answers a channel, as far as hours tell."""

    calendars: Sequence[WorkCalendar]
    is_always: bool = False

    def is_there(self, now: dt.datetime) -> bool:
        """Say whether somebody is at work."""
        return self.is_always or any(calendar.works_at(now) for calendar in self.calendars)

    def next_at(self, now: dt.datetime) -> dt.datetime | None:
        """Return when somebody will be there: now, if somebody is; None when nobody ever will."""
        if self.is_there(now):
            return now
        moments = (calendar.after(now, 0) for calendar in self.calendars)
        return min((moment for moment in moments if moment is not None), default=None)

    def offers(self, moment: dt.datetime, now: dt.datetime) -> bool:
        """Say whether a call can be ordered for this moment."""
        return now < moment < now + dt.timedelta(days=SLOT_DAYS) and self.is_there(moment)

    def slots(self, now: dt.datetime) -> list[dt.datetime]:
        """List the half hours of the next days at which somebody is there, not before half an hour from now."""
        return list(self._slots(now))[:MAX_SLOTS]

    def _slots(self, now: dt.datetime) -> Iterator[dt.datetime]:
        stamp = int((now + SLOT).timestamp())
        moment = dt.datetime.fromtimestamp(stamp - stamp % 1800 + 1800, dt.UTC)
        while moment < now + dt.timedelta(days=SLOT_DAYS):
            if self.is_there(moment):
                yield moment
            moment += SLOT


def staffing_of(channel: Channel, *, now: dt.datetime) -> Staffing:
    """Read who answers the channel: its person, anybody of its role, else the company by its hours."""
    book = book_of(channel.tenant, now=now)
    is_always = channel.settings.get("hours") == "always"
    members = Membership.objects.active()
    if channel.responsible_id is not None:
        found = members.filter(pk=channel.responsible_id)
    elif channel.responsible_role_id is not None:
        found = members.filter(role=channel.responsible_role_id)
    else:
        return Staffing([book.company], is_always)
    return Staffing([book.of(member) for member in found], is_always)  # a day of absence has no hours there
