"""Deliveries as the providers of the demo's channels would make them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlencode

from channels.adapters.base import RawDelivery
from channels.adapters.chat.adapter import VISITOR_HEADER


def mail(
    *,
    at: dt.datetime,
    serial: int,
    name: str,
    address: str,
    to: str,
    subject: str,
    text: str,
    calendar: str = "",
) -> RawDelivery:
    """A plain mail, or one with an invitation."""
    message = EmailMessage()
    message["From"] = f"{name} <{address}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<demo-{serial}@{address.split('@')[1]}>"
    message.set_content(text)
    if calendar:
        message.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    return RawDelivery(body=message.as_bytes(), received_at=at)


def invitation(*, serial: int, title: str, place: str, starts_at: dt.datetime, organizer: str) -> str:
    """A calendar with a meeting of an hour and a half."""
    ends_at = starts_at + dt.timedelta(minutes=90)
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:demo-{serial}",
        f"SUMMARY:{title}",
        f"DTSTART:{starts_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        f"DTEND:{ends_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        "LOCATION:" + place.replace(",", "\\,"),
        f"ORGANIZER:mailto:{organizer}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "\r\n".join(lines) + "\r\n"


def form(*, at: dt.datetime, serial: int, fields: dict[str, str], details: bytes) -> RawDelivery:
    """A form of our own, with the marks of the visit and what the form knows of the post."""
    return dataclasses.replace(_json(fields | {"idempotency_key": f"demo-{serial}"}, at), details=details)


def chat(*, at: dt.datetime, serial: int, visitor: str, text: str, **more: object) -> RawDelivery:
    """A post of the chat's widget."""
    facts = {"type": "message", "id": f"demo-{serial}", "text": text} | more
    delivery = _json(facts, at)
    return dataclasses.replace(delivery, headers={**delivery.headers, VISITOR_HEADER: visitor})


def callback(
    *,
    at: dt.datetime,
    serial: int,
    name: str,
    phone: str,
    when: dt.datetime | None,
    zone: str,
    page: Mapping[str, object],
) -> RawDelivery:
    """An order of a call, for now or for a time."""
    facts = {
        "id": f"demo-{serial}",
        "name": name,
        "phone": phone,
        "zone": zone,
        "consent": True,
        "page": page,
    }
    return _json(facts | ({"at": when.isoformat()} if when is not None else {}), at)


def vk(*, at: dt.datetime, serial: int, person_id: int, name: str, text: str) -> RawDelivery:
    """A message to the community, with what VK told of its author."""
    message = {
        "id": serial,
        "date": int(at.timestamp()),
        "from_id": person_id,
        "peer_id": person_id,
        "out": 0,
        "text": text,
    }
    body = {
        "group_id": 1000,
        "type": "message_new",
        "event_id": f"demo{serial}",
        "v": "5.199",
        "object": {"message": message, "client_info": {}},
    }
    people = {str(person_id): {"name": name}}
    return dataclasses.replace(_json(body, at), details=_packed({"people": people}))


def avito(
    *, at: dt.datetime, serial: int, person_id: int, name: str, text: str, product: Mapping[str, str]
) -> RawDelivery:
    """A message about an ad, with what Avito told of its author and of the ad."""
    chat_id, item_id = f"u2i-demo-{person_id}", 7_400_000_000 + person_id
    value = {
        "id": f"demo-{serial}",
        "chat_id": chat_id,
        "user_id": 1000,
        "author_id": person_id,
        "created": int(at.timestamp()),
        "type": "text",
        "chat_type": "u2i",
        "item_id": item_id,
        "content": {"text": text},
    }
    body = {"id": f"demo-{serial}", "version": "v3.0.0", "payload": {"type": "message", "value": value}}
    told = {
        "people": {str(person_id): {"name": name}},
        "product": product,
    }
    return dataclasses.replace(_json(body, at), details=_packed({"chats": {chat_id: told}}))


def _json(facts: Mapping[str, object], at: dt.datetime) -> RawDelivery:
    return RawDelivery(body=_packed(facts), headers={"content-type": "application/json"}, received_at=at)


def _packed(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def telegram(*, at: dt.datetime, serial: int, person_id: int, name: str, text: str) -> RawDelivery:
    """A message to the bot."""
    first, _space, last = name.partition(" ")
    person = {"id": person_id, "is_bot": False, "first_name": first, "last_name": last, "language_code": "ru"}
    message = {
        "message_id": serial,
        "from": person,
        "chat": {"id": person_id, "first_name": first, "last_name": last, "type": "private"},
        "date": int(at.timestamp()),
        "text": text,
    }
    body = json.dumps({"update_id": 10_000_000 + serial, "message": message}, ensure_ascii=False).encode()
    return RawDelivery(body=body, headers={"content-type": "application/json"}, received_at=at)


def call(
    *,
    at: dt.datetime,
    serial: int,
    phone: str,
    line: str,
    extension: str,
    wait_s: int,
    talk_s: int,
    is_out: bool,
) -> list[RawDelivery]:
    """The PBX's events of one finished call: it appeared, and its summary."""
    entry, created = f"demo{serial:08d}", int(at.timestamp())
    client, ours = {"number": phone}, {"extension": extension, "number": line}
    appeared = {
        "entry_id": entry,
        "call_id": f"{entry}:1",
        "timestamp": created,
        "seq": 1,
        "call_state": "Appeared",
        "location": "abonent",
        "from": ours if is_out else client,
        "to": client if is_out else ours,
    }
    summary = {
        "entry_id": entry,
        "call_direction": 2 if is_out else 1,
        "from": ours if is_out else client,
        "to": client if is_out else ours,
        "line_number": line,
        "create_time": created,
        "forward_time": created + 2,
        "talk_time": created + wait_s if talk_s else 0,
        "end_time": created + wait_s + talk_s,
        "entry_result": 1 if talk_s else 0,
        "disconnect_reason": 1110 if talk_s else 1121,
    }
    return [_mango(appeared, "call", at), _mango(summary, "summary", at)]


def _mango(values: Mapping[str, object], event: str, at: dt.datetime) -> RawDelivery:
    body = urlencode({"vpbx_api_key": "demo", "sign": "demo", "json": json.dumps(values)}).encode()
    return RawDelivery(
        body=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
        url=f"/events/{event}",
        received_at=at,
    )
