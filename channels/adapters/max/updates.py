"""Turn one Update of MAX's Bot API into plain facts (https://dev.max.ru/docs-api/objects/Update)."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.marks import payload_marks
from channels.adapters.max.content import Content, describe, person_name
from channels.adapters.text import as_dict, as_list, clean_line, clean_text, digest, moment
from leads.inquiry import Ignored, Inquiry, Item, MessageEdit, Person

Update = dict[str, Any]
USER = "user:"  # begins a dialog's id that is a person's, where no chat was told


def parse_updates(body: object, received_at: dt.datetime) -> list[Item]:
    """Make items of one update, or of a list as getUpdates answers it. Raises Unparseable."""
    if isinstance(body, dict) and isinstance(body.get("updates"), list):
        return [item for one in body["updates"][:1000] for item in _update(as_dict(one), received_at)]
    return _update(as_dict(body), received_at)


def _update(update: Update, received_at: dt.datetime) -> list[Item]:
    kind = clean_line(update.get("update_type"), 60)
    if not kind:
        raise Unparseable(_("This is not an update of MAX: it has no update_type."))
    reader = _READERS.get(kind)
    if reader is None:
        return [Ignored(_service_key(kind, update), _ignored_reason(kind))]
    return reader(update, moment(update.get("timestamp")) or received_at)


# --- Messages ----------------------------------------------------------------------------------------
def _created(update: Update, at: dt.datetime) -> list[Item]:
    message = as_dict(update.get("message"))
    mid, thread, recipient = _mid(message), _thread(message), as_dict(message.get("recipient"))
    key = f"message_created:{mid}"
    if not mid or not thread:
        raise Unparseable(_("The MAX message is broken: it has no chat or no number."))
    sender, is_dialog = as_dict(message.get("sender")), recipient.get("chat_type") in (None, "dialog")
    if reason := _why_not(sender, recipient, is_dialog=is_dialog):
        return [Ignored(key, reason)]
    content = describe(message)
    if not content.text and not content.files:
        return [Ignored(key, _("A message without content."))]
    is_own = sender.get("is_bot") is True
    person = _person(sender, update, content)
    return [
        Inquiry(
            key=key,
            occurred_at=moment(message.get("timestamp")) or at,
            person=Person(messenger_id=_id(recipient.get("user_id"))) if is_own else person,
            text=content.text,
            thread_key=thread,
            external_id=mid,
            references=_references(message),
            is_own=is_own,
            files=content.files,
        )
    ]


def _why_not(sender: Update, recipient: Update, *, is_dialog: bool) -> str:
    if recipient.get("chat_type") == "channel":
        return _("A post in a channel, not a message of a client.")
    if not sender:
        raise Unparseable(_("The MAX message is broken: it has no sender."))
    return _("Written by a bot.") if sender.get("is_bot") is True and not is_dialog else ""


def _edited(update: Update, at: dt.datetime) -> list[Item]:
    message = as_dict(update.get("message"))
    mid, thread = _mid(message), _thread(message)
    if not mid or not thread:
        raise Unparseable(_("The MAX message is broken: it has no chat or no number."))
    return [
        MessageEdit(
            key=f"message_edited:{mid}:{at.timestamp()}",
            occurred_at=at,
            thread_key=thread,
            external_id=mid,
            text=describe(message).text,
        )
    ]


def _removed(update: Update, at: dt.datetime) -> list[Item]:
    mid = clean_line(update.get("message_id"), 200)
    if not mid:
        raise Unparseable(_("The MAX message is broken: it has no chat or no number."))
    return [
        MessageEdit(
            key=f"message_removed:{mid}",
            occurred_at=at,
            thread_key=_id(update.get("chat_id")),
            external_id=mid,
            is_deleted=True,
        )
    ]


def _pressed(update: Update, at: dt.datetime) -> list[Item]:
    """A pressed button speaks for the client; the message it hung under is the bot's, and may be gone."""
    callback, message = as_dict(update.get("callback")), as_dict(update.get("message"))
    callback_id, user = clean_line(callback.get("callback_id"), 250), as_dict(callback.get("user"))
    key = f"message_callback:{callback_id or digest(callback)}"
    text = _button_label(message, callback.get("payload")) or clean_text(callback.get("payload"), 1000)
    thread = _thread(message) or _user_thread(user)
    if not text or not thread:
        return [Ignored(key, _("A pressed button that says nothing."))]
    return [
        Inquiry(
            key=key,
            occurred_at=moment(callback.get("timestamp")) or at,
            person=_person(user, update),
            text=text,
            thread_key=thread,
            external_id=f"callback:{callback_id}",
        )
    ]


