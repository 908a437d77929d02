"""News by mail: what is still unread when its time has come goes out in one letter a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from activities import notices
from activities.models import Notification
from activities.zones import zone_of
from tenants import mail
from tenants.models import Membership

MOST = 1000
SHOWN = 50


@transaction.atomic
def send_news(*, now: dt.datetime) -> int:
    """Send each person what is due to them by mail; return how many letters were written.

    Rows another worker is at are left to it, so nothing is told twice.
    """
    due = Notification.objects.filter(
        mail_at__lte=now, mailed_at=None, read_at=None, member__is_active=True
    ).select_related("member__user", "member__tenant")
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("mail_at", "pk")[:MOST])
    by_member: dict[Membership, list[Notification]] = {}
    for row in rows:
        by_member.setdefault(row.member, []).append(row)
    for member, found in by_member.items():
        mail.queue(_letter(member, found))
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    return len(by_member)


def _letter(member: Membership, rows: Sequence[Notification]) -> EmailMessage:
    language = member.user.language or member.tenant.language
    with translation.override(language), timezone.override(zone_of(member)):
        lines = [notices.describe(row) for row in rows[:SHOWN]]
        title = ngettext("%(n)s notification", "%(n)s notifications", len(rows)) % {"n": len(rows)}
        subject = lines[0].title if len(rows) == 1 else title
        context = {
            "lines": [(line, settings.PUBLIC_URL + line.url if line.url else "") for line in lines],
            "more": len(rows) - len(lines),
            "tenant": member.tenant,
            "home": settings.PUBLIC_URL,
        }
        text = render_to_string("activities/email/news.txt", context)
    return EmailMessage(f"{subject} · {member.tenant.name}", text, to=[member.email])
