"""Exchanges of the ITooLabs type: MegaFon, Rostelecom, T2, Gravitel, Dom.ru and others, one API for CRMs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.base import (
    Adapter,
    Answer,
    Caller,
    Check,
    Field,
    Forged,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import (
    Direction,
    Result,
    State,
    digits_of,
    first_of,
    heard,
    is_extension,
    local_moment,
    number_of,
    seconds,
)
from channels.adapters.payload import read_body
from channels.adapters.text import as_dict, clean_line, digest, received
from leads.inquiry import CallUpdate, Ignored, Item

JSON = "application/json; charset=utf-8"
_STATES: dict[str, State] = {
    "incoming": "ringing",
    "outgoing": "ringing",
    "accepted": "answered",
    "transferred": "answered",
    "completed": "finished",
    "cancelled": "",  # one phone of a group, or the client's patience: only the history knows a missed call
}
_ORDER = {name: place for place, name in enumerate(_STATES)}
_OF_HISTORY = 100  # weighs more than every event
_RESULTS: dict[str, Result] = {
    "success": "answered",
    "missed": "missed",
    "cancel": "missed",
    "noanswer": "missed",
    "busy": "busy",
    "notavailable": "failed",
    "notallowed": "failed",
    "notfound": "failed",
}


class VatsAdapter(Adapter):
    kind: ClassVar[str] = "vats"
    label = _("MegaFon, Rostelecom, T2, Gravitel and other hosted exchanges")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    call_needs = ("api_url", "api_key")
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "crm_token",
            _("Key for authorisation in your CRM"),
            kind="secret",
            is_required=True,
            help_text=_("Comes with every event, so that others can't send any."),
        ),
        Field(
            "api_url",
            _("API address of the exchange"),
            help_text=_(
                "To call from here: https://….megapbx.ru/crmapi/v1, or the older address that ends in crm_api.wcgp."
            ),
        ),
        Field("api_key", _("Key of the exchange's API"), kind="secret"),
    )
    help_text = _(
        "In the account of the exchange: Settings → Integration with a CRM → REST API. Put the address of this "
        "channel as the CRM's address, copy the key for authorisation in your CRM here. Calls of known clients "
        "show their name, and may go to their manager, if the exchange is set so."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the token in the body."""
        token = str(settings.get("crm_token") or "").encode()
        given = str(_fields(delivery).get("crm_token") or "").encode("utf-8", "replace")
        if not token or not hmac.compare_digest(given, token):
            raise Forged("wrong or missing crm_token")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Put our token into the body, a form or JSON."""
        token, body = str(settings.get("crm_token") or ""), delivery.body
        if body.lstrip()[:1] in (b"{", b"[") and (fields := _fields(delivery)):
            signed = json.dumps({**fields, "crm_token": token}).encode()
        else:
            kept = [c for c in body.strip().split(b"&") if c and not c.startswith(b"crm_token=")]
            signed = b"&".join([*kept, b"crm_token=" + urllib.parse.quote(token).encode()])
        return dataclasses.replace(delivery, body=signed)

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """cmd=contact waits for the name and whose client it is."""
        event = _fields(delivery)
        return number_of(event.get("phone")) if event.get("cmd") == "contact" else ""

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        return Answer("{}", content_type=JSON)

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Say name and manager; an empty object where nobody is known."""
        said: dict[str, str] = {}
        if caller is not None:
            pairs = {"contact_name": caller.name, "responsible": caller.extension}
            said = {name: value for name, value in pairs.items() if value}
        return Answer(json.dumps(said, ensure_ascii=False), content_type=JSON)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one command. Raises Unparseable."""
        event = {name: value for name, value in _fields(delivery).items() if name != "crm_token"}
        if not event:
            return []
        return [_read(event, received(delivery.received_at))]

    # --- The vendor's API ----------------------------------------------------------------------------
    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        _call_api("makecall", {"user": extension, "phone": digits_of(phone)}, settings)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the employees: it needs a right key and changes nothing."""
        told = Check(True, _("Address of the CRM for the exchange: {url}").format(url=hook_url))
        if not settings.get("api_url"):
            return [told, Check(True, _("Calls come in; to call from here the API address is needed."))]
        try:
            _call_api("users", {}, settings)
        except SendError as exc:
            return [told, Check(False, str(exc))]
        return [told, Check(True, _("The exchange accepted the key."))]


def _fields(delivery: RawDelivery) -> dict[str, Any]:
    try:
        return read_body(delivery)[0]
    except Unparseable:
        return {}


