"""Who is looking at which lead or dialog right now: kept in Redis for a minute, and silently missing without it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.fleeting import Fleeting
from tenants.models import Membership

_looking = Fleeting("looking", stays_s=45)  # a page says again every 20 seconds that it is still there


def look(row_id: uuid.UUID, member: Membership) -> None:
    """Note that the member has the lead or dialog open."""
    _looking.note(row_id, str(member.pk), member.name)


def leave(row_id: uuid.UUID, member: Membership) -> None:
    """Note that the member has closed it."""
    _looking.drop(row_id, str(member.pk))


def lookers_at(row_ids: Iterable[uuid.UUID], *, but: Membership) -> dict[uuid.UUID, list[str]]:
    """Name the others who look at these; one question to Redis for all of them."""
    return {
        row_id: names
        for row_id, lookers in _looking.at(row_ids).items()
        if (names := [name for who, (name, _until) in lookers.items() if who != str(but.pk)])
    }