def _started(update: Update, at: dt.datetime) -> list[Item]:
    """A person pressed Start; the link they came by may carry a word."""
    user, payload = as_dict(update.get("user")), clean_line(update.get("payload"), 512)
    thread = _id(update.get("chat_id")) or _user_thread(user)
    if not thread:
        raise Unparseable(_("The MAX message is broken: it has no sender."))
    key = f"bot_started:{thread}:{_id(user.get('user_id'))}:{at.timestamp()}"
    return [
        Inquiry(
            key=key,
            occurred_at=at,
            person=_person(user, update),
            text=_("Started the bot."),
            thread_key=thread,
            external_id=key,
            marks=payload_marks(payload),
            fields=(("start", payload),) if payload else (),
        )
    ]


# --- Parts -------------------------------------------------------------------------------------------
def _mid(message: Update) -> str:
    return clean_line(as_dict(message.get("body")).get("mid"), 200)


def _thread(message: Update) -> str:
    """The chat's id; where only people are told, the client's."""
    recipient, sender = as_dict(message.get("recipient")), as_dict(message.get("sender"))
    if chat_id := _id(recipient.get("chat_id")):
        return chat_id
    return _user_thread(recipient if sender.get("is_bot") is True else sender)


def _user_thread(user: Update) -> str:
    user_id = _id(user.get("user_id"))
    return f"{USER}{user_id}" if user_id else ""


def _id(value: object) -> str:
    text = clean_line(value, 40)
    return text if text.lstrip("-").isdecimal() else ""


def _person(user: Update, update: Mapping[str, Any], content: Content | None = None) -> Person:
    username = clean_line(user.get("username"), 64)
    return Person(
        name=person_name(user),
        phone=content.own_phone if content else "",
        email=content.own_email if content else "",
        messenger_id=_id(user.get("user_id")),
        username=username,
        profile_url=f"https://max.ru/{urllib.parse.quote(username)}" if username else "",
        language=clean_line(update.get("user_locale"), 20),
    )


def _references(message: Update) -> tuple[str, ...]:
    link = as_dict(message.get("link"))
    mid = clean_line(as_dict(link.get("message")).get("mid"), 200) if link.get("type") == "reply" else ""
    return (mid,) if mid else ()


def _button_label(message: Update, payload: object) -> str:
    for attachment in as_list(as_dict(message.get("body")).get("attachments")):
        for row in as_list(as_dict(as_dict(attachment).get("payload")).get("buttons")):
            for button in map(as_dict, as_list(row)):
                if payload is not None and button.get("payload") == payload:
                    return clean_line(button.get("text"), 200)
    return ""


def _service_key(kind: str, update: Update) -> str:
    user = as_dict(update.get("user"))
    told = (update.get("timestamp"), update.get("chat_id"), user.get("user_id"), update.get("message_id"))
    return f"{kind}:{digest(*told)}"


def _ignored_reason(kind: str) -> str:
    match kind:
        case "bot_stopped":
            return _("The person stopped the bot.")
        case "dialog_removed":
            return _("The person deleted the dialog.")
        case "bot_added":
            return _("The bot was added to a chat.")
        case "bot_removed":
            return _("The bot was removed from a chat.")
    return _("Of no consequence: {name}.").format(name=kind)


_READERS: dict[str, Callable[[Update, dt.datetime], list[Item]]] = {
    "message_created": _created,
    "message_edited": _edited,
    "message_removed": _removed,
    "message_callback": _pressed,
    "bot_started": _started,
}
