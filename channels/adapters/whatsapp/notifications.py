"""Turn one notification of WhatsApp, a batch of anything, into plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Literal

from django.utils.translation import gettext as _

from channels.adapters.marks import collect_marks, url_query
from channels.adapters.meta.graph import explain_all
from channels.adapters.meta.hook import changes, entries
from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text, digest, moment
from channels.adapters.whatsapp.content import describe
from channels.adapters.whatsapp.people import client_of
from leads.inquiry import DeliveryStatus, Ignored, Inquiry, Item, Marks, MessageEdit

Value = dict[str, Any]
State = Literal["sent", "delivered", "read", "failed"]
_STATES: dict[str, State] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",  # a voice message was listened to
    "failed": "failed",
}
_EDITS = ("edit", "edited_message")
_DELETIONS = ("revoke", "deleted_message")


def parse_notification(body: Value, received_at: dt.datetime) -> list[Item]:
    """Make one item of each message, status, edit … of the batch; what is of no consequence says why."""
    items = [
        item
        for entry in entries(body)
        for field, value in changes(entry)
        for item in _change(field, value, entry, received_at)
    ]
    if not items:
        items.append(Ignored(key=f"empty:{digest(body)}", reason=_("A notification that tells nothing.")))
    return items


def _change(field: str, value: Value, entry: Value, received_at: dt.datetime) -> Iterator[Item]:
    if field == "history" or "history" in value:
        yield Ignored(
            key=f"history:{digest(value)}", reason=_("The history of chats from before the connection.")
        )
        return
    at, is_known = moment(entry.get("time")) or received_at, False
    for name, reader in _READERS.items():
        for node in map(as_dict, as_list(value.get(name))):
            is_known = True
            yield reader(node, value, at)
    if not is_known:
        key = f"{field}:{digest(entry.get('id'), entry.get('time'), value)}"
        yield Ignored(key=key, reason=_news(field, value))


# --- Messages ----------------------------------------------------------------------------------------
def _message(message: Value, value: Value, at: dt.datetime) -> Item:
    return _read_message(message, value, at, is_own=False)


def _echo(message: Value, value: Value, at: dt.datetime) -> Item:
    """What our side wrote in the WhatsApp Business application."""
    return _read_message(message, value, at, is_own=True)


def _read_message(message: Value, value: Value, at: dt.datetime, *, is_own: bool) -> Item:
    if isinstance(message.get("message"), dict):  # as an application on standby gets it
        message = {**message["message"], **message}
    message_id, kind = clean_line(message.get("id"), 250), clean_line(message.get("type"), 40)
    key, when = message_id or f"message:{digest(message)}", moment(message.get("timestamp")) or at
    if kind in (*_EDITS, *_DELETIONS):
        return _edit(key, kind, as_dict(message.get(kind)), when)
    if reason := _why_not(kind, message):
        return Ignored(key=key, reason=reason)
    client, content = client_of(message, value, is_own=is_own), describe(message)
    context = as_dict(message.get("context"))
    answered = clean_line(context.get("id"), 250)
    referral = as_dict(message.get("referral"))
    return Inquiry(
        key=key,
        occurred_at=when,
        person=client.person,
        text=content.text,
        thread_key=client.thread_key,
        answer_to=client.answer_to,
        external_id=message_id,
        references=(answered,) if answered else (),
        is_own=is_own,
        marks=_advert_marks(referral),
        files=content.files,
        fields=(*content.fields, *_advert_fields(referral)),
        product=content.product or _asked_about(context),
    )


def _edit(key: str, kind: str, edit: Value, when: dt.datetime) -> Item:
    """A change of a message that came before. Its id is unique by itself, so no thread is named."""
    original = clean_line(edit.get("original_message_id") or edit.get("message_id") or edit.get("id"), 250)
    if not original:
        return Ignored(key=key, reason=_("A change that names no message."))
    content = describe(as_dict(edit.get("message"))) if kind in _EDITS else None
    return MessageEdit(
        key=key,
        occurred_at=when,
        thread_key="",
        external_id=original,
        text=content.text if content else "",
        is_deleted=content is None,
    )


def _why_not(kind: str, message: Value) -> str:
    """Why a message is of no consequence, or ""."""
    value = as_dict(message.get(kind))
    if kind == "reaction":
        emoji = clean_line(value.get("emoji"), 20)
        return _("A reaction: {emoji}").format(emoji=emoji) if emoji else _("A reaction was taken back.")
    if kind == "system":
        told = clean_line(value.get("body"), 200) or clean_line(value.get("type"), 60)
        return _("A service message: {name}.").format(name=told.rstrip(".") or "?")
    if kind == "request_welcome":
        return _("The person opened the chat and has written nothing yet.")
    if kind == "interactive" and value.get("type") == "call_permission_reply":
        reply = clean_line(as_dict(value.get("call_permission_reply")).get("response"), 40)
        return _("The answer to our asking whether we may call: {answer}.").format(answer=reply or "?")
    return ""


def _asked_about(context: Value) -> dict[str, str]:
    """The article of the catalogue a question is about (L20)."""
    title = clean_line(as_dict(context.get("referred_product")).get("product_retailer_id"), 200)
    return {"title": title} if title else {}


def _advert_marks(referral: Value) -> Marks:
    """Where the client came from, when it was an advert or a post of ours."""
    if not referral:
        return Marks()
    url = clean_line(referral.get("source_url"), 2000)
    told = [
        *url_query(url),  # marks in the address of the advert say it best
        ("utm_source", "instagram" if "instagram" in url.lower() else "facebook"),
        ("utm_medium", clean_line(referral.get("source_type"), 40)),
        ("utm_content", clean_line(referral.get("source_id"), 100)),
        ("ctwa_clid", clean_line(referral.get("ctwa_clid"), 300)),
    ]
    return collect_marks(told, page_url=url)


def _advert_fields(referral: Value) -> tuple[tuple[str, str], ...]:
    """The words of the advert, so that a manager knows what the client saw."""
    words = (clean_line(referral.get("headline"), 300), clean_text(referral.get("body"), 1000))
    text = "\n".join(filter(None, words))
    return ((_("Advert"), text),) if text else ()


# --- The rest ----------------------------------------------------------------------------------------
def _status(status: Value, value: Value, at: dt.datetime) -> Item:
    message_id, told = clean_line(status.get("id"), 250), clean_line(status.get("status"), 40)
    reader = clean_line(
        status.get("recipient_participant_user_id") or status.get("recipient_participant_id"), 150
    )
    key = ":".join(filter(None, ("status", message_id, told, reader)))[:300]
    state = _STATES.get(told)
    if state is None or not message_id:
        return Ignored(key=key, reason=_("A state of a message: {state}.").format(state=told or "?"))
    return DeliveryStatus(
        key=key,
        occurred_at=moment(status.get("timestamp")) or at,
        external_id=message_id,
        state=state,
        error=explain_all(status.get("errors")) if state == "failed" else "",
    )


def _call(call: Value, value: Value, at: dt.datetime) -> Item:
    """A call inside WhatsApp. One by the client is an inquiry once it is over, missed or not."""
    call_id, event = clean_line(call.get("id"), 200), clean_line(call.get("event"), 40)
    key, when = f"call:{call_id}:{event}", moment(call.get("timestamp")) or at
    if call.get("direction") != "USER_INITIATED":
        return Ignored(key=key, reason=_("A call of ours in WhatsApp: {event}.").format(event=event or "?"))
    if event != "terminate":
        return Ignored(key=key, reason=_("A call in WhatsApp goes on; its end will tell the rest."))
    client, seconds = client_of(call, value), as_int(call.get("duration")) or 0
    text = _("A call in WhatsApp, {seconds} s.") if seconds else _("A missed call in WhatsApp.")
    return Inquiry(
        key=key,
        occurred_at=moment(call.get("start_time")) or when,
        person=client.person,
        text=text.format(seconds=seconds),
        thread_key=client.thread_key,
        answer_to=client.answer_to,
        external_id=f"call:{call_id}",
    )


def _preference(preference: Value, value: Value, at: dt.datetime) -> Item:
    told = clean_line(preference.get("detail") or preference.get("value"), 200) or "?"
    reason = _("The client's wish about mailings: {wish}.").format(wish=told.rstrip("."))
    return Ignored(key=f"preference:{digest(preference)}", reason=reason)


def _error(error: Value, value: Value, at: dt.datetime) -> Item:
    reason = _("An error at WhatsApp: {error}").format(error=explain_all([error]))
    return Ignored(key=f"error:{digest(error)}", reason=reason[:300])


def _news(field: str, value: Value) -> str:
    """What happened to the account, its number or its templates."""
    told = clean_line(value.get("event") or value.get("message_template_name"), 100)
    name = f"{field}: {told}" if told else field
    return _("News of the account, not a message: {name}.").format(name=name or "?")


_READERS: dict[str, Callable[[Value, Value, dt.datetime], Item]] = {
    "messages": _message,
    "message_echoes": _echo,
    "statuses": _status,
    "calls": _call,
    "user_preferences": _preference,
    "errors": _error,
}
