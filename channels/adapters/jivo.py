"""Jivo, the chat on a site: https://www.jivo.ru/docs/webhooks/"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Answer, Check, RawDelivery, Settings, Unparseable
from channels.adapters.marks import collect_marks
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text, digest, moment, received
from leads.inquiry import CallUpdate, Ignored, Inquiry, Item, Marks, Person

Event = dict[str, Any]
MAX_MESSAGES = 500
VISITOR = "visitor"
_CALL_STATES: Mapping[str, Any] = {
    "start": "ringing",
    "agent_connected": "ringing",
    "client_connected": "answered",
    "end": "finished",
    "error": "finished",
}


class JivoAdapter(Adapter):
    kind: ClassVar[str] = "jivo"
    label = _("Jivo")
    channel_kind = "chat"
    icon = "message-circle"
    help_text = _(
        "In Jivo: Settings → Channels → your site → Integration → Webhooks, paste the address of this channel. "
        "A message left while nobody was there becomes a lead at once, a chat when it is over, with all that was "
        "said. Jivo signs nothing: the address is the secret."
    )

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Jivo takes anything else for an error and shows it to the operator."""
        return Answer('{"result": "ok"}', "application/json")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one event. Raises Unparseable."""
        event = as_dict(read_json(delivery.body))
        name = clean_line(event.get("event_name"), 60)
        if not name:
            raise Unparseable(gettext("This is no event of Jivo: it has no event_name."))
        when = received(delivery.received_at)
        match name:
            case "offline_message":
                return [_offline(event, when)]
            case "chat_finished":
                return [_chat(event, when)]
            case "call_event":
                return [_call(event, when)]
        key = f"{name}:{clean_line(event.get('chat_id'), 60)}:{digest(delivery.body)}"
        return [Ignored(key=key, reason=_why_not(name))]

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say what to do in Jivo; it can only be tried from there."""
        return [Check(True, _("Address for Jivo's webhooks: {url}").format(url=hook_url))]


def _why_not(name: str) -> str:
    if name.startswith("chat_"):
        return gettext("The chat goes on; it becomes a lead when it is over.")
    return gettext("Of no consequence: {name}.").format(name=name)


def _offline(event: Event, when: dt.datetime) -> Item:
    """A message left while no operator was there. Its number is the moment in milliseconds, if it is that long."""
    number = clean_line(event.get("offline_message_id"), 60)
    told = moment(number) if len(number) == 13 else None
    text = clean_text(event.get("message"))
    return Inquiry(
        key=f"offline_message:{number or digest(text, event.get('visitor'), event.get('chat_id'))}",
        occurred_at=told or when,
        person=_person(event),
        text=text,
        thread_key=_thread(event),
        external_id=f"offline:{number}" if number else "",
        marks=_marks(event),
        fields=_fields(event),
    )


def _chat(event: Event, when: dt.datetime) -> Item:
    """A chat that is over, with everything said in it."""
    chat, chat_id = as_dict(event.get("chat")), clean_line(event.get("chat_id"), 60)
    key = f"chat_finished:{chat_id or digest(event)}"
    person, said = _person(event), _said(event)
    if chat.get("blacklisted") is True:
        return Ignored(key=key, reason=gettext("The operator blocked the visitor."))
    is_silent = bool(said) and not any(who == VISITOR for who, _at, _text in said)
    if is_silent and not (person.phone or person.email):
        return Ignored(key=key, reason=gettext("The visitor said nothing and left no contacts."))
    begun = next((at for _who, at, _text in said if at is not None), None)
    return Inquiry(
        key=key,
        occurred_at=begun or when,
        person=person,
        text=_transcript(event, said),
        gist=next((text for who, _at, text in said if who == VISITOR), ""),
        thread_key=_thread(event),
        external_id=f"chat:{chat_id}" if chat_id else "",
        marks=_marks(event),
        fields=_fields(event),
    )


def _call(event: Event, when: dt.datetime) -> Item:
    """A call ordered on the site, or made through Jivo's own telephony."""
    call, call_id = as_dict(event.get("call")), clean_line(event.get("chat_id"), 60)
    status, kind = clean_line(call.get("status"), 40), clean_line(call.get("type"), 40)
    phone = clean_line(call.get("phone"), 40) or _person(event).phone
    key = f"call_event:{call_id or phone}:{status}"
    if not (call_id or phone) or not status:
        return Ignored(key=key, reason=gettext("A call that tells neither its number nor its state."))
    state, recording = _CALL_STATES.get(status, ""), clean_line(call.get("record_url"), 2000)
    return CallUpdate(
        key=key,
        occurred_at=when,
        call_id=call_id or phone,
        direction="out" if kind == "outgoing" else "in",
        phone=phone,
        state=state,
        result="failed" if status == "error" else "answered" if recording else "",
        recording_url=recording,
    )


