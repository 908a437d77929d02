"""The Mango channel: verify and read notifications, fetch recordings, start a call."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import secrets
import urllib.parse
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters import lenient_json
from channels.adapters.base import (
    Adapter,
    Answer,
    Check,
    Field,
    Forged,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import digits_of
from channels.adapters.mango.events import kind_of, read_event
from channels.adapters.text import as_int, clean_line, decode_bytes, received
from leads.inquiry import File, Item

DEFAULT_BASE_URL = "https://app.mango-office.ru/vpbx"
MAX_BODY_BYTES = 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_OK = 1000


class MangoAdapter(Adapter):
    kind: ClassVar[str] = "mango"
    label = _("Mango Office")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    can_sms = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("api_key", _("Unique code of the exchange"), kind="secret", is_required=True),
        Field("api_salt", _("Key for signatures"), kind="secret", is_required=True),
        Field(
            "sms_extension",
            _("Extension that sends texts"),
            help_text=_("Of an employee whom the exchange allows to send SMS. Empty: no texts are sent."),
        ),
        Field("base_url", _("API address"), default=DEFAULT_BASE_URL),
    )
    help_text = _(
        "In Mango's account: Integrations → API connector, connect an own system. Put the address of this "
        "channel as the address of the external system, and copy the unique code and the key for signatures "
        "here."
    )

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Answer the account's “check connection” button, which asks <address>/ping."""
        path = urllib.parse.urlsplit(delivery.url).path.rstrip("/")
        return Answer("pong") if path.endswith("/ping") else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check sha256(key + json + salt) over the json as received."""
        form = _form(delivery.body)
        key, salt = _secrets(settings)
        expected = _signature(key, form.get(b"json", b""), salt)
        is_ours = hmac.compare_digest(form.get(b"vpbx_api_key", b""), key)
        is_signed = hmac.compare_digest(form.get(b"sign", b"").lower(), expected)
        if not (key and salt and is_ours and is_signed):
            raise Forged("wrong or missing signature")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Wrap bare JSON in Mango's form, or sign a recorded form anew with our key."""
        text = _form(delivery.body).get(b"json", delivery.body.strip())
        key, salt = _secrets(settings)
        fields = {"vpbx_api_key": key, "sign": _signature(key, text, salt), "json": text}
        headers = {**delivery.headers, "content-type": _FORM}
        return dataclasses.replace(delivery, body=urllib.parse.urlencode(fields).encode(), headers=headers)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one notification. Raises Unparseable."""
        if len(delivery.body) > MAX_BODY_BYTES:
            raise Unparseable(gettext("The request is larger than allowed."))
        raw = _form(delivery.body).get(b"json", delivery.body)
        try:
            event = lenient_json.loads(decode_bytes(raw).lstrip("\ufeff"))
        except lenient_json.BrokenJson:
            raise Unparseable(gettext("Mango sent JSON that can't be read.")) from None
        if not isinstance(event, dict) or not event:
            raise Unparseable(gettext("Mango sent an empty event."))
        path = urllib.parse.urlsplit(delivery.url).path
        return [read_event(kind_of(event, path), event, received(delivery.received_at))]

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a recording; the vendor answers with a redirect to a link that works once."""
        data = _signed({"recording_id": ref, "action": "download"}, settings)
        url = f"{_base_url(settings)}/queries/recording/post"
        with web.open_client(timeout=web.DOWNLOAD_TIMEOUT) as client:
            is_https = url.startswith("https://")
            file = web.download(client, url, method="POST", data=data, needs_https=is_https)
        if file.content_type in ("application/json", "text/html"):
            raise SendError(gettext("The recording is not ready yet."), is_permanent=False, retry_after_s=60)
        return dataclasses.replace(file, name=f"{_safe_name(ref)}.mp3")

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        command: dict[str, Any] = {
            "command_id": command_id,
            "from": {"extension": extension},
            "to_number": phone,
        }
        if line:
            command["line_number"] = line
        _call_api("commands/callback", command, settings)

    def send_sms(self, *, phone: str, text: str, settings: Settings) -> str:
        """Send a text as one of the employees; the id is our own, the vendor takes it up."""
        extension = clean_line(settings.get("sms_extension"), 40)
        if not extension:
            message = gettext("The channel does not name the extension that sends texts.")
            raise SendError(message, is_permanent=True)
        number = secrets.token_hex(16)
        command = {
            "command_id": number,
            "text": text,
            "from_extension": extension,
            "to_number": digits_of(phone),
        }
        _call_api("commands/sms", command, settings)
        return number

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the list of employees: it needs a right signature and changes nothing."""
        try:
            answer = _call_api("config/users/request", {}, settings)
        except SendError as exc:
            return [Check(False, str(exc))]
        users = answer.get("users")
        count = len(users) if isinstance(users, list) else 0
        return [
            Check(True, _("Mango accepted the keys; employees: {count}.").format(count=count)),
            Check(True, _("Address of the external system for Mango's account: {url}").format(url=hook_url)),
        ]


def _call_api(path: str, command: dict[str, Any], settings: Settings) -> dict[str, Any]:
    with web.open_client() as client:
        url = f"{_base_url(settings)}/{path}"
        response = web.request(client, "POST", url, data=_signed(command, settings))
    answer = web.read_json(response)
    code = as_int(answer.get("result"))
    if response.status_code in (401, 403):
        raise SendError(gettext("Mango refused the keys: check the code and the key."), is_permanent=True)
    if response.status_code == 429 or response.status_code >= 500:
        message = gettext("Mango can't answer now: HTTP {status}.").format(status=response.status_code)
        raise SendError(message, is_permanent=False, retry_after_s=60)
    if response.status_code != 200 or code not in (None, _OK):
        detail = clean_line(answer.get("message"), 200) or str(code or response.status_code)
        raise SendError(gettext("Mango refused: {error}").format(error=detail), is_permanent=True)
    return answer


def _signed(command: dict[str, Any], settings: Settings) -> dict[str, str]:
    key, salt = _secrets(settings)
    text = json.dumps(command, ensure_ascii=False, separators=(",", ":"))
    sign = _signature(key, text.encode(), salt).decode()
    return {"vpbx_api_key": key.decode(), "sign": sign, "json": text}


def _signature(key: bytes, text: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(key + text + salt).hexdigest().encode()


def _secrets(settings: Settings) -> tuple[bytes, bytes]:
    return str(settings.get("api_key") or "").encode(), str(settings.get("api_salt") or "").encode()


def _base_url(settings: Settings) -> str:
    return str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")


def _form(body: bytes) -> dict[bytes, bytes]:
    """Split the form keeping bytes: the signature is over them. The first of repeated fields counts."""
    fields: dict[bytes, bytes] = {}
    for chunk in body[:MAX_BODY_BYTES].strip().split(b"&")[:20]:
        name, equals, value = chunk.partition(b"=")
        if equals and name in (b"vpbx_api_key", b"sign", b"json"):
            fields.setdefault(name, urllib.parse.unquote_to_bytes(value.replace(b"+", b" ")))
    return fields


def _safe_name(ref: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in ref)[:80] or "recording"
