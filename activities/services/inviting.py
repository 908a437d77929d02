"""Invitations of guests by mail, as calendar programs understand them, and what the guests answer (RFC 5546)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from activities import ics
from activities.models import Activity, Participant
from activities.zones import zone_of
from core.tenancy import current_tenant_id
from tenants import mail
from tenants.models import Membership, Tenant

REQUEST, CANCEL = "REQUEST", "CANCEL"
INVITED = (Activity.Kind.MEETING, Activity.Kind.CALL)


def invite(
    *,
    activity: Activity,
    guests: Iterable[str],
    by: Membership | None,
    now: dt.datetime,
    method: str = REQUEST,
) -> int:
    """Send the guests (addresses) an invitation to a meeting or call, or call it off; return how many letters.

    What has no date, and what lies behind, invites nobody. Answers go to the one who does it.
    """
    addresses, organizer = sorted(set(guests)), activity.owner or by
    is_ahead = activity.due_at is not None and activity.due_at > now
    if not addresses or organizer is None or not is_ahead or activity.kind not in INVITED:
        return 0
    activity.data = activity.data | {"sequence": activity.data.get("sequence", -1) + 1}
    activity.save(update_fields=["data"])
    calendar = ics.invitation_of(activity, organizer=organizer, guests=addresses, method=method)
    tenant = Tenant.objects.get(pk=current_tenant_id())
    with translation.override(tenant.language), timezone.override(zone_of(organizer)):
        for address in addresses:
            letter = _letter(activity, organizer, address, method)
            mail.queue(letter, calendar=calendar.decode(), calendar_method=method)
    return len(addresses)


def _letter(activity: Activity, organizer: Membership, address: str, method: str) -> EmailMessage:
    title = str(activity)
    words = _("Called off: %(title)s") if method == CANCEL else _("Invitation: %(title)s")
    context = {"activity": activity, "organizer": organizer, "is_cancelled": method == CANCEL}
    text = render_to_string("activities/email/meeting.txt", context)
    return EmailMessage(words % {"title": title}, text, to=[address], reply_to=[organizer.email])


def guests_of(activity: Activity) -> list[str]:
    """List the addresses of those who were asked by mail."""
    return list(activity.participants.exclude(email="").values_list("email", flat=True))


def record_answer(*, uid: str, email: str, answer: str) -> bool:
    """Keep what a guest's calendar program answered; False for what isn't ours or nobody we asked."""
    if answer not in Participant.Answer.values or not answer:
        return False
    try:
        pk = uuid.UUID(uid.partition("@")[0])
    except ValueError:
        return False
    rows = Participant.objects.filter(activity=pk, email__iexact=email.strip())
    return bool(rows.update(answer=answer))
