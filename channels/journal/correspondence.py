"""Dialogs and messages as the journal keeps them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.urls import reverse

from activities.models import Activity
from activities.services import notify, record_answer
from channels import letters
from channels.dialogs import progress
from channels.models import Channel, Dialog, Event, EventItem, Message
from leads import services as leads
from leads.inquiry import Inquiry, Meeting, MessageEdit
from leads.services import Receipt

WITH_DIALOGS = ("email", "messenger", "chat")
SEEN = ("recipient", "last_message_at")  # what dialog_of() learns of a dialog
_ECHO_WITHIN = dt.timedelta(minutes=5)


def dialog_of(inquiry: Inquiry, channel: Channel, *, now: dt.datetime) -> Dialog | None:
    """Find or open the dialog an inquiry belongs to, and lock it; what it learns here the caller saves (SEEN).

    Forms and calls have none, texts of a telephone line do.
    """
    if not has_dialog(inquiry, channel):
        return None
    dialog = _answered_dialog(inquiry, channel) or _dialog_by_key(inquiry, channel, now)
    if not inquiry.is_own and not inquiry.is_automatic:
        dialog.recipient = _answer_address(inquiry, channel) or dialog.recipient
    dialog.last_message_at = max(dialog.last_message_at, inquiry.occurred_at)
    return dialog


def has_dialog(inquiry: Inquiry, channel: Channel) -> bool:
    """Say whether an inquiry is part of a correspondence."""
    return channel.channel_kind in WITH_DIALOGS or inquiry.sort == "message"


def _answered_dialog(inquiry: Inquiry, channel: Channel) -> Dialog | None:
    """A mail belongs where one of the mails it answers is; nearest first."""
    if inquiry.thread_key:
        return None
    found = Message.objects.filter(channel=channel, external_id__in=inquiry.references[:50])
    dialogs = {message.external_id: message.dialog for message in found.select_related("dialog")}
    nearest = next((dialogs[ref] for ref in inquiry.references if ref in dialogs), None)
    return progress.lock(nearest) if nearest is not None else None


def _dialog_by_key(inquiry: Inquiry, channel: Channel, now: dt.datetime) -> Dialog:
    """A thread's key is its first mail's id, so an answer that overtakes its question meets it again."""
    root = inquiry.references[-1] if inquiry.references else inquiry.external_id
    key = (inquiry.thread_key or root or inquiry.key)[:300]
    dialog, is_new = Dialog.objects.select_for_update(no_key=True).get_or_create(
        channel=channel,
        external_id=key,
        defaults={"subject": inquiry.subject[:300], "last_message_at": min(inquiry.occurred_at, now)},
    )
    dialog.has_begun = not is_new
    return dialog


def _answer_address(inquiry: Inquiry, channel: Channel) -> str:
    if channel.channel_kind == "email":
        return inquiry.person.email[:254]
    return (inquiry.answer_to or inquiry.thread_key or inquiry.person.messenger_id)[:254]


def find_in(dialog: Dialog, external_id: str) -> Message | None:
    """Find a message of a dialog by the provider's id."""
    if not external_id or not dialog.has_begun:
        return None
    return Message.objects.filter(dialog=dialog, external_id=external_id[:300]).first()


def echo_of(inquiry: Inquiry, dialog: Dialog, *, now: dt.datetime) -> Message | None:
    """Find the message we sent that comes back as an event of the provider, and write down its id there."""
    message = find_in(dialog, inquiry.external_id)
    if message is None:  # faster than its sender, who has not learned the id yet
        leaving = Message.objects.filter(dialog=dialog, external_id="", state=Message.State.SENDING)
        just_now = leaving.filter(activity__text=inquiry.text, activity__occurred_at__gte=now - _ECHO_WITHIN)
        message = just_now.select_related("lead").first()
        if message is not None:
            message.external_id = inquiry.external_id[:300]
            message.save(update_fields=["external_id"])
    return message


