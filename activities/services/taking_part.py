"""Who takes part in a planned activity beside the one who does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from activities.addresses import page_of
from activities.models import Activity, Participant
from activities.services.notices import notify
from core import live
from core.tenancy import current_tenant_id
from tenants.models import Membership


def set_participants(
    *,
    activity: Activity,
    members: Iterable[Membership],
    guests: Iterable[str],
    by: Membership | None,
    now: dt.datetime,
) -> list[Participant]:
    """Make these colleagues and guests (by e-mail) the participants; colleagues who are new are told.

    Answers of those who stay are kept. Return who is new.
    """
    wanted = {member.pk: member for member in members if member.pk != activity.owner_id}
    emails = {email.strip().lower() for email in guests if email.strip()}
    present = list(activity.participants.all())
    gone = [
        row.pk
        for row in present
        if (row.member_id not in wanted if row.member_id else row.email not in emails)
    ]
    Participant.objects.filter(pk__in=gone).delete()
    known_ids, known_emails = {row.member_id for row in present}, {row.email for row in present}
    fresh = [
        Participant(activity=activity, member=member) for pk, member in wanted.items() if pk not in known_ids
    ]
    fresh += [Participant(activity=activity, email=email) for email in sorted(emails - known_emails)]
    Participant.objects.bulk_create(fresh)
    changed = [*(row for row in present if row.pk in gone), *fresh]
    if counted := {row.member_id for row in changed if row.member_id}:  # it counts for them too
        payload = {"id": str(activity.pk)}
        live.publish(tenant_id=current_tenant_id(), topic="activity.due", payload=payload, member_ids=counted)
    tell_participants(activity, [row.member for row in fresh if row.member_id], by, now)
    return fresh


def tell_participants(
    activity: Activity, members: Iterable[Membership], by: Membership | None, now: dt.datetime
) -> None:
    """Tell colleagues that they were asked to take part."""
    others = [member for member in members if by is None or member.pk != by.pk]
    params = {
        "by": by.name if by else "",
        "subject": activity.subject,
        "kind": activity.kind,
        "due_at": activity.due_at.isoformat() if activity.due_at else "",
    }
    notify(members=others, code="activity_invited", params=params, url=page_of(activity), now=now)
