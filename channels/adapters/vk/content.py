"""What a VK message or comment says, whatever is attached to it, as text, files and a product."""

from __future__ import annotations

import dataclasses
import mimetypes
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text, map_link
from leads.inquiry import File

Facts = dict[str, Any]
MAX_FILES = 20
MAX_DEPTH = 4  # of messages forwarded within forwarded ones
_OLD_SIZES = ("photo_2560", "photo_1280", "photo_807", "photo_604", "photo_512", "photo_130", "photo_75")


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what came with them."""

    text: str = ""
    files: tuple[File, ...] = ()
    product: Mapping[str, str] = dataclasses.field(default_factory=dict)


def describe(message: Facts, depth: int = 0) -> Content:
    """Put a message into words; anything without words becomes a readable line."""
    attachments = [as_dict(one) for one in as_list(message.get("attachments"))[:50]]
    told = [_attachment(one) for one in attachments]
    inner = [_quoted(one, depth) for one in as_list(message.get("fwd_messages"))[:20]]
    parts = [*told, *inner]
    lines = [_words(message), *(part.text for part in parts), _place(message)]
    return Content(
        text=clean_text("\n".join(filter(None, lines))),
        files=tuple(file for part in parts for file in part.files)[:MAX_FILES],
        product=next((part.product for part in parts if part.product), {}),
    )


def money(price: object) -> str:
    """Write a price as VK words it, else its amount, which comes in hundredths."""
    facts = as_dict(price)
    amount = as_int(facts.get("amount"))
    if text := clean_line(facts.get("text"), 60):
        return text
    if amount is None:
        return ""
    currency = clean_line(as_dict(facts.get("currency")).get("name"), 5)
    return f"{amount // 100}{f'.{amount % 100:02}' if amount % 100 else ''} {currency}".strip()


def product_of(item: Facts) -> dict[str, str]:
    """Read title, price and address of a product card (L20)."""
    owner, number = clean_line(item.get("owner_id"), 20), clean_line(item.get("id"), 20)
    url = f"https://vk.com/product{owner}_{number}" if owner and number else clean_line(item.get("url"), 500)
    facts = {"title": clean_line(item.get("title"), 300), "price": money(item.get("price")), "url": url}
    return {name: value for name, value in facts.items() if value} if facts["title"] else {}


def _words(message: Facts) -> str:
    text = message.get("text") if isinstance(message.get("text"), str) else message.get("body")
    return clean_text(text)


def _quoted(message: object, depth: int) -> Content:
    if depth >= MAX_DEPTH:
        return Content()
    content = describe(as_dict(message), depth + 1)
    lines = [f"> {line}" for line in content.text.splitlines()]
    return dataclasses.replace(content, text="\n".join(lines))


def _attachment(attachment: Facts) -> Content:
    kind = clean_line(attachment.get("type"), 40)
    body = as_dict(attachment.get(kind))
    if kind == "market":
        product = product_of(body)
        return Content(_titled(_("Product"), product.get("title"), product.get("url")), product=product)
    if reader := _FILES.get(kind):
        file = reader(body)
        return Content(_BESIDE_FILE.get(kind, lambda _body: "")(body), (file,) if file else ())
    if wording := _WORDS.get(kind):
        return Content(wording(body))
    return Content(_("Attachment: {kind}").format(kind=kind) if kind else "")


def _place(message: Facts) -> str:
    """Where the person is: coordinates are an object, in old versions two numbers in a string."""
    coordinates = as_dict(message.get("geo")).get("coordinates")
    if isinstance(coordinates, str):
        latitude, _space, longitude = coordinates.strip().partition(" ")
        return map_link(latitude, longitude)
    place = as_dict(coordinates)
    return map_link(place.get("latitude"), place.get("longitude"))


# --- Files -------------------------------------------------------------------------------------------
def _file(name: str, url: object, content_type: str = "") -> File | None:
    address = clean_line(url, 2000)
    if not address:
        return None
    guessed = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(name=name, content_type=guessed, ref=address)


def _largest(images: object) -> str:
    sizes = [as_dict(size) for size in as_list(images)]
    best = max(sizes, key=lambda size: _area(size), default={})
    return clean_line(best.get("url"), 2000)


def _area(size: Facts) -> int:
    return (as_int(size.get("width")) or 0) * (as_int(size.get("height")) or 0)


def _photo(body: Facts) -> File | None:
    url = clean_line(as_dict(body.get("orig_photo")).get("url"), 2000) or _largest(body.get("sizes"))
    return _file("photo.jpg", url or next((body[name] for name in _OLD_SIZES if body.get(name)), ""))


def _document(body: Facts) -> File | None:
    name, ending = clean_line(body.get("title"), 200) or "document", clean_line(body.get("ext"), 10).lower()
    if ending and not name.lower().endswith(f".{ending}"):
        name = f"{name}.{ending}"
    return _file(name, body.get("url"))


def _voice(body: Facts) -> File | None:
    return _file("voice.mp3", body.get("link_mp3"), "audio/mpeg") or _file(
        "voice.ogg", body.get("link_ogg"), "audio/ogg"
    )


def _graffiti(body: Facts) -> File | None:
    return _file("graffiti.png", body.get("url") or body.get("photo_604") or body.get("photo_586"))


def _sticker(body: Facts) -> File | None:
    old = next((body[name] for name in _OLD_SIZES if body.get(name)), "")
    return _file("sticker.png", _largest(body.get("images")) or old)


_FILES: dict[str, Callable[[Facts], File | None]] = {
    "photo": _photo,
    "doc": _document,
    "audio_message": _voice,
    "graffiti": _graffiti,
    "sticker": _sticker,
}
_BESIDE_FILE: dict[str, Callable[[Facts], str]] = {
    "photo": lambda body: clean_text(body.get("text"), 4000),
    "audio_message": lambda body: clean_text(body.get("transcript"), 20_000),
    "sticker": lambda _body: _("Sticker"),
}


# --- Words -------------------------------------------------------------------------------------------
def _titled(label: str, title: object, url: object = "") -> str:
    told = ", ".join(filter(None, (clean_line(title, 300), clean_line(url, 1000))))
    return f"{label}: {told}" if told else label


def _of_owner(kind: str, body: Facts) -> str:
    owner = clean_line(body.get("owner_id") or body.get("to_id") or body.get("from_id"), 20)
    number = clean_line(body.get("id"), 20)
    return f"https://vk.com/{kind}{owner}_{number}" if owner and number else ""


def _post(body: Facts) -> str:
    words = clean_line(body.get("text"), 200)
    return _titled(_("Post"), words, _of_owner("wall", body))


def _call(body: Facts) -> str:
    state, seconds = clean_line(body.get("state"), 60), as_int(body.get("duration"))
    return _titled(_("Call"), state, _("{count} s").format(count=seconds) if seconds else "")


def _money_sent(body: Facts) -> str:
    return _titled(_("Money"), money(body.get("amount")), body.get("comment"))


_WORDS: dict[str, Callable[[Facts], str]] = {
    "video": lambda body: _titled(_("Video"), body.get("title"), _of_owner("video", body)),
    "video_message": lambda body: _titled(_("Video"), "", _of_owner("video", body)),
    "audio": lambda body: _titled(_("Audio"), f"{body.get('artist') or ''} {body.get('title') or ''}"),
    "link": lambda body: _titled(_("Link"), body.get("title") or body.get("caption"), body.get("url")),
    "wall": _post,
    "wall_reply": lambda body: _titled(_("Comment"), body.get("text")),
    "market_album": lambda body: _titled(_("Products"), body.get("title")),
    "market_market_album": lambda body: _titled(_("Products"), body.get("title")),
    "poll": lambda body: _titled(_("Poll"), body.get("question")),
    "story": lambda body: _titled(_("Story"), "", _of_owner("story", body)),
    "gift": lambda _body: _("Gift"),
    "call": _call,
    "article": lambda body: _titled(_("Article"), body.get("title"), body.get("url")),
    "podcast": lambda body: _titled(_("Podcast"), body.get("title")),
    "money_transfer": _money_sent,
    "money_request": _money_sent,
}
