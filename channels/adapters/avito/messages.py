"""Turn one notification of Avito's messenger (webhook v3) into plain facts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import mimetypes
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Settings, Unparseable
from channels.adapters.text import as_dict, as_int, clean_line, clean_text, digest, map_link, moment
from leads.inquiry import File, Ignored, Inquiry, Item, MessageEdit, Person

Facts = dict[str, Any]
VOICE = "voice:"  # begins a file's reference that is an id, not an address
# What the REST API calls differently from the notifications.
_SAME = {"appCall": "call", "app_call": "call", "appcall": "call"}


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what came with them."""

    text: str = ""
    files: tuple[File, ...] = ()
    product: Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse_notification(body: object, settings: Settings, received_at: dt.datetime) -> list[Item]:
    """Make items of a notification, or of a bare message as the REST API lists it. Raises Unparseable."""
    envelope = as_dict(body)
    payload = as_dict(envelope.get("payload"))
    message = as_dict(payload.get("value"))
    if not message and envelope.get("chat_id") and envelope.get("type"):
        payload, message = {"type": "message"}, envelope
    kind = clean_line(payload.get("type"), 60)
    if not kind or (kind == "message" and not message.get("chat_id")):
        raise Unparseable(_("This is not a notification of Avito's messenger: it has no message."))
    mark = clean_line(message.get("id") or envelope.get("id"), 200) or digest(
        sorted(envelope.items(), key=str)
    )
    if kind != "message":
        return [Ignored(f"{kind}:{mark}", _("Of no consequence: {name}.").format(name=kind))]
    return _message(message, mark, settings, received_at)


def _message(message: Facts, mark: str, settings: Settings, received_at: dt.datetime) -> list[Item]:
    kind = clean_line(message.get("type"), 40)
    kind = _SAME.get(kind, kind)
    chat_id, at = clean_line(message.get("chat_id"), 200), _when(message) or received_at
    if kind == "deleted":
        return [
            MessageEdit(
                key=f"deleted:{mark}", occurred_at=at, thread_key=chat_id, external_id=mark, is_deleted=True
            )
        ]
    content = describe(kind, as_dict(message.get("content")))
    if reason := _why_not(kind, message, content):
        return [Ignored(f"message:{mark}", reason)]
    author = _id(message.get("author_id"))
    is_own = _is_own(message, author, settings)
    return [
        Inquiry(
            key=f"message:{mark}",
            occurred_at=at,
            person=Person() if is_own else Person(messenger_id=author),
            text=content.text,
            thread_key=chat_id,
            external_id=mark,
            references=_references(message),
            is_own=is_own,
            files=content.files,
            product={} if is_own else content.product or _product_of_chat(message),
        )
    ]


def _why_not(kind: str, message: Facts, content: Content) -> str:
    """Why a message is of no consequence, or ""."""
    if kind == "system" or not _id(message.get("author_id")):
        told = content.text.partition("\n")[0][:200]
        return (
            _("Written by Avito itself: {text}").format(text=told) if told else _("Written by Avito itself.")
        )
    return "" if content.text or content.files else _("A message without content.")


def _is_own(message: Facts, author: str, settings: Settings) -> bool:
    """The account's own messages come back; `user_id` is the account that is notified."""
    account = _id(message.get("user_id")) or clean_line(settings.get("user_id"), 20)
    return author == account or message.get("direction") == "out"


def _id(value: object) -> str:
    text = clean_line(value, 40)
    return text if text.strip("0") else ""


def _when(message: Facts) -> dt.datetime | None:
    if when := moment(message.get("created")):
        return when
    for name in ("created_at", "created", "published_at"):
        try:
            told = dt.datetime.fromisoformat(clean_line(message.get(name), 40))
        except ValueError:
            continue
        when = told if told.tzinfo else told.replace(tzinfo=dt.UTC)
        if checked := moment(int(when.timestamp())):
            return checked
    return None


def _references(message: Facts) -> tuple[str, ...]:
    quoted = clean_line(as_dict(message.get("quote")).get("id"), 200)
    return (quoted,) if quoted else ()


def _product_of_chat(message: Facts) -> dict[str, str]:
    """Name the ad the chat is about; its title is not in the notification (L20)."""
    number = as_int(message.get("item_id"))
    if not number:
        return {}
    return {"title": _("Avito ad {number}").format(number=number), "url": f"https://www.avito.ru/{number}"}


# --- Content by type ---------------------------------------------------------------------------------
def describe(kind: str, content: Facts) -> Content:
    """Put a message into words; notifications nest the content under its type, the REST API may not."""
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(as_dict(content.get(kind)) or content)
    text = clean_text(content.get("text"))
    return Content(text or (_("Attachment: {kind}").format(kind=kind) if kind else ""))


def _text(content: Facts) -> Content:
    return Content(clean_text(content.get("text")))


def _image(content: Facts) -> Content:
    sizes = as_dict(content.get("sizes"))
    url = sizes[max(sizes, key=_area)] if sizes else content.get("url")
    file = File("photo.jpg", "image/jpeg", ref=clean_line(url, 2000))
    return Content("", (file,)) if file.ref else Content(_("Picture"))


def _area(size: str) -> int:
    width, _by, height = size.partition("x")
    return (as_int(width) or 0) * (as_int(height) or 0)


def _voice(content: Facts) -> Content:
    voice_id = clean_line(content.get("voice_id"), 300)
    file = File("voice.mp4", "audio/mp4", ref=f"{VOICE}{voice_id}")
    return Content("", (file,)) if voice_id else Content(_("Voice message"))


def _file(content: Facts) -> Content:
    name, url = clean_line(content.get("name"), 200) or "file", clean_line(content.get("url"), 2000)
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Content("", (File(name, guessed, ref=url),)) if url else Content(name)


def _video(content: Facts) -> Content:
    url = clean_line(content.get("url"), 2000)
    return Content("", (File("video.mp4", "video/mp4", ref=url),)) if url else Content(_("Video"))


def _call(content: Facts) -> Content:
    seconds = as_int(content.get("duration_s") or content.get("duration"))
    if content.get("status") == "missed":
        return Content(_("Missed call in Avito."))
    return Content(_("Call in Avito, {count} s.").format(count=seconds) if seconds else _("Call in Avito."))


def _item(content: Facts) -> Content:
    told = {
        "title": content.get("title"),
        "price": content.get("price_string"),
        "url": content.get("item_url") or content.get("url"),
    }
    product = {name: text for name, value in told.items() if (text := clean_line(value, 500))}
    return Content("\n".join(product.values()), product=product if product.get("title") else {})


def _link(content: Facts) -> Content:
    text, url = clean_text(content.get("text")), clean_line(content.get("url"), 1000)
    return Content(text if url in text else "\n".join(filter(None, (text, url))))


def _location(content: Facts) -> Content:
    words = clean_line(content.get("text") or content.get("title") or content.get("address"), 500)
    link = map_link(content.get("lat", content.get("latitude")), content.get("lon", content.get("longitude")))
    return Content("\n".join(filter(None, (words, link))))


_READERS: dict[str, Callable[[Facts], Content]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "file": _file,
    "video": _video,
    "call": _call,
    "item": _item,
    "link": _link,
    "location": _location,
    "system": _text,
}
