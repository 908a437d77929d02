"""The Twilio channel: verify and read requests, forward calls, answer texts, fetch recordings."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import urllib.parse
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

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
)
from channels.adapters.calls import ROUTES, first_of, number_of
from channels.adapters.text import clean_line, decode_bytes, digest, received
from channels.adapters.twilio.events import read_event
from leads.inquiry import File, Ignored, Item

API = "https://api.twilio.com/2010-04-01"
XML = "text/xml; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 1024 * 1024
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class TwilioAdapter(Adapter):
    kind: ClassVar[str] = "twilio"
    label = "Twilio"
    channel_kind = "call"
    icon = "phone"
    can_send = True
    can_call = True
    call_needs = ("account_sid", "auth_token", "number")
    can_sms = True
    accepts_get = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("account_sid", _("Account SID")),
        Field(
            "auth_token",
            _("Auth token"),
            kind="secret",
            is_required=True,
            help_text=_("Requests are signed with it."),
        ),
        Field(
            "number", _("Our number"), help_text=_("Calls and texts leave from it, with + and country code.")
        ),
        Field(
            "forward_to",
            _("Forward incoming calls to"),
            help_text=_(
                "A phone with + and country code, or a SIP address. Needed when this channel's address is the "
                "voice webhook of the number: without it calls are ended."
            ),
        ),
        ROUTES,
    )
    help_text = _(
        "In Twilio's console put the address of this channel as the webhook for incoming messages of the number and "
        "for its call status changes; to let the CRM forward calls also as the voice webhook. Behind a front server "
        "the address must be exactly as Twilio calls it."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check base64(HMAC-SHA1) over the public address and the sorted fields, as the vendor's library does."""
        token = str(settings.get("auth_token") or "")
        given = delivery.header("x-twilio-signature").encode()
        if not token or not _is_body_whole(delivery):
            raise Forged("wrong or missing signature")
        expected = [_signature(url, delivery, token) for url in _addresses(delivery.url)]
        if not any(hmac.compare_digest(given, one) for one in expected):
            raise Forged("wrong or missing signature")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Sign the fields for our address as the vendor does."""
        url = delivery.url + (f"?{delivery.query}" if delivery.query and "?" not in delivery.url else "")
        if not _is_form(delivery):
            body_hash = hashlib.sha256(delivery.body).hexdigest()
            query = f"{delivery.query}&bodySHA256={body_hash}".lstrip("&")
            url, delivery = f"{url.partition('?')[0]}?{query}", dataclasses.replace(delivery, query=query)
        token = str(settings.get("auth_token") or "")
        signature = _signature(url, dataclasses.replace(delivery, url=url), token).decode()
        return dataclasses.replace(delivery, headers={**delivery.headers, "x-twilio-signature": signature})

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        return self.answer_caller(delivery, settings, None)

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """A ringing call waits for what shall be done with it."""
        event = _fields(delivery)
        return number_of(event.get("From")) if settings.get("is_routing") and _is_question(event) else ""

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Forward the call to the client's manager or to the channel's phone, with its events coming here."""
        event = _fields(delivery)
        if not _is_question(event):
            return Answer(_EMPTY, content_type=XML)
        manager = caller.extension if caller is not None and settings.get("is_routing") else ""
        target = manager if _can_dial(manager) else clean_line(settings.get("forward_to"), 200)
        if not target:
            return Answer(_EMPTY, content_type=XML)
        here = quoteattr(delivery.url.partition("?")[0])
        events = f'statusCallback={here} statusCallbackEvent="ringing answered completed"'
        noun = "Sip" if target.startswith("sip:") else "Number"
        inner = f"<{noun} {events}>{escape(target)}</{noun}>"
        return Answer(
            f'<?xml version="1.0" encoding="UTF-8"?><Response><Dial action={here} '
            f"recordingStatusCallback={here}>{inner}</Dial></Response>",
            content_type=XML,
        )

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one request. Raises Unparseable."""
        event = _fields(delivery)
        if not event and delivery.body.strip():
            return [Ignored(f"other:{digest(delivery.body)}", gettext("There is no event of a call in it."))]
        return read_event(event, received(delivery.received_at)) if event else []

    # --- The vendor's API ----------------------------------------------------------------------------
    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Answer by text, or by WhatsApp where the client wrote so; return Twilio's id."""
        if message.files:
            raise SendError(gettext("A text carries no files."), is_permanent=True)
        return _send(message.recipient or message.thread_key, message.text, settings)

    def send_sms(self, *, phone: str, text: str, settings: Settings) -> str:
        """Send a text; return Twilio's id."""
        return _send(phone, text, settings)

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        ours = line or str(settings.get("number") or "")
        dial = f"<Response><Dial callerId={quoteattr(ours)}>{escape(phone)}</Dial></Response>"
        _ask("POST", "Calls.json", settings, data={"To": extension, "From": ours, "Twiml": dial})

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a recording by its id, or a picture of a message by its address."""
        if ref.startswith("https://"):
            headers = _auth(settings) if urllib.parse.urlsplit(ref).hostname == "api.twilio.com" else None
            with web.open_client(timeout=web.DOWNLOAD_TIMEOUT, allow_private=False) as client:
                return web.download(client, ref, headers=headers)
        if not ref.startswith("RE"):
            raise SendError(gettext("The file's address is not allowed."), is_permanent=True)
        url = f"{API}/Accounts/{_account(settings)}/Recordings/{urllib.parse.quote(ref, safe='')}.mp3"
        with web.open_client(timeout=web.DOWNLOAD_TIMEOUT) as client:
            file = web.download(client, url, headers=_auth(settings))
        return dataclasses.replace(file, name=f"{ref}.mp3")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the account: it needs right keys and changes nothing."""
        told = Check(True, _("Address for Twilio's webhooks: {url}").format(url=hook_url))
        try:
            answer = _ask("GET", "", settings)
        except SendError as exc:
            return [told, Check(False, str(exc))]
        name = clean_line(answer.get("friendly_name"), 60)
        return [told, Check(True, _("Twilio accepted the keys: {name}.").format(name=name))]


