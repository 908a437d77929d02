"""In which time zone a person's days begin."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils import timezone

from tenants.models import Membership


def zone_of(member: Membership | None) -> dt.tzinfo:
    """Return the person's own zone, else the company's; the active one for nobody."""
    if member is None:
        return timezone.get_current_timezone()
    return zoneinfo.ZoneInfo(member.user.time_zone or member.tenant.time_zone)


def at_wall(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment a clock on the wall shows this; a time the clocks skip is an hour later."""
    moment = dt.datetime.combine(day, time, tzinfo=zone)
    return moment.astimezone(dt.UTC).astimezone(zone)
