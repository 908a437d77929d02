"""A rating is told to whoever leads the people who talked: in the bell, and by mail."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from activities.services import notify
from channels.models import Talk
from leads.models import Lead
from leads.services.escalation import heads_over
from tenants import mail
from tenants.models import Membership


def tell_heads(talk: Talk, *, now: dt.datetime) -> None:
    """Put the rating into the heads' bells and queue a letter to each, with the way to the inquiry."""
    lead = talk.lead
    heads = heads_over(lead or Lead(responsible=talk.operator))
    url = reverse("leads:detail", args=[lead.pk]) if lead else reverse("leads:unsorted")
    params = {
        "stars": talk.rating,
        "comment": talk.rating_comment,
        "operator": talk.operator.name if talk.operator else "",
        "lead": str(lead) if lead else "",
    }
    notify(members=heads, code="chat_rated", params=params, url=url, now=now)
    for head in heads:
        _write(head, talk, url)


def _write(head: Membership, talk: Talk, url: str) -> None:
    with translation.override(head.user.language or head.tenant.language):
        operator = talk.operator.name if talk.operator else _("nobody answered")
        lines = [
            _("Rating: %(stars)s of 5") % {"stars": talk.rating},
            _("Answered by: %(name)s") % {"name": operator},
            *([_("In their words: %(text)s") % {"text": talk.rating_comment}] if talk.rating_comment else []),
            "",
            _("The talk: %(url)s") % {"url": f"{settings.PUBLIC_URL}{url}"},
        ]
        subject = _("A chat was rated %(stars)s of 5") % {"stars": talk.rating}
        mail.queue(EmailMessage(subject, "\n".join(lines), None, [head.email]))
