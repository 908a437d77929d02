"""Messages to the community, both generations of the object: 5.80 and later, and older."""

from __future__ import annotations

import dataclasses
import json

from django.utils.translation import gettext as _

from channels.adapters.marks import payload_marks
from channels.adapters.text import as_dict, as_int, clean_line, clean_text
from channels.adapters.vk.content import Facts, describe
from channels.adapters.vk.envelope import Envelope, number, person_of
from channels.adapters.vk.thread import CHATS_FROM
from leads.inquiry import DeliveryStatus, Ignored, Inquiry, Item, Marks, MessageEdit, Person

# What VK itself puts into ref_source when a message is begun from one of its pages: an object, no source.
_OBJECTS = ("market", "wall", "photo", "video", "product", "club", "public")
_LABELS = ("label", "text", "title", "button", "command", "action", "cmd", "type", "payload")


def read_message(envelope: Envelope) -> list[Item]:
    """A person wrote, or the community's own message comes back."""
    message = _inner(envelope.facts)
    from_id, peer_id = _from_id(message), _peer_id(message)
    is_own = _is_sent_by_us(message) or envelope.is_ours(from_id)
    return _read(envelope, message, is_own=is_own, from_id=from_id, peer_id=peer_id)


def read_reply(envelope: Envelope) -> list[Item]:
    """The community wrote, from VK's own pages or through the API."""
    message = _inner(envelope.facts)
    return _read(envelope, message, is_own=True, from_id=_from_id(message), peer_id=_peer_id(message))


def _read(envelope: Envelope, message: Facts, *, is_own: bool, from_id: str, peer_id: str) -> list[Item]:
    if not peer_id or not (is_own or from_id):
        raise envelope.broken(_("sender"))
    if action := clean_line(as_dict(message.get("action")).get("type"), 60):
        return [Ignored(envelope.key, _("A service message: {name}.").format(name=action))]
    content = describe(message)
    text = content.text or _button_text(message.get("payload"))
    if not text and not content.files:
        return [Ignored(envelope.key, _("A message without content."))]
    fields = _origin_fields(message)
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.when(message.get("date")),
            person=_interlocutor(peer_id) if is_own else person_of(from_id),
            text=text,
            thread_key=peer_id,
            external_id=_message_id(message, peer_id),
            references=_references(message, peer_id),
            is_own=is_own,
            marks=_marks(message),
            files=content.files,
            fields=fields,
            product=content.product,
        )
    ]


def read_edit(envelope: Envelope) -> list[Item]:
    """Somebody changed a message."""
    message = _inner(envelope.facts)
    peer_id = _peer_id(message)
    message_id = _message_id(message, peer_id)
    if not peer_id or not message_id:
        raise envelope.broken(_("number of the message"))
    return [
        MessageEdit(
            key=envelope.key,
            occurred_at=envelope.when(message.get("update_time") or message.get("date")),
            thread_key=peer_id,
            external_id=message_id,
            text=describe(message).text,
        )
    ]


def read_receipt(envelope: Envelope) -> list[Item]:
    """The person has read up to one of our messages; VK tells only the last one's number."""
    facts = envelope.facts
    peer_id = number(facts.get("peer_id"))
    message_id = number(facts.get("read_message_id")) or _conversation_id(facts, peer_id)
    if not message_id:
        return [Ignored(envelope.key, _("Something was read, VK does not say what."))]
    return [
        DeliveryStatus(
            key=envelope.key, occurred_at=envelope.received_at, external_id=message_id, state="read"
        )
    ]


def read_button(envelope: Envelope) -> list[Item]:
    """A pressed button of a keyboard speaks for the person; its label is not in the event."""
    facts = envelope.facts
    user_id, peer_id = number(facts.get("user_id")), _peer_id(facts)
    text = _button_text(facts.get("payload"))
    if not user_id or not text:
        return [Ignored(envelope.key, _("A pressed button that says nothing."))]
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.received_at,
            person=person_of(user_id),
            text=text,
            thread_key=peer_id,
            external_id=f"button:{clean_line(facts.get('event_id'), 60) or envelope.key}",
        )
    ]


def read_permission(envelope: Envelope) -> list[Item]:
    """A person let the community write to them, by a button on a site or in VK."""
    user_id, key = number(envelope.facts.get("user_id")), clean_line(envelope.facts.get("key"), 256)
    if not user_id:
        raise envelope.broken(_("sender"))
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.received_at,
            person=person_of(user_id),
            text=_("Lets the community write messages."),
            thread_key=user_id,
            external_id=f"allow:{envelope.key}",
            fields=(("key", key),) if key else (),
        )
    ]


# --- The object's fields -----------------------------------------------------------------------------
def _inner(facts: Facts) -> Facts:
    """Since 5.103 the message of message_new is wrapped together with the client's abilities."""
    return as_dict(facts.get("message")) or facts


def _from_id(message: Facts) -> str:
    return number(message.get("from_id")) or number(message.get("user_id"))


def _peer_id(message: Facts) -> str:
    """Name the conversation. Old objects tell the chat, or whom the message is from or to."""
    if chat_id := as_int(message.get("chat_id")):
        return number(message.get("peer_id")) or str(CHATS_FROM + chat_id)
    named = (number(message.get(name)) for name in ("peer_id", "user_id", "from_id"))
    return next(filter(None, named), "")


def _is_sent_by_us(message: Facts) -> bool:
    return as_int(message.get("out")) == 1 or message.get("out") is True


def _message_id(message: Facts, peer_id: str) -> str:
    return number(message.get("id")) or _conversation_id(message, peer_id)


def _conversation_id(message: Facts, peer_id: str) -> str:
    """In group chats messages are numbered within the chat only."""
    inner = number(message.get("conversation_message_id")) or number(message.get("cmid"))
    return f"{peer_id}:{inner}" if peer_id and inner else ""


def _references(message: Facts, peer_id: str) -> tuple[str, ...]:
    replied = as_dict(message.get("reply_message"))
    message_id = _message_id(replied, peer_id) or number(message.get("reply_to"))
    return (message_id,) if message_id else ()


def _interlocutor(peer_id: str) -> Person:
    """In a group chat nobody in particular was written to."""
    is_one = (as_int(peer_id) or CHATS_FROM) < CHATS_FROM
    return person_of(peer_id) if is_one else Person()


def _button_text(payload: object) -> str:
    """Find words in a button's payload, which is whatever its maker put there, often JSON in a string."""
    value = payload
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return clean_text(payload, 1000)
    if isinstance(value, dict):
        value = next((value[name] for name in _LABELS if isinstance(value.get(name), str)), value)
    if isinstance(value, dict | list):
        return clean_text(json.dumps(value, ensure_ascii=False), 1000) if value else ""
    return clean_text(value, 1000)


# --- Where the person came from ----------------------------------------------------------------------
def _origin_fields(message: Facts) -> tuple[tuple[str, str], ...]:
    told = ((name, clean_line(message.get(name), 256)) for name in ("ref", "ref_source"))
    return tuple((name, value) for name, value in told if value)


def _marks(message: Facts) -> Marks:
    """Read `vk.me/club?ref=…&ref_source=…`: the source is ref_source when it is one, else ref."""
    ref, source = clean_line(message.get("ref"), 256), clean_line(message.get("ref_source"), 256)
    marks = payload_marks(ref)
    if not source or marks.medium or marks.campaign:
        return marks
    if not ref:
        return payload_marks(source)
    if source.startswith(_OBJECTS):
        return dataclasses.replace(marks, content=marks.content or source)
    return dataclasses.replace(marks, source=source, campaign=ref)
