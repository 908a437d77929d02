"""What a Telegram message says, whatever it is made of, as text, fields and files."""

from __future__ import annotations

import dataclasses
import mimetypes
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.form_fields import FormField, flatten
from channels.adapters.form_roles import find_email, first_phone, role_of, spoken_phone
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text, map_link
from leads.inquiry import File

# Media kind: name of the file when Telegram tells none, and its usual type.
_MEDIA = {
    "document": ("document", "application/octet-stream"),
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "sticker": ("sticker.webp", "image/webp"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """The words of a message and what stands behind them."""

    text: str = ""
    own_phone: str = ""  # shared by its owner with the button, or typed into an order or a mini-application
    own_email: str = ""
    told_phone: str = ""  # in a card of somebody else, or in the words
    start_payload: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def describe(message: dict[str, Any]) -> Content:
    """Put the message into words; anything without words becomes a readable line."""
    text = clean_text(message.get("text") or message.get("caption"))
    payload = _start_payload(text)
    own_phone, card = _contact(message)
    typed = _typed(message)
    told_phone = clean_line(as_dict(message.get("contact")).get("phone_number"), 40) or spoken_phone(text)
    lines = [
        text,
        card,
        _place(message),
        _poll(message),
        _checklist(message),
        _payment(message),
        _small(message),
        ""
        if "successful_payment" in message
        else "\n".join(f"{field.label}: {field.value}" for field in typed),
    ]
    own_phone = own_phone or first_phone(_of_role(typed, "phone"))
    fields = (("start", payload),) if payload else tuple((field.label, field.value) for field in typed)
    return Content(
        text="\n".join(filter(None, lines)),
        own_phone=own_phone,
        own_email=find_email(_of_role(typed, "email")),
        told_phone="" if own_phone else told_phone,
        start_payload=payload,
        fields=fields,
    )


def _typed(message: dict[str, Any]) -> list[FormField]:
    """The fields the client filled in: of an order's form, or of a mini-application that sends an object."""
    order = as_dict(as_dict(message.get("successful_payment")).get("order_info"))
    data = as_dict(message.get("web_app_data")).get("data")
    try:
        found = read_json(data.encode("utf-8", "surrogatepass")) if isinstance(data, str) else {}
    except Unparseable:
        found = {}
    return flatten(order or as_dict(found))[:50]


def _of_role(fields: list[FormField], role: str) -> str:
    return next((field.value for field in fields if role_of(field) == role), "")


def files_of(message: dict[str, Any]) -> tuple[File, ...]:
    """List the media as references for fetch_file; of a photo's sizes the largest."""
    files = []
    if photos := [size for size in as_list(message.get("photo")) if as_dict(size).get("file_id")]:
        best = max(photos, key=lambda size: _number(size.get("width")) * _number(size.get("height")))
        files.append(File(name="photo.jpg", content_type="image/jpeg", ref=clean_line(best["file_id"], 300)))
    for kind, (name, content_type) in _MEDIA.items():
        media = as_dict(message.get(kind))
        is_copy = kind == "document" and "animation" in message  # Telegram repeats an animation as a document
        if media.get("file_id") and not is_copy:
            files.append(_file(media, name, content_type))
    for item in as_list(as_dict(message.get("paid_media")).get("paid_media")):
        files.extend(files_of(as_dict(item)))
    return tuple(files[:20])


def _file(media: dict[str, Any], name: str, content_type: str) -> File:
    told_type = clean_line(media.get("mime_type"), 100).lower() or content_type
    told_name = clean_line(media.get("file_name"), 200)
    if not told_name and told_type != content_type:
        told_name = name.partition(".")[0] + (mimetypes.guess_extension(told_type) or "")
    return File(name=told_name or name, content_type=told_type, ref=clean_line(media["file_id"], 300))


def _start_payload(text: str) -> str:
    command, _space, payload = text.partition(" ")
    return clean_line(payload, 64) if command.partition("@")[0] == "/start" else ""


def _contact(message: dict[str, Any]) -> tuple[str, str]:
    """The sender's own number counts as theirs; anybody else's card is only text."""
    contact = as_dict(message.get("contact"))
    phone = clean_line(contact.get("phone_number"), 40)
    if not phone:
        return "", ""
    names = (clean_line(contact.get("first_name"), 100), clean_line(contact.get("last_name"), 100))
    card = " ".join(filter(None, (*names, phone)))
    sender_id = as_dict(message.get("from")).get("id")
    is_own = contact.get("user_id") is not None and contact.get("user_id") == sender_id
    return (phone if is_own else ""), card


def _place(message: dict[str, Any]) -> str:
    venue = as_dict(message.get("venue"))
    location = as_dict(venue.get("location") or message.get("location"))
    link = map_link(location.get("latitude"), location.get("longitude"))
    return "\n".join(filter(None, (clean_line(venue.get("title")), clean_line(venue.get("address")), link)))


def _poll(message: dict[str, Any]) -> str:
    poll = as_dict(message.get("poll"))
    options = [clean_line(as_dict(option).get("text")) for option in as_list(poll.get("options"))[:20]]
    return "\n".join(filter(None, (clean_line(poll.get("question")), *(f"– {option}" for option in options))))


def _checklist(message: dict[str, Any]) -> str:
    checklist = as_dict(message.get("checklist"))
    tasks = [clean_line(as_dict(task).get("text")) for task in as_list(checklist.get("tasks"))[:50]]
    return "\n".join(filter(None, (clean_line(checklist.get("title")), *(f"– {task}" for task in tasks))))


def _payment(message: dict[str, Any]) -> str:
    for kind, sentence in (
        ("successful_payment", _("Paid {amount} {currency} (in the smallest units of the currency).")),
        ("refunded_payment", _("Refunded {amount} {currency} (in the smallest units of the currency).")),
    ):
        if payment := as_dict(message.get(kind)):
            amount, currency = (
                clean_line(payment.get("total_amount"), 30),
                clean_line(payment.get("currency"), 5),
            )
            return sentence.format(amount=amount, currency=currency)
    return ""


def _small(message: dict[str, Any]) -> str:
    """Dice, stickers, games, data of a mini-application: one line each."""
    dice = as_dict(message.get("dice"))
    lines = (
        f"{clean_line(dice.get('emoji'), 10)} {clean_line(dice.get('value'), 10)}".strip(),
        clean_line(as_dict(message.get("sticker")).get("emoji"), 10),
        clean_line(as_dict(message.get("game")).get("title")),
        "" if _typed(message) else clean_text(as_dict(message.get("web_app_data")).get("data"), 4096),
    )
    return "\n".join(filter(None, lines))


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