def _read(event: Mapping[str, Any], received_at: dt.datetime) -> Item:
    command = clean_line(event.get("cmd"), 20).lower()
    call_id = first_of(event, "callid")
    if command == "contact":
        key = f"contact:{call_id or digest(sorted(event.items(), key=str))}"
        return Ignored(key, gettext("The exchange asked who calls."))
    if command == "rating":
        return Ignored(
            f"rating:{call_id}:{first_of(event, 'user')}", gettext("The client's mark for the talk.")
        )
    if not command and not call_id and not event.get("phone"):
        return Ignored(
            f"other:{digest(sorted(event.items(), key=str))}", gettext("There is no event of a call in it.")
        )
    if command not in ("event", "history"):
        raise Unparseable(
            gettext("The exchange sent a command of an unknown kind: {name}.").format(name=command or "—")
        )
    if not call_id:
        raise Unparseable(gettext("The exchange's event names no call."))
    return (
        _history(event, call_id, received_at) if command == "history" else _event(event, call_id, received_at)
    )


def _event(event: Mapping[str, Any], call_id: str, received_at: dt.datetime) -> CallUpdate:
    """What happens at one employee's phone; a call to a group has many, under one callid."""
    name = clean_line(event.get("type"), 20).lower()
    if name not in _STATES:
        raise Unparseable(
            gettext("The exchange sent an event of an unknown kind: {name}.").format(name=name or "—")
        )
    user, extension = first_of(event, "user"), first_of(event, "ext", limit=64)
    direction = _direction(event, "out" if name == "outgoing" else "in" if name == "incoming" else "")
    return CallUpdate(
        key=f"event:{call_id}:{name}:{user}",
        occurred_at=received_at,
        call_id=call_id,
        direction=direction,
        phone=_client(event),
        line=_line(event, direction),
        extension="" if name == "cancelled" else extension or user,
        sequence=_ORDER[name],
        state=_STATES[name],
        result="answered" if name == "completed" else "",
        started_at=received_at if name in ("incoming", "outgoing") else None,
        answered_at=received_at if name == "accepted" else None,
        ended_at=received_at if name == "completed" else None,
    )


def _history(event: Mapping[str, Any], call_id: str, received_at: dt.datetime) -> CallUpdate:
    """The whole call after its end: the only event that knows the result, in UTC."""
    direction = _direction(event, "")
    started = local_moment(event.get("start"), dt.UTC)
    length, waited = seconds(event.get("duration")), seconds(event.get("wait"))
    status = clean_line(event.get("status"), 20).lower().replace(" ", "").replace("_", "")
    result: Result = _RESULTS.get(status, "answered" if length and not status else "missed")
    total = (length or 0) + (waited or 0)
    link = first_of(event, "link", "record", limit=2000)
    ended = started + dt.timedelta(seconds=total) if started is not None else None
    return CallUpdate(
        key=f"history:{call_id}",
        occurred_at=heard(received_at, started),
        call_id=call_id,
        direction=direction,
        phone=_client(event),
        line=_line(event, direction),
        extension=first_of(event, "ext", "user", limit=64),
        sequence=_OF_HISTORY,
        state="finished",
        result=result,
        started_at=started,
        ended_at=ended,
        duration_s=total if length is not None else None,
        talk_s=(length or 0) if result == "answered" else 0,
        recording_url=link if link.startswith("https://") else "",
    )


def _direction(event: Mapping[str, Any], implied: Direction) -> Direction:
    told = clean_line(event.get("direction"), 10).lower() or clean_line(event.get("type"), 10).lower()
    direction: Direction = "in" if told in ("in", "missed") else "out" if told == "out" else implied
    return "internal" if is_extension(number_of(event.get("phone"))) else direction


def _client(event: Mapping[str, Any]) -> str:
    phone = number_of(event.get("phone"))
    return "" if is_extension(phone) else phone


def _line(event: Mapping[str, Any], direction: Direction) -> str:
    """`diversion` is the number that was called, `telnum` the employee's own."""
    return number_of(event.get("diversion")) or (number_of(event.get("telnum")) if direction == "out" else "")


def _call_api(command: str, fields: dict[str, str], settings: Settings) -> dict[str, Any]:
    """Ask the exchange, by its present API or by the older one that has a single address."""
    url, key = str(settings.get("api_url") or "").rstrip("/"), str(settings.get("api_key") or "")
    if not url:
        raise SendError(gettext("The API address of the exchange is not set."), is_permanent=True)
    with web.open_client() as client:
        if url.endswith("crm_api.wcgp"):
            old = {"makecall": "makeCall", "users": "accounts"}[command]
            response = web.request(client, "POST", url, data={"cmd": old, "token": key, **fields})
        elif fields:
            response = web.request(
                client, "POST", f"{url}/{command}", json=fields, headers={"X-API-KEY": key}
            )
        else:
            response = web.request(client, "GET", f"{url}/{command}", headers={"X-API-KEY": key})
    answer = as_dict(web.read_json(response))
    detail = (
        clean_line(answer.get("error") or answer.get("message"), 200) if response.status_code >= 400 else ""
    )
    web.check_accepted(response, gettext("The exchange"), detail=detail)
    return answer