# --- Requests ----------------------------------------------------------------------------------------
def _is_form(delivery: RawDelivery) -> bool:
    return delivery.method == "GET" or delivery.header("content-type").partition(";")[0].strip() in (FORM, "")


def _pairs(delivery: RawDelivery) -> list[tuple[str, str]]:
    """Read the posted fields; what stands in the address is signed with it and isn't among them."""
    if delivery.method == "GET" or not _is_form(delivery):
        return []
    return _split(decode_bytes(delivery.body[:MAX_BODY_BYTES]).strip())


def _split(text: str) -> list[tuple[str, str]]:
    try:
        return urllib.parse.parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError:  # the vendor never sends so many
        return []


def _fields(delivery: RawDelivery) -> dict[str, str]:
    return {**dict(_split(delivery.query)), **dict(_pairs(delivery))}


def _is_question(event: dict[str, str]) -> bool:
    """Tell the request what to do with a call from the callbacks that only report."""
    is_report = any(
        event.get(name) for name in ("CallbackSource", "SequenceNumber", "CallDuration", "DialCallStatus")
    )
    is_ringing = first_of(event, "CallStatus").lower() == "ringing"
    return is_ringing and not is_report and first_of(event, "Direction").lower() == "inbound"


def _can_dial(extension: str) -> bool:
    """Say whether Twilio can ring this: it has no extensions, only phones and SIP addresses."""
    return extension.startswith(("+", "sip:"))


def _is_body_whole(delivery: RawDelivery) -> bool:
    """A body that is no form is signed by its hash in the address."""
    if _is_form(delivery):
        return True
    told = urllib.parse.parse_qs(delivery.query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(told.lower(), hashlib.sha256(delivery.body).hexdigest())


def _signature(url: str, delivery: RawDelivery, token: str) -> bytes:
    values: dict[str, set[str]] = {}
    for name, value in _pairs(delivery):
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())


def _addresses(url: str) -> list[str]:
    """Twilio signs the address with or without the usual port."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    bare = parts._replace(netloc=host).geturl()
    with_port = parts._replace(netloc=f"{host}:{parts.port or usual}").geturl()
    return list(dict.fromkeys([url, bare, with_port]))


# --- HTTP --------------------------------------------------------------------------------------------
def _account(settings: Settings) -> str:
    account = clean_line(settings.get("account_sid"), 64)
    if not account:
        raise SendError(gettext("Twilio's Account SID is not set in the channel."), is_permanent=True)
    return urllib.parse.quote(account, safe="")


def _auth(settings: Settings) -> dict[str, str]:
    pair = f"{_account(settings)}:{settings.get('auth_token') or ''}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _send(recipient: str, text: str, settings: Settings) -> str:
    ours = clean_line(settings.get("number"), 60)
    if recipient.startswith("whatsapp:"):
        ours = f"whatsapp:{ours.removeprefix('whatsapp:')}"
    answer = _ask("POST", "Messages.json", settings, data={"To": recipient, "From": ours, "Body": text})
    return clean_line(answer.get("sid"), 100)


def _ask(method: str, path: str, settings: Settings, **kwargs: Any) -> dict[str, Any]:
    url = f"{API}/Accounts/{_account(settings)}" + (f"/{path}" if path else ".json")
    with web.open_client() as client:
        response = web.request(client, method, url, headers=_auth(settings), **kwargs)
    answer = web.read_json(response)
    detail = clean_line(answer.get("message"), 200) if response.status_code >= 400 else ""
    web.check_accepted(response, "Twilio", detail=detail)
    return answer
