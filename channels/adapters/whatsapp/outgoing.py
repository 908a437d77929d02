"""Writing to a client in WhatsApp: text in pieces, files uploaded first.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import OutgoingMessage, SendError
from channels.adapters.meta.graph import GraphApi
from channels.adapters.pieces import chunks, one_by_one
from channels.adapters.text import as_dict, as_list, clean_line
from channels.adapters.whatsapp.people import recipient
from leads.inquiry import File

MAX_TEXT = 4096
MAX_CAPTION = 1024
_MB = 1024 * 1024
# What WhatsApp shows as a picture, a video or a sound; anything else travels as a document.
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
_SHOWN = {
    "image/jpeg": ("image", 5 * _MB),
    "image/png": ("image", 5 * _MB),
    "video/mp4": ("video", 16 * _MB),
    "video/3gpp": ("video", 16 * _MB),
    "audio/aac": ("audio", 16 * _MB),
    "audio/amr": ("audio", 16 * _MB),
    "audio/mp4": ("audio", 16 * _MB),
    "audio/mpeg": ("audio", 16 * _MB),
    "audio/ogg": ("audio", 16 * _MB),
}


def send_message(api: GraphApi, number_id: str, message: OutgoingMessage) -> str:
    """Send the pieces in turn; once one has arrived, trying again would show it twice. Raises SendError."""
    if not message.text.strip() and not message.files:
        raise SendError(_("There is nothing to send."), is_permanent=True)
    address = message.recipient or message.thread_key
    envelope: dict[str, Any] = {"messaging_product": "whatsapp", **recipient(address)}
    uploaded = [(_kind_of(file), file, _upload(api, number_id, file)) for file in message.files]
    sent: list[str] = []
    answered = {"context": {"message_id": message.in_reply_to}} if message.in_reply_to else {}
    with one_by_one(sent):
        for piece in _pieces(message, uploaded):
            context = {} if sent else answered
            sent.append(_id_of(api.post(f"{number_id}/messages", {**envelope, **context, **piece})))
    return sent[0]


def _pieces(message: OutgoingMessage, uploaded: list[tuple[str, File, str]]) -> list[dict[str, Any]]:
    """Write the text as messages of its own, or as the caption of the first file that can carry one."""
    first = uploaded[0][0] if uploaded else ""
    has_caption = first in ("image", "video", "document") and len(message.text) <= MAX_CAPTION
    pieces: list[dict[str, Any]] = []
    if message.text.strip() and not has_caption:
        pieces += [{"type": "text", "text": {"body": part}} for part in chunks(message.text, MAX_TEXT)]
    for index, (kind, file, media_id) in enumerate(uploaded):
        media = {"id": media_id}
        if kind == "document":
            media["filename"] = file.name
        if has_caption and index == 0 and message.text.strip():
            media["caption"] = message.text
        pieces.append({"type": kind, kind: media})
    return pieces


def _kind_of(file: File) -> str:
    kind, limit = _SHOWN.get(file.content_type.partition(";")[0].strip().lower(), ("document", 0))
    return kind if len(file.data or b"") <= limit else "document"


def _upload(api: GraphApi, number_id: str, file: File) -> str:
    fields = {"messaging_product": "whatsapp", "type": file.content_type}
    media_id = clean_line(api.upload(f"{number_id}/media", fields, "file", file).get("id"), 200)
    if not media_id:
        raise SendError(_("WhatsApp did not take the file."), is_permanent=True)
    return media_id


def _id_of(answer: dict[str, Any]) -> str:
    return next((clean_line(as_dict(one).get("id"), 250) for one in as_list(answer.get("messages"))), "")
