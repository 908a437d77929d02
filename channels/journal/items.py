"""What each kind of item does: becomes or joins a lead, changes a message, says how a message fared."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _

from activities.models import Call
from channels import asides, bell, happenings
from channels.dialogs import progress
from channels.happenings import Happening
from channels.journal import correspondence, files, numbers, tracking
from channels.journal.clocks import believed
from channels.journal.early import Early
from channels.missed import follow_call
from channels.models import Channel, EventItem, Message
from channels.telling import tell
from channels.widget import callback, talks
from leads import services as leads
from leads.inquiry import (
    CallMark,
    CallUpdate,
    DeliveryStatus,
    Ignored,
    Inquiry,
    Item,
    MessageEdit,
    SubscriptionEnded,
)
from leads.models import Lead

Outcome = EventItem.Outcome
_RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """How one item ended."""

    outcome: str
    reason: str = ""
    lead: Lead | None = None
    suspicion: str = ""


def handle(item: Item, *, channel: Channel, received_at: dt.datetime, now: dt.datetime) -> Result:
    """Do what the item says, inside the caller's savepoint. Raises Early and the refusals of services."""
    item = believed(item, received_at=received_at)
    match item:
        case Ignored():
            return Result(Outcome.IGNORED, item.reason, suspicion=item.suspicion)
        case Inquiry():
            return _inquiry(item, channel, now)
        case CallUpdate():
            return _call(item, channel, now)
        case CallMark():
            receipt = tracking.mark(item, channel, received_at=received_at, now=now)
            return Result(receipt.outcome, receipt.reason, receipt.lead)
        case SubscriptionEnded():
            bell.after_commit("keep_channel_alive", channel_id=str(channel.pk))
            return Result(Outcome.IGNORED, item.reason)
        case MessageEdit():
            return _edit(item, channel)
        case DeliveryStatus():
            return _status(item, channel, now)


def _inquiry(inquiry: Inquiry, channel: Channel, now: dt.datetime) -> Result:
    dialog = correspondence.dialog_of(inquiry, channel, now=now)
    if inquiry.is_own and dialog is not None and (known := correspondence.echo_of(inquiry, dialog, now=now)):
        dialog.save(update_fields=correspondence.SEEN)
        return Result(Outcome.JOINED, _("The echo of a message we sent."), known.lead)
    if dialog is not None and (known := correspondence.find_in(dialog, inquiry.external_id)):
        dialog.save(update_fields=correspondence.SEEN)
        return Result(Outcome.DUPLICATE, _("The message is here already, under another key."), known.lead)
    inquiry = asides.marked(inquiry, dialog)
    receipt = leads.receive_inquiry(inquiry=inquiry, channel=channel, now=now, dialog=dialog)
    if receipt.activity is not None:
        if channel.kind == callback.KIND and receipt.lead is not None:
            callback.plan_call(inquiry=inquiry, lead=receipt.lead, channel=channel, now=now)
        files.attach(inquiry.files, activity=receipt.activity, channel=channel)
        if dialog is not None:
            message = correspondence.note(inquiry, dialog, receipt, receipt.activity)
            if channel.kind == talks.KIND:
                talks.hear(message=message, channel=channel, person=inquiry.person, now=now)
            if not inquiry.is_own and not inquiry.is_automatic:
                happenings.tell(Happening(happenings.RECEIVED, message, inquiry.occurred_at))
    if inquiry.undelivered_id:
        _bounced(inquiry, channel, now)
    if inquiry.complained_id:
        _complained(inquiry, channel, now)
    return Result(receipt.outcome, receipt.reason, receipt.lead, inquiry.suspicion)


def _bounced(bounce: Inquiry, channel: Channel, now: dt.datetime) -> None:
    """Mark the message a bounce returns; bounces of what was sent elsewhere change nothing."""
    message = correspondence.find_message(channel, bounce.undelivered_id)
    if message is not None and message.state == Message.State.SENT:
        message.state, message.error = Message.State.FAILED, _("The mail came back as undeliverable.")
        message.save(update_fields=["state", "error"])
        code = happenings.BOUNCED_SOFTLY if bounce.is_passing else happenings.BOUNCED
        happenings.tell(Happening(code, message, now))
        tell(message)
        correspondence.undelivered(message, now=now)


def _complained(complaint: Inquiry, channel: Channel, now: dt.datetime) -> None:
    """Tell who listens that the reader of a letter of ours called it spam."""
    message = correspondence.find_message(channel, complaint.complained_id)
    if message is not None:
        happenings.tell(Happening(happenings.COMPLAINED, message, now))


def _call(update: CallUpdate, channel: Channel, now: dt.datetime) -> Result:
    receipt = leads.receive_call(update=update, channel=channel, now=now)
    if update.recording_ref or update.recording_url:
        call = Call.objects.filter(channel=channel, external_id=update.call_id[:200]).first()
        if call is not None:
            files.attach_recording(call, update.recording_ref or update.recording_url, channel=channel)
    if receipt.activity is not None:
        numbers.note_call(receipt.activity.call, now=now)
        _tell_dialogs(receipt.activity.call)
    follow_call(receipt=receipt, channel=channel, now=now)
    if receipt.activity is not None and (receipt.outcome == "lead" or update.state == "finished"):
        tracking.wake_marks(receipt.activity)
    return Result(receipt.outcome, receipt.reason, receipt.lead)


def _tell_dialogs(call: Call) -> None:
    """Let no dialog wait for what was said by phone: after the commit, as dialogs are locked before leads."""
    if progress.waiting_at_talk(call).exists():
        bell.after_commit("note_talk", call_id=str(call.pk))


def _edit(edit: MessageEdit, channel: Channel) -> Result:
    """Apply the latest edit, whatever order they come in; the text of a deleted message stays for us."""
    message = correspondence.find_message(channel, edit.external_id, thread_key=edit.thread_key)
    if message is None:
        waits_for = correspondence.waiting_key(edit.external_id, edit.thread_key)
        raise Early(_("It changes a message that is not here."), waits_for=waits_for)
    if edit.is_deleted:
        message.is_deleted = True
        message.save(update_fields=["is_deleted"])
    elif message.edited_at is None or edit.occurred_at > message.edited_at:
        correspondence.rewrite(message, edit)
    tell(message)
    return Result(Outcome.JOINED, _("The author changed the message."), message.lead)


def _status(status: DeliveryStatus, channel: Channel, now: dt.datetime) -> Result:
    """Move the message's state forward only: statuses overtake each other."""
    message = correspondence.find_message(channel, status.external_id)
    if message is None:
        waits_for = correspondence.waiting_key(status.external_id)
        raise Early(_("It tells of a message that we did not send."), waits_for=waits_for)
    if _RANK[status.state] > _RANK.get(message.state, 9):
        message.state = Message.State(status.state)
        message.error = status.error[:500] if status.state == "failed" else ""
        message.save(update_fields=["state", "error"])
        tell(message)
        if message.state == Message.State.READ:
            happenings.tell(Happening(happenings.READ, message, status.occurred_at))
        if message.state == Message.State.FAILED:
            happenings.tell(Happening(happenings.REFUSED, message, now))
            correspondence.undelivered(message, now=now)
    return Result(Outcome.JOINED, _("The state of a message we sent."), message.lead)
