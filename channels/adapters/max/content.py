"""What a MAX message says, whatever is attached to it, as text, files and the sender's own phone."""

from __future__ import annotations

import dataclasses
import mimetypes
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.text import as_dict, as_list, clean_line, clean_text, map_link
from leads.inquiry import File

Facts = dict[str, Any]
VIDEO = "video:"  # begins a file's reference that is a token, not an address
MAX_FILES = 20
_FOLDED = re.compile(r"\r?\n[ \t]")
_SILENT = frozenset(("inline_keyboard", "reply_keyboard", "data"))  # what stands under a bot's message


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what stands behind them."""

    text: str = ""
    own_phone: str = ""  # shared by its owner
    own_email: str = ""
    files: tuple[File, ...] = ()


def describe(message: Facts) -> Content:
    """Put a message into words; anything without words becomes a readable line."""
    sender_id = as_dict(message.get("sender")).get("user_id")
    own = _body(as_dict(message.get("body")), sender_id)
    link = as_dict(message.get("link"))
    if link.get("type") != "forward":
        return own
    quoted = _body(as_dict(link.get("message")), None)
    lines = [own.text, *(f"> {line}" for line in quoted.text.splitlines())]
    return dataclasses.replace(
        own,
        text=clean_text("\n".join(filter(None, lines))),
        files=(*own.files, *quoted.files)[:MAX_FILES],
    )


def _body(body: Facts, sender_id: object) -> Content:
    attachments = [as_dict(one) for one in as_list(body.get("attachments"))[:50]]
    cards = [_contact(one, sender_id) for one in attachments if one.get("type") == "contact"]
    lines = [clean_text(body.get("text")), *(card.text for card in cards), *map(_words, attachments)]
    return Content(
        text=clean_text("\n".join(filter(None, lines))),
        own_phone=next((card.own_phone for card in cards if card.own_phone), ""),
        own_email=next((card.own_email for card in cards if card.own_email), ""),
        files=tuple(filter(None, map(_file, attachments)))[:MAX_FILES],
    )


# --- Cards of contacts -------------------------------------------------------------------------------
def _contact(attachment: Facts, sender_id: object) -> Content:
    """The sender's own card counts as theirs; anybody else's is only text."""
    payload = as_dict(attachment.get("payload"))
    card, owner = read_vcard(payload.get("vcf_info")), as_dict(payload.get("max_info"))
    name = card.get("FN", "") or person_name(owner)
    phone, email = card.get("TEL", ""), card.get("EMAIL", "")
    is_own = sender_id is not None and owner.get("user_id") == sender_id
    return Content(
        text=" ".join(filter(None, (name, phone, email))),
        own_phone=phone if is_own else "",
        own_email=email if is_own else "",
    )


def read_vcard(text: object) -> dict[str, str]:
    """Read the first name, phone and address of a card; parameters and groups of its lines don't matter."""
    found: dict[str, str] = {}
    for line in _FOLDED.sub("", clean_text(text, 20_000).replace("\r\n", "\n")).split("\n")[:200]:
        head, colon, value = line.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].strip().upper()
        if colon and name in ("FN", "TEL", "EMAIL"):
            plain = value.removeprefix("tel:").replace("\\,", ",").replace("\\;", ";").replace("\\n", " ")
            found.setdefault(name, clean_line(plain, 200))
    return {name: value for name, value in found.items() if value}


def person_name(user: Facts) -> str:
    """Write how a user calls themselves."""
    names = (clean_line(user.get("first_name"), 100), clean_line(user.get("last_name"), 100))
    return clean_line(user.get("name"), 200) or " ".join(filter(None, names))


# --- Files -------------------------------------------------------------------------------------------
def _file(attachment: Facts) -> File | None:
    kind, payload = clean_line(attachment.get("type"), 40), as_dict(attachment.get("payload"))
    url, token = clean_line(payload.get("url"), 2000), clean_line(payload.get("token"), 400)
    match kind:
        case "image":
            return File("photo.jpg", "image/jpeg", ref=url) if url else None
        case "sticker":
            return File("sticker.webp", "image/webp", ref=url) if url else None
        case "audio":
            return File("voice.mp3", "audio/mpeg", ref=url) if url else None
        case "video":
            ref = url or (f"{VIDEO}{token}" if token else "")
            return File("video.mp4", "video/mp4", ref=ref) if ref else None
        case "file":
            name = clean_line(attachment.get("filename") or payload.get("filename"), 200) or "file"
            guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
            return File(name, guessed, ref=url) if url else None
    return None


# --- Words -------------------------------------------------------------------------------------------
def _words(attachment: Facts) -> str:
    kind = clean_line(attachment.get("type"), 40)
    if wording := _WORDS.get(kind):
        return wording(attachment)
    if kind in _SILENT or kind == "contact" or _file(attachment):
        return ""
    return _("Attachment: {kind}").format(kind=kind) if kind else ""


def _place(attachment: Facts) -> str:
    inside = as_dict(attachment.get("payload")) | attachment
    return map_link(inside.get("latitude"), inside.get("longitude"))


def _share(attachment: Facts) -> str:
    payload = as_dict(attachment.get("payload"))
    told = (attachment.get("title"), attachment.get("description"), payload.get("url"))
    return "\n".join(filter(None, (clean_line(one, 1000) for one in told)))


_WORDS: dict[str, Callable[[Facts], str]] = {
    "location": _place,
    "share": _share,
    "audio": lambda attachment: clean_text(attachment.get("transcription"), 20_000),
    "sticker": lambda _attachment: _("Sticker"),
}
