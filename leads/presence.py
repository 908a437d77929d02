"""Who is looking at which lead or dialog right now: kept in Redis for a minute, and silently missing without it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from core import live
from core.fleeting import Fleeting
from core.tenancy import current_tenant_id
from tenants.models import Membership

_looking = Fleeting("looking", stays_s=45)  # a page says again every 20 seconds that it is still there

LEAD, DIALOG = "lead.viewing", "dialog.viewing"  # topics: of what kind the row is


def look(row_id: uuid.UUID, member: Membership, *, topic: str) -> None:
    """Note that the member has the lead or dialog open, and tell other open pages."""
    _looking.note(row_id, str(member.pk), member.name)
    _tell(row_id, member, topic, name=member.name)


def leave(row_id: uuid.UUID, member: Membership, *, topic: str) -> None:
    """Note that the member has closed it, and tell other open pages."""
    _looking.drop(row_id, str(member.pk))
    _tell(row_id, member, topic, name="")


def lookers_at(row_ids: Iterable[uuid.UUID], *, but: Membership) -> dict[uuid.UUID, list[str]]:
    """Name the others who look at these; one question to Redis for all of them."""
    return {
        row_id: names
        for row_id, lookers in _looking.at(row_ids).items()
        if (names := [name for who, (name, _until) in lookers.items() if who != str(but.pk)])
    }


def _tell(row_id: uuid.UUID, member: Membership, topic: str, *, name: str) -> None:
    """Say who has come; no name says that they have gone."""
    payload = {"id": str(row_id), "name": name, "member": str(member.pk)}
    live.publish(tenant_id=current_tenant_id(), topic=topic, payload=payload)
