"""What dialogs hand to the rest of the product: the counter, sentences of the timeline, a company's outcomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import changes
from channels.dialogs import progress
from channels.dialogs.rows import title_of
from channels.dialogs.starters import create_starter_outcomes
from channels.models import Dialog
from core import shell
from leads.clock import wait_of
from tenants import handover
from tenants.access import Scope, Section, may, scope_of
from tenants.hours import book_of
from tenants.models import Membership, Tenant
from tenants.services import start_with


def register() -> None:
    """Register everything; called once the apps are loaded."""
    shell.register_badge("dialogs", dialogs_badge)
    start_with(_furnish)
    handover.register("dialogs", gettext_lazy("Dialogs"), held=held_by, give=give)
    changes.register("dialog_closed", "message-check", _closed)
    changes.register("dialog_reopened", "arrow-back-up", lambda data: changes.say(_("Dialog opened again")))
    changes.register(
        "dialog_undo", "arrow-back-up", lambda data: changes.say(_("Decision about the dialog undone"))
    )
    changes.register("dialog_taken", "user-check", lambda data: changes.say(_("Dialog taken")))
    changes.register("dialog_assigned", "user", _assigned)


def dialogs_badge(member: Membership) -> shell.Badge:
    """Count the dialogs where a client waits for the member, or for anybody; hot past the limit.

    One query; two where the member sees some dialogs only: the few that wait are found before each is asked about.
    """
    if not may(member, Section.LEADS):
        return shell.Badge(0)
    rows = Dialog.objects.open().exclude(waiting_since=None).with_holder()
    waiting = rows.filter(Q(holder_pk=member.pk) | Q(holder_pk=None)).order_by()
    if scope_of(member, Section.LEADS) != Scope.ALL:
        found = list(waiting.values_list("pk", flat=True))
        waiting = Dialog.objects.filter(pk__in=found).visible_to(member).with_holder()
    groups = waiting.values_list("holder_pk", "channel__response_limit_min").annotate(
        Count("pk"), Min("waiting_since")
    )
    now = timezone.now()
    book, count, is_hot = book_of(member.tenant, now=now), 0, False
    for holder, limit, size, oldest in groups:
        calendar = book.of(member) if holder else book.company
        wait = wait_of(calendar, waiting_since=oldest, limit_min=limit, now=now)
        count, is_hot = count + size, is_hot or (wait is not None and wait.level == "late")
    return shell.Badge(count, is_hot)


def _furnish(_tenant: Tenant) -> None:
    create_starter_outcomes()


# --- Sentences ---------------------------------------------------------------------------------------
def _closed(data: changes.Data) -> SafeString:
    if not data.get("outcome"):
        return changes.say(_("Dialog closed"))
    return changes.say(_("Dialog closed: %(outcome)s"), outcome=data["outcome"])


def _assigned(data: changes.Data) -> SafeString:
    if data.get("from"):
        return changes.say(_("Dialog: %(before)s → %(after)s"), before=data["from"], after=data.get("to", ""))
    return changes.say(_("Dialog handed to %(after)s"), after=data.get("to", ""))


# --- Handover ----------------------------------------------------------------------------------------
def held_by(member: Membership) -> QuerySet[Dialog]:
    """Give the open dialogs a member is the assignee of; those of open inquiries go with them."""
    return Dialog.objects.open().filter(assignee=member).select_related("contact")


def give(
    *, rows: Sequence[Dialog], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Hand some of a member's dialogs to a colleague; one that was given away meanwhile stays."""
    held = []
    for dialog in rows:
        if Dialog.objects.filter(pk=dialog.pk, assignee=member).update(assignee=to):
            held.append(dialog)
            progress.tell(dialog.pk)
    return [
        handover.Outcome(dialog.pk, title_of(dialog), reverse("channels:dialog", args=[dialog.pk]))
        for dialog in held
    ]
