"""Turn one Bot API Update into plain facts (https://core.telegram.org/bots/api#update)."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.marks import payload_marks
from channels.adapters.telegram.content import describe, files_of
from channels.adapters.telegram.thread import thread_key
from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text, moment
from leads.inquiry import Ignored, Inquiry, Item, MessageEdit, Person

Update = dict[str, Any]
# Service messages: the chat changed, nobody said anything.
_SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "connected_website",
    "write_access_allowed",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway",
    "giveaway_winners",
    "giveaway_completed",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "poll_option_deleted",
    "poll_option_added",
    "users_shared",
    "chat_shared",
)


def parse_update(update: Update, received_at: dt.datetime) -> list[Item]:
    """Make items of one update. Raises Unparseable when it isn't an Update at all."""
    update_id = as_int(update.get("update_id"))
    if update_id is None:
        raise Unparseable(_("This is not a Telegram update: it has no update_id."))
    kind = next((name for name in update if name != "update_id" and isinstance(update[name], dict)), "")
    body = as_dict(update.get(kind))
    key = f"{update_id}:{kind}"
    reader = _READERS.get(kind)
    if any(name in update for name in _READERS) and reader is None:
        raise Unparseable(_("The Telegram update is broken: its message is not an object."))
    if reader is None:
        return [Ignored(key=key, reason=_ignored_reason(kind, body))]
    return reader(key, body, received_at)


def _message(key: str, message: Update, received_at: dt.datetime, *, is_business: bool = False) -> list[Item]:
    key = f"{key}:{_chat_id(message)}:{message.get('message_id')}"
    sender, chat = as_dict(message.get("from")), as_dict(message.get("chat"))
    if not thread_key(message):
        raise Unparseable(_("The Telegram message is broken: it has no chat."))
    if reason := _why_not(message, sender):
        return [Ignored(key=key, reason=reason)]
    content = describe(message)
    files = files_of(message)
    if not content.text and not files:
        return [Ignored(key=key, reason=_("A service message: {name}.").format(name=_content_names(message)))]
    is_own = is_business and _is_owner(message, sender, chat)
    return [
        Inquiry(
            key=key,
            occurred_at=moment(message.get("date")) or received_at,
            person=_person(chat if is_own else sender or chat, phone=content.own_phone),
            text=content.text,
            subject=clean_line(chat.get("title")),
            thread_key=thread_key(message),
            external_id=clean_line(message.get("message_id"), 40),
            references=_references(message),
            is_own=is_own,
            marks=payload_marks(content.start_payload),
            files=files,
            fields=content.fields,
        )
    ]


def _business_message(key: str, message: Update, received_at: dt.datetime) -> list[Item]:
    return _message(key, message, received_at, is_business=True)


def _edited(key: str, message: Update, received_at: dt.datetime) -> list[Item]:
    key = f"{key}:{_chat_id(message)}:{message.get('message_id')}"
    if not thread_key(message):
        raise Unparseable(_("The Telegram message is broken: it has no chat."))
    when = moment(message.get("edit_date")) or moment(message.get("date")) or received_at
    return [
        MessageEdit(
            key=key,
            occurred_at=when,
            thread_key=thread_key(message),
            external_id=clean_line(message.get("message_id"), 40),
            text=describe(message).text,
        )
    ]


def _deleted(key: str, body: Update, received_at: dt.datetime) -> list[Item]:
    told = map(as_int, as_list(body.get("message_ids"))[:1000])
    items: list[Item] = [
        MessageEdit(
            key=f"{key}:{_chat_id(body)}:{message_id}",
            occurred_at=received_at,
            thread_key=thread_key(body),
            external_id=str(message_id),
            is_deleted=True,
        )
        for message_id in dict.fromkeys(told)
        if message_id is not None
    ]
    return items or [Ignored(key=key, reason=_("A deletion that names no messages."))]


