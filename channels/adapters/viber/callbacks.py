"""Turn one callback of Viber's Bot API into plain facts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import mimetypes
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.marks import payload_marks
from channels.adapters.text import as_dict, clean_line, clean_text, digest, map_link, moment
from leads.inquiry import DeliveryStatus, File, Ignored, Inquiry, Item, Person

Facts = dict[str, Any]
_STATES = {"delivered": "delivered", "seen": "read", "failed": "failed"}


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message, and what came with them."""

    text: str = ""
    file: File | None = None
    card_phone: str = ""  # of a shared contact, perhaps somebody else's


def parse_callback(body: object, received_at: dt.datetime) -> list[Item]:
    """Make items of one callback. Raises Unparseable."""
    callback = as_dict(body)
    event = clean_line(callback.get("event"), 60)
    if not event:
        raise Unparseable(_("This is not a callback of Viber: it has no event."))
    at = moment(callback.get("timestamp")) or received_at
    token = clean_line(callback.get("message_token"), 40)
    key = f"{event}:{token or digest(sorted(callback.items(), key=str))}"
    if event in _STATES:
        return [_status(event, key, callback, token, at)]
    reader = _READERS.get(event)
    return [reader(key, callback, at) if reader else Ignored(key, _ignored_reason(event))]


def _message(key: str, callback: Facts, at: dt.datetime) -> Item:
    sender, message = as_dict(callback.get("sender")), as_dict(callback.get("message"))
    person = _person(sender)
    if not person.messenger_id:
        raise Unparseable(_("The Viber message is broken: it has no sender."))
    content = describe(message)
    if not content.text and content.file is None:
        return Ignored(key, _("A message without content."))
    return Inquiry(
        key=key,
        occurred_at=at,
        person=dataclasses.replace(person, shown_phone=content.card_phone),
        text=content.text,
        thread_key=person.messenger_id,
        external_id=clean_line(callback.get("message_token"), 40),
        files=(content.file,) if content.file else (),
    )


def _started(key: str, callback: Facts, at: dt.datetime) -> Item:
    """A person opened the chat, perhaps by a link that carries a word."""
    person, context = _person(as_dict(callback.get("user"))), clean_line(callback.get("context"), 500)
    if not person.messenger_id:
        raise Unparseable(_("The Viber message is broken: it has no sender."))
    if callback.get("subscribed") is True and not context:
        return Ignored(key, _("The person opened the chat again."))
    return Inquiry(
        key=key,
        occurred_at=at,
        person=person,
        text=_("Opened the chat with the bot."),
        thread_key=person.messenger_id,
        external_id=key,
        marks=payload_marks(context),
        fields=(("context", context),) if context else (),
    )


def _subscribed(key: str, callback: Facts, at: dt.datetime) -> Item:
    person = _person(as_dict(callback.get("user")))
    if not person.messenger_id:
        raise Unparseable(_("The Viber message is broken: it has no sender."))
    return Inquiry(
        key=key,
        occurred_at=at,
        person=person,
        text=_("Subscribed to the bot."),
        thread_key=person.messenger_id,
        external_id=key,
    )


def _status(event: str, key: str, callback: Facts, token: str, at: dt.datetime) -> Item:
    """A receipt names our message by the number that sending it gave."""
    if not token:
        raise Unparseable(_("The Viber receipt is broken: it names no message."))
    error = clean_line(callback.get("desc"), 300) if event == "failed" else ""
    return DeliveryStatus(
        key=key,
        occurred_at=at,
        external_id=token,
        state=_STATES[event],  # type: ignore[arg-type]
        error=error,
    )


def _person(user: Facts) -> Person:
    language = clean_line(user.get("language"), 20)
    return Person(
        name=clean_line(user.get("name"), 200),
        messenger_id=clean_line(user.get("id"), 200),
        language=language,
    )


def _ignored_reason(event: str) -> str:
    match event:
        case "webhook":
            return _("Viber tried the address.")
        case "unsubscribed":
            return _("The person unsubscribed from the bot.")
    return _("Of no consequence: {name}.").format(name=event)


_READERS: dict[str, Callable[[str, Facts, dt.datetime], Item]] = {
    "message": _message,
    "conversation_started": _started,
    "subscribed": _subscribed,
}


# --- What a message holds ----------------------------------------------------------------------------
def describe(message: Facts) -> Content:
    """Put a message into words; anything without words becomes a readable line."""
    kind, text = clean_line(message.get("type"), 40), clean_text(message.get("text"))
    match kind:
        case "text" | "rich_media":
            return Content(text)
        case "picture":
            return _with_file(message, text, _("Picture"), "photo.jpg")
        case "video":
            return _with_file(message, text, _("Video"), "video.mp4")
        case "file":
            return _with_file(message, text, _("File"), "file")
        case "sticker":
            return Content(_joined(text, _("Sticker")))
        case "url":
            return Content(_joined(text, clean_line(message.get("media"), 2000)))
        case "location":
            place = as_dict(message.get("location"))
            return Content(_joined(text, map_link(place.get("lat"), place.get("lon"))))
        case "contact":
            return _contact(message, text)
    return Content(text or (_("Attachment: {kind}").format(kind=kind) if kind else ""))


def _with_file(message: Facts, text: str, label: str, usual_name: str) -> Content:
    url = clean_line(message.get("media"), 2000)
    if not url:
        return Content(_joined(text, label))
    name = clean_line(message.get("file_name"), 200) or usual_name
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Content(text, File(name, guessed, ref=url))


def _contact(message: Facts, text: str) -> Content:
    """Viber does not say whose card it is, so the number is shown, not taken for the sender's."""
    card = as_dict(message.get("contact"))
    phone = clean_line(card.get("phone_number"), 40)
    return Content(_joined(text, clean_line(card.get("name"), 200), phone), card_phone=phone)


def _joined(*lines: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, lines)))
