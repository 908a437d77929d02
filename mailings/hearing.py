"""What becomes of the letters of mailings, heard from channels within the same transaction."""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import gettext as _

from activities.models import Activity
from channels import happenings
from channels.happenings import Happening
from channels.models import Dialog, Message
from contacts.models import IdentityKey
from leads.inquiry import Inquiry
from mailings.letter import DRESSER, STOP
from mailings.models import Mailing, Recipient, Subscription
from mailings.services import running, subscriptions, tracking

State = Recipient.State
ANSWERS_WITHIN = dt.timedelta(days=14)  # in a messenger, where everything is one dialog
_REACHED = (State.SENT, State.UNKNOWN, State.QUEUED)
_NOT_WORD = re.compile(r"[\W_]+")


def on_happening(happening: Happening) -> None:
    """Note what it means for a mailing; most messages are of none."""
    message = happening.message
    if happening.code == happenings.RECEIVED:
        _received(message, happening.at)
        return
    if happening.code in (happenings.BOUNCED, happenings.BOUNCED_SOFTLY):
        _came_back(message, is_passing=happening.code == happenings.BOUNCED_SOFTLY, now=happening.at)
    if message.headers.get("dress") != DRESSER:
        return
    row = Recipient.objects.select_for_update(of=("self",)).filter(message=message.pk).first()
    if row is not None:
        _note(row, happening)


def _note(row: Recipient, happening: Happening) -> None:
    message, at = happening.message, happening.at
    match happening.code:
        case happenings.SENT:
            row.state, row.sent_at, row.error = State.SENT, at, ""
            Mailing.objects.filter(pk=row.mailing_id, failed_in_row__gt=0).update(failed_in_row=0)
        case happenings.QUEUED_AGAIN:
            row.state, row.error = State.QUEUED, ""
        case happenings.REFUSED:
            _refused(row, message, at)
        case happenings.BOUNCED | happenings.BOUNCED_SOFTLY:
            row.bounced_at = row.bounced_at or at
        case happenings.READ:
            tracking.note_opening(recipient=row, now=at)
            return
        case happenings.COMPLAINED:
            row.complained_at = row.complained_at or at
            row.unsubscribed_at = row.unsubscribed_at or at
            _leave(row, Subscription.How.COMPLAINT, IdentityKey.Kind.EMAIL, at)
    row.save()


def _refused(row: Recipient, message: Message, at: dt.datetime) -> None:
    """One that left and was then refused by a messenger came back; one of which nobody knows may have arrived."""
    row.state = State.UNKNOWN if message.is_uncertain else State.REFUSED
    row.error = message.error
    mailing = Mailing.objects.select_for_update(of=("self",)).select_related("owner").get(pk=row.mailing_id)
    mailing.failed_in_row += 1
    if mailing.failed_in_row >= running.MAX_IN_ROW and mailing.state == Mailing.State.SENDING:
        running.stop(mailing, running.MANY_REFUSED, now=at)
    mailing.save(update_fields=["failed_in_row", "state", "due_at", "stopped_why"])


def _came_back(message: Message, *, is_passing: bool, now: dt.datetime) -> None:
    """Whatever letter it was: the address is known to lead nowhere, or not to have taken it this time."""
    if message.dialog.recipient and message.channel.channel_kind == "email":
        address = (str(IdentityKey.Kind.EMAIL), message.dialog.recipient.lower())
        subscriptions.note_bounce(address=address, is_passing=is_passing, now=now)


def _received(message: Message, at: dt.datetime) -> None:
    """An answer to a mailing; or the word by which one has no more of them."""
    rows = Recipient.objects.filter(dialog=message.dialog_id, state__in=_REACHED)
    row = (
        rows.select_for_update(of=("self",))
        .select_related("message__activity", "contact")
        .order_by("-pk")
        .first()
    )
    if row is None or row.message is None:
        return
    is_mail = message.dialog.is_mail
    if is_stop(message.activity.text):
        row.unsubscribed_at = row.unsubscribed_at or at
        _leave(row, Subscription.How.WORD, "email" if is_mail else message.channel.kind, at)
    elif row.replied_at is None and (is_mail or at - row.message.activity.occurred_at <= ANSWERS_WITHIN):
        row.replied_at = at
    row.save(update_fields=["replied_at", "unsubscribed_at"])


def aside(inquiry: Inquiry, dialog: Dialog) -> str:
    """Say of the word in answer to a mailing that it asks for nothing.

    Where a colleague has written since, it may as well be an answer to them: then somebody should look at it.
    """
    if not is_stop(inquiry.text):
        return ""
    said = Message.objects.filter(dialog=dialog, activity__direction=Activity.Direction.OUT)
    last = said.order_by("-activity__occurred_at", "-pk").values("pk")[:1]
    is_ours = Recipient.objects.filter(message__in=last, state__in=_REACHED).exists()
    return _("They want no more mailings.") if is_ours else ""


def is_stop(text: str) -> bool:
    """Say whether an answer is nothing but the word."""
    words = _NOT_WORD.sub(" ", text[:100]).strip().casefold()
    return words in STOP


def _leave(row: Recipient, how: str, kind: str, at: dt.datetime) -> None:
    if subscriptions.unsubscribe(address=(str(kind), row.address), how=how, now=at, mailing=row.mailing):
        subscriptions.record_of(row.contact, how, row.mailing, now=at)