def note(inquiry: Inquiry, dialog: Dialog, receipt: Receipt, activity: Activity) -> Message:
    """Keep how a message travelled, tie the dialog to its contact, and wake what came before it."""
    if receipt.contact is not None:
        dialog.contact = receipt.contact
    message = Message.objects.create(
        activity=activity,
        dialog=dialog,
        channel_id=dialog.channel_id,
        lead=receipt.lead,
        external_id=inquiry.external_id[:300],
        state=Message.State.SENT if inquiry.is_own else Message.State.RECEIVED,
        html=letters.sanitise(inquiry.html) if inquiry.html else "",
        quoted_text=inquiry.quoted_text.replace("\x00", ""),
        headers={**inquiry.headers, "references": list(inquiry.references[:50]), **_meeting(inquiry.meeting)},
        is_automatic=inquiry.wants_no_answer,
    )
    if (meeting := inquiry.meeting) is not None and meeting.method == "reply" and not inquiry.is_own:
        record_answer(uid=meeting.uid, email=meeting.attendee, answer=meeting.answer)
    if inquiry.is_own:
        dialog.save(update_fields=[*SEEN, "contact"])
        progress.note_sent(dialog, activity, lead=receipt.lead)
    else:
        changed = progress.note_received(dialog, activity, receipt, is_automatic=inquiry.wants_no_answer)
        dialog.save(update_fields=[*SEEN, "contact", *changed])
    wake(message)
    return message


def _meeting(meeting: Meeting | None) -> dict[str, Any]:
    if meeting is None:
        return {}
    ends_at = meeting.ends_at.isoformat() if meeting.ends_at else None
    told = dataclasses.asdict(meeting) | {"starts_at": meeting.starts_at.isoformat(), "ends_at": ends_at}
    return {"meeting": told}


def find_message(channel: Channel, external_id: str, *, thread_key: str = "") -> Message | None:
    """Find a message by the provider's id, within one thread where the ids are the thread's own."""
    if not external_id:
        return None
    found = Message.objects.filter(channel=channel, external_id=external_id[:300])
    if thread_key:
        found = found.filter(dialog__external_id=thread_key[:300])
    return found.select_related("lead", "activity").first()


def rewrite(message: Message, edit: MessageEdit) -> None:
    """Put the author's new text into the timeline; earlier ones are kept beside it."""
    activity = message.activity
    earlier = activity.data.get("earlier_texts", [])
    activity.data = {**activity.data, "earlier_texts": [*earlier, activity.text][-20:]}
    activity.text = edit.text
    activity.save(update_fields=["text", "data"])
    message.edited_at = edit.occurred_at
    message.save(update_fields=["edited_at"])


def waiting_key(external_id: str, thread_key: str = "") -> str:
    """Name a message that isn't here, for EventItem.waits_for."""
    return f"{thread_key}|{external_id}"[:300]


def wake(message: Message) -> None:
    """Give the items that came before this message another chance."""
    if not message.external_id:
        return
    keys = [waiting_key(message.external_id), waiting_key(message.external_id, message.dialog.external_id)]
    waiting = EventItem.objects.filter(
        channel_id=message.channel_id, waits_for__in=keys, outcome=EventItem.Outcome.IGNORED
    )
    event_ids = list(waiting.values_list("event_id", flat=True))
    if event_ids:
        waiting.update(outcome=EventItem.Outcome.PENDING)
        Event.objects.filter(pk__in=event_ids).update(
            state=Event.State.RECEIVED,
            attempt_count=0,
            next_try_at=message.activity.created_at,
            processed_at=None,
        )


def undelivered(message: Message, *, now: dt.datetime) -> None:
    """Let the client wait again for the answer that did not arrive, and tell whoever wrote it."""
    progress.recount(message.dialog)
    if message.lead is not None:
        leads.recount_answers(lead=message.lead, now=now)
    activity = message.activity
    if activity.author is not None:
        about = (activity.contact.name if activity.contact else "") or message.dialog.recipient
        params = {"who": about, "error": message.error}
        notify(
            members=[activity.author], code="message_failed", params=params, url=_page_of(activity), now=now
        )


def _page_of(activity: Activity) -> str:
    for name, holder in (("leads", activity.lead_id), ("deals", activity.deal_id)):
        if holder is not None:
            return reverse(f"{name}:detail", args=[holder])
    return reverse("contacts:detail", args=[activity.contact_id]) if activity.contact_id else ""
