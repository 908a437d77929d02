"""What a message to a Facebook page or an Instagram account says, as text, files and an article.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
"""

from __future__ import annotations

import dataclasses
import urllib.parse
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.text import as_dict, as_list, clean_line, clean_text
from leads.inquiry import File

Node = dict[str, Any]
# Attachments that are files of the client, and the name and type of one that tells neither.
_FILES = {
    "image": ("photo.jpg", "image/jpeg"),
    "animated_image": ("animation.gif", "image/gif"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp4", "audio/mp4"),
    "file": ("document", "application/octet-stream"),
    "reel": ("reel.mp4", "video/mp4"),
    "ig_reel": ("reel.mp4", "video/mp4"),
    "story_mention": ("story", "application/octet-stream"),
    "ephemeral": ("photo.jpg", "image/jpeg"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what stands behind them."""

    text: str = ""
    files: tuple[File, ...] = ()
    product: dict[str, str] = dataclasses.field(default_factory=dict)


def describe(message: Node) -> Content:
    """Put the message into words; anything without words becomes a readable line."""
    lines, files, product = [clean_text(message.get("text"))], [], _asked_about(message)
    for attachment in map(as_dict, as_list(message.get("attachments"))[:20]):
        kind, payload = clean_line(attachment.get("type"), 40), as_dict(attachment.get("payload"))
        lines.append(_words_of(kind, attachment, payload))
        if file := _file_of(kind, payload):
            files.append(file)
        product = product or _article(as_list(as_dict(payload.get("product")).get("elements")))
    story = as_dict(as_dict(message.get("reply_to")).get("story"))
    if story:
        lines.insert(0, _("An answer to our story."))
        if file := _file_of("story_mention", story):
            files.append(file)
    if message.get("is_unsupported") is True:
        lines.append(_("A message that Meta does not pass on to us. Look into the page's own inbox."))
    return Content("\n".join(filter(None, lines)), tuple(files), product)


def _words_of(kind: str, attachment: Node, payload: Node) -> str:
    """What an attachment says: the place, the link, the article; "" for a mere file."""
    title = clean_line(attachment.get("title") or payload.get("title"), 300)
    if kind == "location":
        return "\n".join(filter(None, (title, _map_link(as_dict(payload.get("coordinates"))))))
    if kind == "template" or "product" in payload:
        return _template(payload) or title
    if kind == "story_mention":
        return _("Mentioned us in a story.")
    if kind == "like_heart":
        return "❤️"
    if kind == "ephemeral" and not payload.get("url"):
        return _("A picture that may be looked at once: it is only in the application.")
    url = clean_line(payload.get("url") or attachment.get("url"), 2000)
    if kind in _FILES:
        return title
    return "\n".join(filter(None, (title, url))) or _("An attachment: {kind}.").format(kind=kind or "?")


def _map_link(place: Node) -> str:
    try:
        latitude, longitude = float(place.get("lat", "")), float(place.get("long", ""))
    except (TypeError, ValueError, OverflowError):
        return ""
    return f"https://maps.google.com/?q={latitude:.6f},{longitude:.6f}"


def _template(payload: Node) -> str:
    """Articles and cards: one line each."""
    elements = as_list(as_dict(payload.get("product")).get("elements")) or as_list(payload.get("elements"))
    lines = []
    for element in map(as_dict, elements[:20]):
        parts = (clean_line(element.get("title"), 300), clean_line(element.get("subtitle"), 300))
        lines.append(", ".join(filter(None, parts)))
    return "\n".join(filter(None, (clean_text(payload.get("text"), 2000), *lines)))


def _article(elements: list[Any]) -> dict[str, str]:
    """The first article of a shop's card (L20); Meta writes its price as the subtitle."""
    first = as_dict(elements[0]) if elements else {}
    title = clean_line(first.get("title") or first.get("retailer_id"), 200)
    told = {"title": title, "price": clean_line(first.get("subtitle"), 60)} if title else {}
    return {name: text for name, text in told.items() if text}


def _asked_about(message: Node) -> dict[str, str]:
    """The article from whose page in the shop the client wrote."""
    product = as_dict(as_dict(message.get("referral")).get("product"))
    title = clean_line(product.get("title") or product.get("id"), 200)
    return {"title": title} if title else {}


def _file_of(kind: str, payload: Node) -> File | None:
    url = clean_line(payload.get("url"), 4000)
    if kind not in _FILES or not url.startswith(("https://", "http://")):
        return None
    usual, content_type = _FILES[kind]
    told = PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name if kind == "file" else ""
    return File(name=clean_line(told, 200) or usual, content_type=content_type, ref=url)
