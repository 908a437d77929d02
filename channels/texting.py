"""Texts to phones that nobody asked for by hand: queued like any message, answered in the dialog they begin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from activities import services as activities
from activities.models import Activity
from channels import bell
from channels.adapters.text import clean_text
from channels.models import Channel, Dialog, Message
from channels.telling import tell
from contacts.models import Contact
from deals.models import Deal
from leads.models import Lead
from tenants.models import Membership


def queue_text(
    *,
    sender: Channel,
    phone: str,
    text: str,
    now: dt.datetime,
    by: Membership | None = None,
    contact: Contact | None = None,
    deal: Deal | None = None,
    lead: Lead | None = None,
    data: Mapping[str, Any] | None = None,
    after: dt.timedelta = dt.timedelta(0),
    **about: Any,
) -> Message:
    """Write a text into the timeline and queue it; `about` are further columns of the message.

    `phone` is in E.164, `sender` a channel that can send texts (channels.services.texting_channels).
    """
    activity = activities.log_activity(
        kind=Activity.Kind.MESSAGE,
        direction=Activity.Direction.OUT,
        occurred_at=now,
        author=by,
        text=clean_text(text),
        contact=contact,
        deal=deal,
        lead=lead,
        data=data,
    )
    message: Message = Message.objects.create(
        activity=activity,
        dialog=dialog_with(sender, phone, contact=contact or (lead.contact if lead else None), now=now),
        channel=sender,
        lead=lead,
        state=Message.State.QUEUED,
        next_try_at=now + after,
        is_automatic=True,
        **about,
    )
    bell.later("send_message", after_s=after.total_seconds(), message_id=str(message.pk))
    tell(message)
    return message


def dialog_with(sender: Channel, phone: str, *, contact: Contact | None, now: dt.datetime) -> Dialog:
    """Find the texts exchanged with this phone, or begin them under the key its answers come with.

    A lead or deal may be held by now, and answers hold the dialog before the lead: waiting for it here could be
    waiting for each other.
    """
    found = Dialog.objects.filter(channel=sender, recipient=phone).order_by("-last_message_at").first()
    if found is None:
        found, _created = Dialog.objects.get_or_create(
            channel=sender, external_id=phone, defaults={"contact": contact, "recipient": phone}
        )
    bump(found, now=now)
    return found


def bump(dialog: Dialog, *, now: dt.datetime) -> None:
    """Note when the last message of a dialog was, unless somebody holds it and is about to write a later moment."""
    free = Dialog.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=dialog.pk)
    if free.filter(last_message_at__lt=now).values_list("pk", flat=True):
        Dialog.objects.filter(pk=dialog.pk).update(last_message_at=now)
        dialog.last_message_at = now
