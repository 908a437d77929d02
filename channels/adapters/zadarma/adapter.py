"""The Zadarma channel: verify and read notifications, fetch recordings, start calls, send texts."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
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
    OutgoingMessage,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import ROUTES, TIME_ZONE, digits_of, is_extension, number_of, zone_of
from channels.adapters.payload import read_body
from channels.adapters.text import clean_line, received
from channels.adapters.zadarma.events import SIGNED, WITH_RESULT, read_event
from leads.inquiry import File, Item

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"
RETURN_TIMEOUT_S = 20  # then the call goes on by the exchange's own scenario


class ZadarmaAdapter(Adapter):
    kind: ClassVar[str] = "zadarma"
    label = _("Zadarma, Novofon")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    call_needs = ("api_key", "api_secret")
    can_sms = True
    can_send = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("api_key", _("API key"), kind="secret"),
        Field(
            "api_secret",
            _("API secret"),
            kind="secret",
            is_required=True,
            help_text=_("Notifications are signed with it."),
        ),
        Field(
            "base_url",
            _("Service"),
            kind="choice",
            default="https://api.zadarma.com",
            choices=(
                ("https://api.zadarma.com", "Zadarma"),
                ("https://api.novofon.com", _("Novofon, the first version")),
            ),
        ),
        TIME_ZONE,
        ROUTES,
    )
    help_text = _(
        "In the account: Settings → Integrations and API → Notifications, put the address of this channel as the "
        "notification link and tick the events of calls and NOTIFY_RECORD. Keys are on the page of the API."
    )

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Echo zd_echo, by which the account checks the address; nothing else may be in the answer."""
        echo = urllib.parse.parse_qs(delivery.query, max_num_fields=50).get("zd_echo")
        return Answer(clean_line(echo[0], 200)) if echo and delivery.method == "GET" else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check base64(hex(HMAC-SHA1)) over some of the fields as received: PHP's hash_hmac gives hex."""
        secret, event = str(settings.get("api_secret") or ""), _fields(delivery)
        given = delivery.header("signature").encode()
        known = SIGNED.get(event.get("event", ""))
        candidates = {known} if known else {WITH_RESULT, *SIGNED.values()}
        signatures = [_signature(_signed_text(event, names), secret) for names in candidates]
        if not secret or not any(hmac.compare_digest(given, signature) for signature in signatures):
            raise Forged("wrong or missing signature")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Sign the fields as the vendor does."""
        event = _fields(delivery)
        text = _signed_text(event, SIGNED.get(event.get("event", ""), WITH_RESULT))
        signature = _signature(text, str(settings.get("api_secret") or "")).decode()
        return dataclasses.replace(delivery, headers={**delivery.headers, "signature": signature})

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """The exchange waits at the start of a call for a name to show and where to send it."""
        event = _fields(delivery)
        is_start = event.get("event") in ("NOTIFY_START", "NOTIFY_IVR")
        phone = number_of(event.get("caller_id"))
        return phone if is_start and not is_extension(phone) else ""

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Name the caller, and the manager's extension where the channel routes."""
        said: dict[str, Any] = {}
        if caller is not None and caller.name:
            said["caller_name"] = caller.name
        if caller is not None and caller.extension and settings.get("is_routing"):
            said |= {"redirect": caller.extension, "return_timeout": RETURN_TIMEOUT_S}
        return Answer(json.dumps(said, ensure_ascii=False), content_type=JSON)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one notification. Raises Unparseable."""
        return read_event(_fields(delivery), zone_of(settings), received(delivery.received_at))

    # --- The vendor's API ----------------------------------------------------------------------------
    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Ask for a link to the recording, and download it; it is ready a while after the call."""
        answer = _call_api("GET", "/v1/pbx/record/request/", {"call_id": ref}, settings)
        links = [answer.get("link"), *(answer.get("links") or [])]
        link = next((one for one in links if isinstance(one, str) and one), "")
        if not link:
            raise SendError(gettext("The recording is not ready yet."), is_permanent=False, retry_after_s=60)
        return dataclasses.replace(web.download_public(link), name=f"{digits_of(ref) or 'recording'}.mp3")

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        command = {"from": extension, "to": digits_of(phone)}
        _call_api("GET", "/v1/request/callback/", command, settings)

    def send_sms(self, *, phone: str, text: str, settings: Settings) -> str:
        """Send a text; the vendor gives it no id."""
        _call_api("POST", "/v1/sms/send/", {"number": digits_of(phone), "message": text}, settings)
        return ""

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Answer a text with a text."""
        if message.files:
            raise SendError(gettext("A text carries no files."), is_permanent=True)
        return self.send_sms(
            phone=message.recipient or message.thread_key, text=message.text, settings=settings
        )

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the balance: it needs right keys and changes nothing."""
        if not settings.get("api_key"):
            text = _("Without the API key calls come in, but recordings stay with Zadarma.")
            return [Check(True, text)]
        try:
            answer = _call_api("GET", "/v1/info/balance/", {}, settings)
        except SendError as exc:
            return [Check(False, str(exc))]
        balance = f"{clean_line(answer.get('balance'), 20)} {clean_line(answer.get('currency'), 5)}".strip()
        return [
            Check(True, _("Zadarma accepted the keys; balance: {balance}.").format(balance=balance)),
            Check(True, _("Address for notifications: {url}").format(url=hook_url)),
        ]


def _fields(delivery: RawDelivery) -> dict[str, str]:
    """Read the form with values as received: a number without its plus has none in the signature either."""
    try:
        data, _files = read_body(delivery)
    except Unparseable:
        return {}
    return {name: _plain(value) for name, value in data.items()}


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value or "")


def _signed_text(event: Mapping[str, str], names: tuple[str, ...]) -> str:
    return "".join(event.get(name, "") for name in names)


def _signature(text: str, secret: str) -> bytes:
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).hexdigest()
    return base64.b64encode(digest.encode())


def _call_api(method: str, path: str, command: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Ask the vendor; a request is signed over path, sorted parameters and their MD5."""
    query = urllib.parse.urlencode(sorted({**command, "format": "json"}.items()))
    md5 = hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    secret = str(settings.get("api_secret") or "")
    sign = _signature(f"{path}{query}{md5}", secret).decode()
    headers = {"Authorization": f"{settings.get('api_key') or ''}:{sign}"}
    url = f"{str(settings.get('base_url') or 'https://api.zadarma.com').rstrip('/')}{path}"
    with web.open_client() as client:
        if method == "GET":
            response = web.request(client, "GET", f"{url}?{query}", headers=headers)
        else:
            headers["Content-Type"] = FORM
            response = web.request(client, "POST", url, content=query, headers=headers)
    answer = web.read_json(response)
    detail = clean_line(answer.get("message"), 200) if answer.get("status") == "error" else ""
    web.check_accepted(response, "Zadarma", detail=detail)
    return answer