def _callback(key: str, query: Update, received_at: dt.datetime) -> list[Item]:
    """A pressed button speaks for the client; the message it hung on may be out of reach."""
    sender, message = as_dict(query.get("from")), as_dict(query.get("message"))
    text = _button_label(message, query.get("data")) or clean_text(query.get("data"), 1000)
    text = text or clean_text(query.get("game_short_name"), 200)
    thread = thread_key(message) if _chat_id(message) else clean_line(sender.get("id"), 40)
    if not text or not thread:
        return [Ignored(key=key, reason=_("A pressed button that says nothing."))]
    return [
        Inquiry(
            key=key,
            occurred_at=received_at,
            person=_person(sender),
            text=text,
            thread_key=thread,
            external_id=f"callback:{clean_line(query.get('id'), 60)}",
        )
    ]


def _why_not(message: Update, sender: Mapping[str, Any]) -> str:
    """Why a message is of no consequence, or ""."""
    if old := message.get("migrate_to_chat_id"):
        return _("The group became a supergroup with id {id}.").format(id=clean_line(old, 40))
    if old := message.get("migrate_from_chat_id"):
        return _("The supergroup was the group with id {id}.").format(id=clean_line(old, 40))
    if name := next((name for name in _SERVICE if name in message), ""):
        return _("A service message: {name}.").format(name=name)
    if message.get("is_automatic_forward"):
        return _("A channel's post forwarded to its discussion group.")
    if sender.get("is_bot") is True and not message.get("sender_chat"):
        return _("Written by a bot.")
    return ""


def _is_owner(message: Update, sender: Mapping[str, Any], chat: Mapping[str, Any]) -> bool:
    """In a business chat the chat is the client; whoever else writes there is our side."""
    is_someone_else = bool(sender) and sender.get("id") != chat.get("id")
    return bool(message.get("sender_business_bot")) or is_someone_else


def _person(user: Mapping[str, Any], phone: str = "") -> Person:
    names = (clean_line(user.get("first_name"), 100), clean_line(user.get("last_name"), 100))
    username = clean_line(user.get("username"), 64)
    return Person(
        name=" ".join(filter(None, names)) or clean_line(user.get("title"), 200),
        phone=phone,
        messenger_id=clean_line(user.get("id"), 40),
        username=username,
        profile_url=f"https://t.me/{urllib.parse.quote(username)}" if username else "",
        language=clean_line(user.get("language_code"), 20),
    )


def _references(message: Update) -> tuple[str, ...]:
    replied = as_int(as_dict(message.get("reply_to_message")).get("message_id"))
    return (str(replied),) if replied else ()


def _button_label(message: Update, data: Any) -> str:
    for row in as_list(as_dict(message.get("reply_markup")).get("inline_keyboard")):
        for button in as_list(row):
            if data is not None and as_dict(button).get("callback_data") == data:
                return clean_line(as_dict(button).get("text"), 200)
    return ""


def _chat_id(body: Update) -> str:
    return clean_line(as_dict(body.get("chat")).get("id"), 40)


def _content_names(message: Update) -> str:
    common = {"message_id", "from", "chat", "date", "message_thread_id", "reply_to_message", "sender_chat"}
    return clean_line(", ".join(sorted(set(message) - common)[:5])) or "?"


def _ignored_reason(kind: str, body: Update) -> str:
    if kind == "my_chat_member":
        status = as_dict(body.get("new_chat_member")).get("status")
        if status == "kicked":
            return _("The person blocked the bot.")
        return _("The bot's place in a chat changed: {status}.").format(status=clean_line(status, 40))
    if kind == "business_connection":
        if body.get("is_enabled") is False:
            return _("The business account was disconnected from the bot.")
        return _("The business account was connected to the bot.")
    if kind in ("channel_post", "edited_channel_post"):
        return _("A post in a channel, not a message of a client.")
    return _("Of no consequence: {name}.").format(name=clean_line(kind, 60) or "?")


_READERS: dict[str, Callable[[str, Update, dt.datetime], list[Item]]] = {
    "message": _message,
    "business_message": _business_message,
    "edited_message": _edited,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
    "callback_query": _callback,
}
