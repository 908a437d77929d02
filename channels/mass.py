"""Messages of mailings: queued like any, but nobody's answer, and each leaves once at most.

Nobody is heard by them: a client who waits goes on waiting, an inquiry is not answered, no dialog is opened for
people to look after. It opens when the client answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from activities import services as activities
from activities.models import Activity
from activities.services import KeptFile
from channels import bell, letters
from channels.adapters.text import clean_line, clean_text
from channels.dialogs import progress
from channels.models import Channel, Dialog, Message
from channels.services.replies import new_message_id
from channels.telling import tell
from channels.texting import bump
from contacts.models import Contact
from tenants.models import Membership


def queue_letter(
    *,
    mailbox: Channel,
    address: str,
    contact: Contact,
    subject: str,
    text: str,
    html: str,
    by: Membership,
    now: dt.datetime,
    headers: Mapping[str, Any],
    files: Sequence[KeptFile] = (),
    data: Mapping[str, Any] | None = None,
) -> Message:
    """Queue a letter of a mailing in a dialog of its own, closed until it is answered.

    `html` is what colleagues see of it; `headers` are kept with the message, for whoever dresses it.
    """
    activity = _entry(Activity.Kind.EMAIL, contact, subject, text, by=by, now=now, data=data, files=files)
    message_id = new_message_id(mailbox)
    dialog = Dialog.objects.create(
        channel=mailbox,
        external_id=message_id,
        contact=contact,
        recipient=address[:254],
        subject=clean_line(subject, 300),
        last_message_at=now,
        closed_at=now,
    )
    message = _message(activity, dialog, now, headers, external_id=message_id, html=letters.sanitise(html))
    progress.note_sent(dialog, activity)
    return message


def queue_to_dialog(
    *,
    dialog: Dialog,
    contact: Contact,
    text: str,
    by: Membership,
    now: dt.datetime,
    headers: Mapping[str, Any],
    files: Sequence[KeptFile] = (),
    data: Mapping[str, Any] | None = None,
) -> Message:
    """Queue a message of a mailing in the dialog a client has in a messenger."""
    activity = _entry(Activity.Kind.MESSAGE, contact, "", text, by=by, now=now, data=data, files=files)
    message = _message(activity, dialog, now, headers)
    bump(dialog, now=now)
    return message


def _entry(
    kind: str,
    contact: Contact,
    subject: str,
    text: str,
    *,
    by: Membership,
    now: dt.datetime,
    data: Mapping[str, Any] | None,
    files: Sequence[KeptFile],
) -> Activity:
    activity = activities.log_activity(
        kind=kind,
        direction=Activity.Direction.OUT,
        occurred_at=now,
        author=by,
        subject=clean_line(subject, 300),
        text=clean_text(text),
        contact=contact,
        data=data,
    )
    activities.share_files(activity=activity, files=files)
    return activity


def _message(
    activity: Activity, dialog: Dialog, now: dt.datetime, headers: Mapping[str, Any], **fields: Any
) -> Message:
    message: Message = Message.objects.create(
        activity=activity,
        dialog=dialog,
        channel_id=dialog.channel_id,
        state=Message.State.QUEUED,
        next_try_at=now,
        headers=dict(headers),
        is_once=True,
        **fields,
    )
    bell.after_commit("send_message", message_id=str(message.pk))
    tell(message)
    return message
