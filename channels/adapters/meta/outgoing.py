"""Writing to a client of a page or an Instagram account: text in pieces, files uploaded first.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import OutgoingMessage, SendError
from channels.adapters.meta.graph import GraphApi, is_outside_window
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.text import clean_line
from leads.inquiry import File

MAX_TEXT = {"page": 2000, "instagram": 1000}
_KINDS = ("image", "video", "audio")


def send_message(api: GraphApi, product: str, message: OutgoingMessage, *, may_tag: bool) -> str:
    """Send the pieces in turn; once one has arrived, trying again would show it twice. Raises SendError."""
    if not message.text.strip() and not message.files:
        raise SendError(_("There is nothing to send."), is_permanent=True)
    uploaded = [_upload(api, product, file) for file in message.files]
    pieces: list[dict[str, Any]] = [{"text": part} for part in chunks(message.text, MAX_TEXT[product])]
    pieces += [{"attachment": attachment} for attachment in uploaded]
    sent: list[str] = []
    with one_by_one(sent):
        for piece in pieces:
            sent.append(_send(api, message.thread_key or message.recipient, piece, may_tag=may_tag))
    return sent[0]


def _send(api: GraphApi, client: str, piece: Mapping[str, Any], *, may_tag: bool) -> str:
    """Answer within a day as anybody may, within a week as an app that Meta allowed to tag persons' answers."""
    body = {"recipient": {"id": client}, "messaging_type": "RESPONSE", "message": dict(piece)}
    try:
        answer = api.post("me/messages", body)
    except SendError as error:
        if not may_tag or not is_outside_window(error):
            raise
        tagged = body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        answer = api.post("me/messages", tagged)
    return clean_line(answer.get("message_id"), 250)


def _upload(api: GraphApi, product: str, file: File) -> dict[str, Any]:
    main = file.content_type.partition("/")[0].lower()
    kind = main if main in _KINDS else "file"
    fields = {"message": json.dumps({"attachment": {"type": kind, "payload": {"is_reusable": True}}})}
    if product == "instagram":
        fields["platform"] = "instagram"
    answer = api.upload("me/message_attachments", fields, "filedata", file)
    attachment_id = clean_line(answer.get("attachment_id"), 100)
    if not attachment_id:
        raise SendError(_("Meta did not take the file."), is_permanent=True)
    return {"type": kind, "payload": {"attachment_id": attachment_id}}
