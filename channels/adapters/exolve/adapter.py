"""The Exolve channel: read callbacks, route calls, send texts, start calls, fetch recordings."""

from __future__ import annotations

import dataclasses
import json
import urllib.parse
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters import safe_xml
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import (
    Adapter,
    Answer,
    Caller,
    Check,
    Field,
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import ROUTES, TIME_ZONE, digits_of, number_of, zone_of
from channels.adapters.exolve.events import is_question, read_cards, read_event
from channels.adapters.payload import read_body
from channels.adapters.text import as_dict, as_int, clean_line, received
from leads.inquiry import File, Item

API = "https://api.exolve.ru"
MOBILON = "https://connect.mobilon.ru"
JSON = "application/json; charset=utf-8"
RING_S = 25


class ExolveAdapter(Adapter):
    kind: ClassVar[str] = "exolve"
    label = _("MTS Exolve, Mobilon")
    channel_kind = "call"
    icon = "phone"
    can_send = True
    can_call = True
    call_needs = ("api_key", "number", "callback_resource_id")
    can_sms = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("api_key", _("API key"), kind="secret", help_text=_("Of the application in Exolve's account.")),
        Field(
            "number",
            _("Our number"),
            help_text=_("Texts and calls leave from it: 79…, or the name that is agreed."),
        ),
        Field(
            "callback_resource_id",
            _("Callback resource"),
            kind="number",
            help_text=_("Its number in Exolve's account; needed to call from here."),
        ),
        Field(
            "forward_to",
            _("Send calls without a manager to"),
            help_text=_("A phone as 79…, when Exolve asks us."),
        ),
        Field(
            "mobilon_token",
            _("Token of Mobilon's account"),
            kind="secret",
            help_text=_("For its recordings."),
        ),
        TIME_ZONE,
        ROUTES,
        allowed_ips(),
    )
    help_text = _(
        "In Exolve's account put the address of this channel as the address for incoming texts, for call events, and, "
        "if the CRM shall route calls, for forwarding by a request. Fields of call events are unverified."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """A call waits for where it shall go."""
        event = _fields(delivery)
        return number_of(as_dict(event.get("params")).get("numberA")) if is_question(event) else ""

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        if is_question(_fields(delivery)):  # one that hides its number has to go somewhere too
            return self.answer_caller(delivery, settings, None)
        return Answer('{"result":"ok"}', content_type=JSON)

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Name the manager's phone, else the channel's; an empty list leaves the call to Exolve's reserve."""
        event = _fields(delivery)
        manager = digits_of(caller.extension) if caller is not None and settings.get("is_routing") else ""
        targets = [manager, digits_of(str(settings.get("forward_to") or ""))]
        steps = [
            {"I_FOLLOW_ORDER": place, "ACTIVE": "Y", "NAME": number, "REDIRECT_NUMBER": number, "PERIOD": "always",
             "PERIOD_DESCRIPTION": "Always", "TIMEOUT": RING_S}
            for place, number in enumerate(dict.fromkeys(n for n in targets if len(n) > 9), start=1)
        ]  # fmt: skip
        result = {"redirect_type": 1, "followme_struct": [len(steps) or 1, steps]}
        return Answer(
            json.dumps({"jsonrpc": "2.0", "id": event.get("id"), "result": result}), content_type=JSON
        )

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one callback, or a document of Mobilon's. Raises Unparseable."""
        body, now = delivery.body.strip(), received(delivery.received_at)
        if not body:
            return []
        if body[:1] == b"<":
            try:
                return read_cards(safe_xml.parse(body), zone_of(settings), now)
            except safe_xml.BrokenXml:
                raise Unparseable(gettext("The XML can't be read.")) from None
        return read_event(read_body(delivery)[0], zone_of(settings), now)

    # --- The vendor's API ----------------------------------------------------------------------------
    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Answer a text with a text."""
        if message.files:
            raise SendError(gettext("A text carries no files."), is_permanent=True)
        return self.send_sms(
            phone=message.recipient or message.thread_key, text=message.text, settings=settings
        )

    def send_sms(self, *, phone: str, text: str, settings: Settings) -> str:
        """Send a text; return Exolve's id of it."""
        command = {"number": str(settings.get("number") or ""), "destination": digits_of(phone), "text": text}
        return clean_line(_ask("messaging/v1/SendSMS", command, settings).get("message_id"), 100)

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        ours, resource = (
            digits_of(line or str(settings.get("number") or "")),
            as_int(settings.get("callback_resource_id")),
        )
        if not ours or resource is None:
            message = gettext("The number or the callback resource is not set in the channel.")
            raise SendError(message, is_permanent=True)
        legs = {
            f"line_{place}": {
                "destinations": [{"number": digits_of(number), "timeout": RING_S}],
                "display_number": ours,
            }
            for place, number in enumerate((extension, phone), start=1)
        }
        command = {
            "number_code": int(ours),
            "callback_resource_id": resource,
            "request_description": command_id,
            **legs,
        }
        _ask("call/v1/MakeCallback", command, settings)

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a recording: Exolve's by its path, with our key for no other host; Mobilon's by the call."""
        headers: dict[str, str] = {}
        if ref.startswith("mobilon:"):
            query = {
                "token": str(settings.get("mobilon_token") or ""),
                "callid": ref.removeprefix("mobilon:"),
            }
            url = f"{MOBILON}/api/call/record?{urllib.parse.urlencode(query)}"
        else:
            url = urllib.parse.urljoin(f"{API}/", ref)
            if urllib.parse.urlsplit(url).netloc == urllib.parse.urlsplit(API).netloc:
                headers = _headers(settings)
        with web.open_client(timeout=web.DOWNLOAD_TIMEOUT, allow_private=False) as client:
            file = web.download(client, url, headers=headers)
        if file.content_type in ("application/json", "text/html"):
            raise SendError(gettext("The recording is not ready yet."), is_permanent=False, retry_after_s=60)
        return dataclasses.replace(file, name=f"{digits_of(ref)[-40:] or 'recording'}.mp3")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the account's numbers: it needs a right key and changes nothing."""
        told = Check(True, _("Address for Exolve's callbacks: {url}").format(url=hook_url))
        if not settings.get("api_key"):
            return [told, Check(True, _("Texts and calls come in; to send from here the key is needed."))]
        try:
            _ask("number/customer/v1/GetList", {}, settings)
        except SendError as exc:
            return [told, Check(False, str(exc))]
        return [told, Check(True, _("Exolve accepted the key."))]


def _fields(delivery: RawDelivery) -> dict[str, Any]:
    try:
        return read_body(delivery)[0]
    except Unparseable:
        return {}


def _headers(settings: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.get('api_key') or ''}"}


def _ask(path: str, command: dict[str, Any], settings: Settings) -> dict[str, Any]:
    with web.open_client() as client:
        response = web.request(client, "POST", f"{API}/{path}", json=command, headers=_headers(settings))
    answer = web.read_json(response)
    error = answer.get("error")
    told = as_dict(error).get("message") or (error if isinstance(error, str) else "")
    web.check_accepted(response, "Exolve", detail=clean_line(told, 200))
    return answer
