"""What a WhatsApp message says, whatever it is made of, as text, fields and files.

Types: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import dataclasses
import json
import mimetypes
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.meta.graph import explain_all
from channels.adapters.text import as_dict, as_list, clean_line, clean_text
from leads.inquiry import File

Message = dict[str, Any]
# Media: name of the file when the sender gave none. "voice" was the type of voice messages on older versions.
_MEDIA = {
    "image": "photo",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "document": "document",
    "sticker": "sticker",
}
_EXTENSIONS = {"image/jpeg": ".jpg", "image/webp": ".webp", "audio/ogg": ".ogg", "audio/amr": ".amr"}
# Keys of a value of an unknown kind that may hold words, the best first.
_WORDS = ("body", "text", "caption", "title", "name", "description", "payload", "question")


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what stands behind them."""

    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    product: dict[str, str] = dataclasses.field(default_factory=dict)


def describe(message: Message) -> Content:
    """Put the message into words; anything without words becomes a readable line."""
    kind = clean_line(message.get("type"), 40)
    value = as_dict(message.get(kind))
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(value, message)
    if kind in _MEDIA or (value.get("id") and value.get("mime_type")):
        return _media(kind, value)
    return Content(_unknown(kind, value, message))


def _text(value: Message, message: Message) -> Content:
    return Content(clean_text(value.get("body")))


def _button(value: Message, message: Message) -> Content:
    return Content(clean_text(value.get("text") or value.get("payload")))


def _media(kind: str, value: Message) -> Content:
    mime_type = clean_line(value.get("mime_type"), 150).partition(";")[0].strip().lower()
    name = clean_line(value.get("filename"), 200)
    if not name:
        extension = _EXTENSIONS.get(mime_type) or mimetypes.guess_extension(mime_type) or ""
        name = f"{'voice' if value.get('voice') is True else _MEDIA.get(kind, 'file')}{extension}"
    file = File(
        name=name,
        content_type=mime_type or "application/octet-stream",
        ref=clean_line(value.get("id"), 200),
    )
    return Content(clean_text(value.get("caption")), files=(file,) if file.ref else ())


def _location(value: Message, message: Message) -> Content:
    latitude, longitude = _coordinate(value.get("latitude")), _coordinate(value.get("longitude"))
    link = f"https://maps.google.com/?q={latitude},{longitude}" if latitude and longitude else ""
    names = (
        clean_line(value.get("name")),
        clean_line(value.get("address")),
        clean_line(value.get("url"), 2000),
    )
    return Content("\n".join(dict.fromkeys(filter(None, (*names, link)))))


def _coordinate(value: Any) -> str:
    try:
        return f"{float(value):.6f}"
    except (TypeError, ValueError, OverflowError):
        return ""


def _contacts(value: Message, message: Message) -> Content:
    cards = map(as_dict, as_list(message.get("contacts"))[:20])
    return Content("\n".join(filter(None, map(_card, cards))))


def _card(card: Message) -> str:
    name = as_dict(card.get("name"))
    told = clean_line(name.get("formatted_name"), 200)
    if not told:
        told = " ".join(clean_line(name.get(part), 100) for part in ("first_name", "last_name")).strip()
    organisation = clean_line(as_dict(card.get("org")).get("company"), 200)
    phones = [clean_line(as_dict(one).get("phone"), 40) for one in as_list(card.get("phones"))[:5]]
    emails = [clean_line(as_dict(one).get("email"), 200) for one in as_list(card.get("emails"))[:5]]
    return ", ".join(filter(None, (told, organisation, *phones, *emails)))


def _interactive(value: Message, message: Message) -> Content:
    """A pressed button, a chosen line, a filled form; kinds to come are read for their words."""
    reply = as_dict(value.get(clean_line(value.get("type"), 40)))
    if "response_json" in reply:
        return _flow(reply)
    lines = (clean_line(reply.get("title")), clean_text(reply.get("description"), 2000))
    text = "\n".join(filter(None, lines)) or "\n".join(_words(reply))
    return Content(text or clean_line(reply.get("id"), 200))


def _flow(reply: Message) -> Content:
    """A form filled in inside WhatsApp: its answers are JSON in a string."""
    try:
        told = json.loads(str(reply.get("response_json")))
    except (ValueError, RecursionError):
        return Content(clean_text(reply.get("response_json")))
    answers = [
        (clean_line(name, 200), _answer(answer))
        for name, answer in as_dict(told).items()
        if name != "flow_token"
    ]
    shown = tuple((name, answer) for name, answer in answers if answer)
    text = "\n".join(f"{name}: {answer}" for name, answer in shown)
    return Content(text or clean_text(reply.get("body")), fields=shown)


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_answer, value)))
    if isinstance(value, dict):
        return ", ".join(_words(value))
    return clean_text(value, 5000)


def _order(value: Message, message: Message) -> Content:
    """A cart of the catalogue: one line an article (L20)."""
    items = list(map(as_dict, as_list(value.get("product_items"))[:100]))
    lines = [_article(item) for item in items]
    product = {}
    if items:
        price = clean_line(items[0].get("item_price"), 30)
        told = {"title": clean_line(items[0].get("product_retailer_id"), 200), "price": price}
        product = {name: text for name, text in told.items() if text}
    return Content("\n".join(filter(None, (clean_text(value.get("text")), *lines))), product=product)


def _article(item: Message) -> str:
    name, count = clean_line(item.get("product_retailer_id"), 200), clean_line(item.get("quantity"), 20)
    price = f"{clean_line(item.get('item_price'), 30)} {clean_line(item.get('currency'), 5)}".strip()
    return f"{name} × {count or '1'}" + (f", {price}" if price else "")


def _unsupported(value: Message, message: Message) -> Content:
    """The client did write, but WhatsApp passes on only that: a person has to look into the phone."""
    what = clean_line(value.get("type"), 60) or explain_all(message.get("errors"))
    return Content(
        _(
            "A message that WhatsApp does not pass on to us ({what}). Ask the client to send it otherwise."
        ).format(what=what or "?")
    )


def _unknown(kind: str, value: Message, message: Message) -> str:
    if words := "\n".join(_words(value)):
        return words
    return _unsupported({"type": kind}, message).text


def _words(value: Any, depth: int = 0) -> Iterator[str]:
    """Find readable words in a value of an unknown kind."""
    if depth > 5:
        return
    for part in as_list(value)[:50]:
        yield from _words(part, depth + 1)
    node = as_dict(value)
    for key in _WORDS:
        if isinstance(node.get(key), str) and (text := clean_text(node[key], 5000).strip()):
            yield text
    for inner in node.values():
        yield from _words(inner, depth + 1)


_READERS: dict[str, Callable[[Message, Message], Content]] = {
    "text": _text,
    "button": _button,
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "order": _order,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    "errors": _unsupported,
}