# --- What was said -----------------------------------------------------------------------------------
def _said(event: Event) -> list[tuple[str, dt.datetime | None, str]]:
    """List who said what: VISITOR is the client, an operator whose name isn't told is ""."""
    names = dict(_agents(event))
    lines = []
    for message in map(as_dict, as_list(as_dict(event.get("chat")).get("messages"))[:MAX_MESSAGES]):
        text = clean_text(message.get("message"), 20_000).strip()
        kind = clean_line(message.get("type"), 40)
        who = VISITOR
        if kind not in (VISITOR, "client"):
            who = names.get(clean_line(message.get("agent_id"), 40), "" if kind == "agent" else kind)
        if text:
            lines.append((who, moment(message.get("timestamp")), text))
    return lines


def _agents(event: Event) -> Iterator[tuple[str, str]]:
    for agent in map(as_dict, [event.get("agent"), *as_list(event.get("agents"))]):
        if name := clean_line(agent.get("name"), 100):
            yield clean_line(agent.get("id"), 40), name


def _transcript(event: Event, said: list[tuple[str, dt.datetime | None, str]]) -> str:
    """Write the chat line by line; where Jivo hides the messages, in its own plain words."""
    visitor = clean_line(as_dict(event.get("visitor")).get("name"), 100) or gettext("Visitor")
    operator = gettext("Operator")
    lines = [f"{visitor if who == VISITOR else who or operator}: {text}" for who, _at, text in said]
    return clean_text("\n".join(lines) or event.get("plain_messages"))


# --- Who and where from ------------------------------------------------------------------------------
def _person(event: Event) -> Person:
    visitor = as_dict(event.get("visitor"))
    return Person(
        name=clean_line(visitor.get("name"), 200),
        phone=clean_line(visitor.get("phone"), 100),
        email=clean_line(visitor.get("email"), 254),
        company=clean_line(as_dict(event.get("organization")).get("name"), 200),
    )


def _thread(event: Event) -> str:
    """A visitor's chats on one site are one correspondence."""
    site, number = clean_line(event.get("widget_id"), 60), as_dict(event.get("visitor")).get("number")
    visitor = clean_line(number, 60)
    return f"{site}:{visitor}" if visitor else f"chat:{clean_line(event.get('chat_id'), 60)}"


def _marks(event: Event) -> Marks:
    """The session's marks come as an object and as `source=…|medium=…`; the page's address has more."""
    session, page = as_dict(event.get("session")), as_dict(event.get("page"))
    pairs = [part.partition("=") for part in clean_line(session.get("utm"), 2000).split("|")]
    told = [*as_dict(session.get("utm_json")).items(), *((name, value) for name, _sign, value in pairs)]
    named = [(_utm(str(name)), clean_line(value, 300)) for name, value in told]
    own = [(str(name), clean_line(value, 300)) for name, value in as_dict(event.get("analytics")).items()]
    return collect_marks([*named, *own], page_url=clean_line(page.get("url"), 2000))


def _utm(name: str) -> str:
    name = name.strip().lower()
    return name if name.startswith("utm_") else f"utm_{name}"


def _fields(event: Event) -> tuple[tuple[str, str], ...]:
    """What an operator sees beside the chat."""
    place = as_dict(as_dict(event.get("session")).get("geoip"))
    where = filter(None, (clean_line(place.get(name), 100) for name in ("city", "region", "country")))
    visitor, chat = as_dict(event.get("visitor")), as_dict(event.get("chat"))
    tags = [clean_line(as_dict(tag).get("title"), 60) for tag in as_list(event.get("tags"))[:20]]
    told = (
        (gettext("Page"), as_dict(event.get("page")).get("title")),
        (gettext("Place"), ", ".join(dict.fromkeys(where))),
        (gettext("Description"), visitor.get("description")),
        (gettext("Department"), as_dict(event.get("department")).get("name")),
        (gettext("Topic"), as_dict(event.get("topic")).get("title")),
        (gettext("Tags"), ", ".join(filter(None, tags))),
        (gettext("Operator"), ", ".join(dict(_agents(event)).values())),
        (gettext("Rating"), chat.get("rate")),
    )
    return tuple((label, text) for label, value in told if (text := clean_line(value, 500)))
