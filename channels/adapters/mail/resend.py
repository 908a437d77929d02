"""Letters that Resend tells of: the post names one, the letter is asked for with the API key.

https://resend.com/docs/webhooks/emails/received, https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import Forged, RawDelivery, SendError, Settings, Unparseable
from channels.adapters.mail.posted import PostedLetter, put_together
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_int, as_list, clean_line, digest
from leads.inquiry import File, Ignored

API = "https://api.resend.com/emails/receiving"
RECEIVED = "email.received"
TOLERANCE_S = 300
MAX_FILES = 100
_PREFIX = "whsec_"


def verify(delivery: RawDelivery, key: str) -> None:
    """Check one of the signatures over id, moment and body; there are two while the secret is changed. Raises Forged."""
    number, stamp = delivery.header("svix-id"), delivery.header("svix-timestamp")
    try:
        secret = base64.b64decode(key.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Forged("the key is none of Resend's") from None
    told = f"{number}.{stamp}.".encode("utf-8", "replace") + delivery.body
    expected = base64.b64encode(hmac.new(secret, told, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in delivery.header("svix-signature").split()]
    if not secret or not any(hmac.compare_digest(one.encode(), expected.encode()) for one in given):
        raise Forged("wrong or missing signature")
    sent = as_int(stamp)
    if sent is None or abs(time.time() - sent) > TOLERANCE_S:
        raise Forged("the signature is too old, or the clocks differ")


def look_up(delivery: RawDelivery, settings: Settings) -> bytes | None:
    """Fetch the letter a post names: as it was sent, else put together of what the API tells. Raises SendError."""
    number = _number(_told(delivery))
    if not number:
        return None
    told = _ask(f"{API}/{quote(number, safe='')}", settings)
    if url := clean_line(as_dict(told.get("raw")).get("download_url"), 4000):
        return web.download_public(url).data
    try:
        return _of_parts(told)
    except Unparseable as exc:
        raise SendError(str(exc), is_permanent=True) from None


def letters(delivery: RawDelivery) -> list[PostedLetter | Ignored]:
    """Return the letter a post names, as it was looked up. Raises Unparseable."""
    told = _told(delivery)
    if not _number(told):
        reason = _("It tells of no letter that came: {name}.").format(name=clean_line(told.get("type"), 60))
        return [Ignored(key=f"event:{digest(delivery.body)}", reason=reason)]
    if delivery.details is None:
        raise Unparseable(delivery.details_error or _("Resend was not asked for the letter."))
    return [PostedLetter(delivery.details, tuple(_files(told)))]


def fetch(ref: str, settings: Settings) -> File:
    """Download a file of a letter that was put together: the API gives an address for a while. Raises SendError."""
    letter, _slash, number = ref.partition("/")
    told = _ask(f"{API}/{quote(letter, safe='')}/attachments/{quote(number, safe='')}", settings)
    return web.download_public(clean_line(told.get("download_url"), 4000))


def _told(delivery: RawDelivery) -> dict[str, Any]:
    return as_dict(read_json(delivery.body))


def _number(told: dict[str, Any]) -> str:
    return clean_line(as_dict(told.get("data")).get("email_id"), 100) if told.get("type") == RECEIVED else ""


def _ask(url: str, settings: Settings) -> dict[str, Any]:
    key = str(settings.get("service_api_key") or "")
    with web.open_client(allow_private=False) as client:
        response = web.request(client, "GET", url, headers={"Authorization": f"Bearer {key}"})
    web.check_accepted(response, "Resend")
    return web.read_json(response)


def _of_parts(told: dict[str, Any]) -> bytes:
    named = (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to"), ("Subject", "subject"))
    headers = {name: _joined(told.get(field)) for name, field in (*named, ("Message-ID", "message_id"))}
    headers = {name: value for name, value in headers.items() if value}
    known = {name.lower() for name in headers}
    for name, value in as_dict(told.get("headers")).items():
        if name.lower() not in known and (line := _joined(value)):
            headers[name] = line
    text, html = (value if isinstance(value, str) else "" for value in (told.get("text"), told.get("html")))
    return put_together(headers.items(), text=text, html=html)


def _joined(value: object) -> str:
    return ", ".join(clean_line(one, 5000) for one in (as_list(value) or [value]) if one is not None)


def _files(told: dict[str, Any]) -> Iterator[File]:
    """The files as the post lists them; where the letter came whole they stand in it already."""
    data = as_dict(told.get("data"))
    for one in map(as_dict, as_list(data.get("attachments"))[:MAX_FILES]):
        if number := clean_line(one.get("id"), 100):
            yield File(
                name=clean_line(one.get("filename"), 200),
                content_type=clean_line(one.get("content_type"), 150) or "application/octet-stream",
                ref=f"{_number(told)}/{number}",
                content_id=clean_line(one.get("content_id"), 200).strip("<>"),
            )
