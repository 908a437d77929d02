"""The UIS channel: notifications by template, the answer that routes a call, calls by the Call API."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters import lenient_json
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import (
    Adapter,
    Answer,
    Caller,
    Check,
    Field,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import ROUTES, TIME_ZONE, digits_of, number_of, zone_of
from channels.adapters.mapping import as_lines, names_of, validator
from channels.adapters.payload import read_body
from channels.adapters.text import as_dict, as_int, as_list, clean_line, decode_bytes, digest, received
from channels.adapters.uis.events import NAMES, read_event
from leads.inquiry import Ignored, Item

JSON = "application/json; charset=utf-8"
MAX_BODY_BYTES = 1024 * 1024
_CALL_API, _DATA_API = "https://callapi.{domain}/v4.0", "https://dataapi.{domain}/v2.0"
_PLACEHOLDER = re.compile(r'"?\{\{\s*[\w.]*\s*\}\}"?')
_QUOTED_TWICE = re.compile(
    r'(?<=[:,\[{])(\s*)""([^"]*)""(?=\s*[,}\]])'
)  # "phone":""7999"": quotes of a value's own


class UisAdapter(Adapter):
    kind: ClassVar[str] = "uis"
    label = _("UIS, CoMagic, Novofon 2.0")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    call_needs = ("access_token", "line")
    accepts_get = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "mapping",
            _("Variables of your templates"),
            kind="lines",
            default=as_lines(NAMES),
            validate=validator(NAMES),
            help_text=_(
                "One line a field: the field of the CRM, “=”, the names your templates give it; of several the "
                "first that is filled in counts. Fields that are left out keep these names."
            ),
        ),
        Field("access_token", _("Token of the Call API"), kind="secret", help_text=_("To call from here.")),
        Field(
            "domain",
            _("Service"),
            kind="choice",
            default="uiscom.ru",
            choices=(
                ("uiscom.ru", "UIS"),
                ("comagic.ru", "CoMagic"),
                ("novofon.ru", "Novofon 2.0"),
                ("callgear.com", "CallGear"),
            ),
        ),
        Field("line", _("Our number for outgoing calls")),
        TIME_ZONE,
        ROUTES,
        allowed_ips(),
    )
    help_text = _(
        "In the account: Notifications → add a notification for each event of a call (incoming, waiting, talk started "
        "and finished, call finished, lost, recording, outgoing), HTTP POST to the address of this channel, with a "
        'JSON template such as {"call_session_id": {{call_session_id}}, …} without quotes around the variables. '
        "For interactive processing add /interactive to the address."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """Interactive processing of a call waits about two seconds for where to send it."""
        event = _interactive(delivery)
        return number_of(event.get("numa")) if event else ""

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Name the manager's phone where the channel routes; nothing lets the scenario go on as drawn."""
        extension = caller.extension if caller is not None and settings.get("is_routing") else ""
        said = {"phones": [extension]} if extension else {}
        return Answer(json.dumps(said), content_type=JSON)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one notification. Raises Unparseable."""
        if event := _interactive(delivery):
            key = f"interactive:{clean_line(event.get('call_session_id'), 60) or digest(event)}"
            return [Ignored(key, gettext("The exchange asked who calls."))]
        event = _read(delivery)
        if not event:
            return []
        names = names_of(settings.get("mapping"), NAMES)
        return read_event(event, names, zone_of(settings), received(delivery.received_at))

    # --- The vendor's API ----------------------------------------------------------------------------
    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee, found by extension, then the client. Raises SendError."""
        number = digits_of(line or str(settings.get("line") or ""))
        if not number:
            message = gettext("The number for outgoing calls is not set in the channel.")
            raise SendError(message, is_permanent=True)
        params = {
            "first_call": "employee",
            "direction": "out",
            "virtual_phone_number": number,
            "contact": digits_of(phone),
            "employee": {"id": _employee_id(extension, settings)},
            "external_id": command_id[:60],
        }
        _ask(_CALL_API, "start.employee_call", params, settings)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the account's numbers: it needs a right token and changes nothing."""
        told = Check(True, _("Address for notifications: {url}").format(url=hook_url))
        if not settings.get("access_token"):
            return [told, Check(True, _("Calls come in; to call from here the token is needed."))]
        try:
            answer = _ask(_DATA_API, "get.virtual_numbers", {"limit": 100}, settings)
        except SendError as exc:
            return [told, Check(False, str(exc))]
        count = len(as_list(answer.get("data")))
        return [told, Check(True, _("UIS accepted the token; numbers: {count}.").format(count=count))]


def _interactive(delivery: RawDelivery) -> dict[str, Any]:
    """Read the question who calls; empty where the delivery is none."""
    if b"numa" not in delivery.body and "numa" not in delivery.query:
        return {}
    try:
        event = read_body(delivery)[0]
    except Unparseable:
        return {}
    return event if "numa" in event else {}


def _read(delivery: RawDelivery) -> dict[str, Any]:
    """Read what the template made: JSON, often not quite, or fields."""
    if len(delivery.body) > MAX_BODY_BYTES:
        raise Unparseable(gettext("The request is larger than allowed."))
    text = decode_bytes(delivery.body).lstrip("\ufeff").strip()
    if text[:1] not in ("{", "["):
        return read_body(delivery)[0] if text or delivery.query else {}
    filled = _QUOTED_TWICE.sub(r'\1"\2"', _PLACEHOLDER.sub("null", text))
    try:
        value = lenient_json.loads(filled)
    except lenient_json.BrokenJson:
        raise Unparseable(gettext("The template makes JSON that can't be read.")) from None
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, dict)), {})
    return as_dict(value)


def _employee_id(extension: str, settings: Settings) -> int:
    """Find the employee by the extension; members may have the vendor's own id as theirs."""
    answer = _ask(_DATA_API, "get.employees", {"limit": 10_000, "fields": ["id", "extension"]}, settings)
    ids = []
    for employee in as_list(answer.get("data")):
        number = as_int(as_dict(employee).get("id"))
        own = as_dict(as_dict(employee).get("extension"))
        if number is not None and clean_line(own.get("extension_phone_number"), 20) == extension:
            return number
        ids.append(number)
    if (number := as_int(extension)) is not None and number in ids:
        return number
    raise SendError(
        gettext("UIS knows no employee with the extension {number}.").format(number=extension),
        is_permanent=True,
    )


def _ask(api: str, method: str, params: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Call a method of JSON-RPC 2.0; errors come with HTTP 200."""
    url = api.format(domain=settings.get("domain") or "uiscom.ru")
    token = str(settings.get("access_token") or "")
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": token, **params}}
    with web.open_client() as client:
        response = web.request(client, "POST", url, json=body, headers={"Content-Type": JSON})
    answer = web.read_json(response)
    error = as_dict(answer.get("error"))
    code = as_int(error.get("code"))
    if code == -32029 or "limit" in clean_line(as_dict(error.get("data")).get("mnemonic"), 60):
        message = gettext("UIS allows no more requests for now.")
        raise SendError(message, is_permanent=False, retry_after_s=60)
    web.check_accepted(response, "UIS", detail=clean_line(error.get("message"), 200))
    return as_dict(answer.get("result"))
