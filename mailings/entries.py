"""What mailings hand to the rest of the product: sentences of the timeline, lines of the bell, handing over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import changes, notices
from activities.notices import Params
from mailings.models import Mailing, Subscription
from mailings.services.running import CHANNEL_OFF, MANY_REFUSED
from tenants import handover
from tenants.models import Membership

STOPPED: dict[str, str | Promise] = {
    CHANNEL_OFF: gettext_lazy("Its channel is switched off or can’t send any more."),
    MANY_REFUSED: gettext_lazy("Several in a row were refused: look at the reasons before you go on."),
}


def register() -> None:
    """Register everything; called once the apps are loaded."""
    changes.register("mailings_off", "mail-off", lambda data: changes.say(_("Wants no mailings")))
    changes.register("mailings_on", "mail", lambda data: changes.say(_("Wants mailings again")))
    changes.register("mailings_left", "mail-off", _left)
    changes.register("mailings_back", "mail", lambda data: changes.say(_("Subscribed again by themselves")))
    notices.register("mailing_done", "mail-forward", _done)
    notices.register("mailing_stopped", "mail-forward", _stopped)
    handover.register("mailings", gettext_lazy("Mailings"), held=held_by, give=give)


def _left(data: changes.Data) -> SafeString:
    """Say how somebody unsubscribed; after which mailing, where it is known."""
    labels = dict(Subscription.How.choices)
    how = str(labels.get(str(data.get("how")), ""))
    sentence = changes.say(_("Unsubscribed from mailings"))
    mailing = f"{how}: {data['mailing']}" if data.get("mailing") else how
    return SafeString(sentence + changes.aside(mailing))


def _done(params: Params) -> tuple[str, str]:
    return _("The mailing “%(name)s” is sent") % {"name": params.get("mailing", "")}, ""


def _stopped(params: Params) -> tuple[str, str]:
    title = _("The mailing “%(name)s” has stopped") % {"name": params.get("mailing", "")}
    return title, str(STOPPED.get(str(params.get("why")), ""))


# --- Handover ----------------------------------------------------------------------------------------
def held_by(member: Membership) -> QuerySet[Mailing]:
    """Give the mailings of a member that are not over."""
    over = (Mailing.State.DONE, Mailing.State.CANCELLED)
    return Mailing.objects.filter(owner=member).exclude(state__in=over)


def give(
    *, rows: Sequence[Mailing], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Hand some of a member's mailings to a colleague; one that was given away meanwhile stays."""
    given = [row for row in rows if Mailing.objects.filter(pk=row.pk, owner=member).update(owner=to)]
    return [handover.Outcome(row.pk, row.name, reverse("mailings:detail", args=[row.pk])) for row in given]
