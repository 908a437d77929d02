"""Deliveries as the providers of the demo's channels would make them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlencode

from channels.adapters.base import RawDelivery


def mail(
    *, at: dt.datetime, serial: int, name: str, address: str, to: str, subject: str, text: str
) -> RawDelivery:
    """A plain mail."""
    message = EmailMessage()
    message["From"] = f"{name} <{address}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<demo-{serial}@{address.split('@')[1]}>"
    message.set_content(text)
    return RawDelivery(body=message.as_bytes(), received_at=at)


def form(*, at: dt.datetime, serial: int, fields: dict[str, str]) -> RawDelivery:
    """A website form, with the marks of the advert that brought the visitor."""
    body = json.dumps(fields | {"idempotency_key": f"demo-{serial}"}, ensure_ascii=False).encode()
    return RawDelivery(body=body, headers={"content-type": "application/json"}, received_at=at)


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
