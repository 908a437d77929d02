"""Notifications: what a person should hear about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from activities.models import Notification
from core import live
from core.tenancy import current_tenant_id
from tenants.models import Membership


def notify(
    *, members: Iterable[Membership], code: str, params: Mapping[str, Any], url: str, now: dt.datetime
) -> list[Notification]:
    """Add a line to the bell of each member who works here; their open pages show it at once.

    `code` and `params` as activities.notices knows them; `url` is where the line leads.
    """
    who = {member.pk: member for member in members if member.is_active}
    rows = [
        Notification(member=member, code=code, params=dict(params), url=url[:300], created_at=now)
        for member in who.values()
    ]
    Notification.objects.bulk_create(rows)
    for row in rows:
        live.publish(
            tenant_id=current_tenant_id(),
            topic="notification",
            payload={"id": str(row.pk)},
            member_ids=[row.member_id],
        )
    return rows


def mark_read(*, member: Membership, now: dt.datetime, up_to: dt.datetime | None = None) -> int:
    """Mark the member's notifications read, those made until `up_to` where it is given."""
    rows = Notification.objects.filter(member=member, read_at=None)
    if up_to is not None:
        rows = rows.filter(created_at__lte=up_to)
    return rows.update(read_at=now)
