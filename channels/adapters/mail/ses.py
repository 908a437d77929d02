"""Letters that Amazon SES hands over through a topic of Amazon SNS, which posts them here.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. The certificate of a signature has to be
fetched, so posts are taken at the hook by the secret of the address, and their signature is checked before
they are read; so is a new subscription confirmed.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import RawDelivery, SendError, Settings, Unparseable
from channels.adapters.mail.posted import PostedLetter, put_together
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, digest
from leads.inquiry import Ignored

NOTICE, SUBSCRIBE, UNSUBSCRIBE = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
_OF_TOPIC = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    NOTICE: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBE: _OF_TOPIC,
    UNSUBSCRIBE: _OF_TOPIC,
}
_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?")
_GENUINE = b"genuine"  # kept with a delivery whose signature was found to be right
MAX_BYTES = 100_000  # of a certificate, of the answer to a confirmation


def look_up(delivery: RawDelivery, settings: Settings) -> bytes | None:
    """Check Amazon's signature, and confirm a new subscription. Raises SendError."""
    try:
        note = _note(delivery)
    except Unparseable:
        return None  # parsing will say so
    _check_signature(note)
    if note["Type"] == SUBSCRIBE:
        web.download_public(_own_url(note.get("SubscribeURL")), max_bytes=MAX_BYTES)
    return _GENUINE


def letters(delivery: RawDelivery) -> list[PostedLetter | Ignored]:
    """Return the letter of a notification. Raises Unparseable."""
    note = _note(delivery)
    if delivery.details != _GENUINE:
        raise Unparseable(delivery.details_error or _("Amazon's signature was not looked at."))
    key = f"sns:{clean_line(note.get('MessageId'), 100) or digest(delivery.body)}"
    if note["Type"] == SUBSCRIBE:
        return [Ignored(key=key, reason=_("Amazon's subscription of this address is confirmed."))]
    if note["Type"] == UNSUBSCRIBE:
        return [Ignored(key=key, reason=_("Amazon was told not to post to this address any more."))]
    told = _told(note)
    if told.get("notificationType") != "Received":
        return [Ignored(key=key, reason=_("A notice of Amazon that tells of no letter that came."))]
    return [PostedLetter(_content(told) or _without_content(told))]


# --- The notification --------------------------------------------------------------------------------
def _note(delivery: RawDelivery) -> dict[str, Any]:
    note = as_dict(read_json(delivery.body))
    if note.get("Type") not in _SIGNED:
        raise Unparseable(
            _("This is no notification of Amazon SNS. Raw message delivery of the subscription must be off.")
        )
    return note


def _told(note: dict[str, Any]) -> dict[str, Any]:
    """What SES says within; its trial is a plain sentence."""
    message = note.get("Message")
    try:
        return as_dict(read_json(message.encode("utf-8", "replace"))) if isinstance(message, str) else {}
    except Unparseable:
        return {}


def _content(told: dict[str, Any]) -> bytes:
    content = told.get("content")
    if not isinstance(content, str):
        return b""
    if clean_line(_action(told).get("encoding"), 20).upper() != "BASE64":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        raise Unparseable(_("The letter's base64 is broken.")) from None


def _without_content(told: dict[str, Any]) -> bytes:
    """Who wrote and about what stands in the notice; the letter itself lies in a store whose keys we don't have."""
    action = _action(told)
    place = "/".join(
        filter(None, (clean_line(action.get(name), 1000) for name in ("bucketName", "objectKey")))
    )
    text = _(
        "The letter lies in Amazon S3 ({place}) and was not fetched. Let the rule of SES use the action SNS."
    )
    return put_together(_headers(told), text=text.format(place=place or "?"))


def _action(told: dict[str, Any]) -> dict[str, Any]:
    return as_dict(as_dict(told.get("receipt")).get("action"))


def _headers(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for header in map(as_dict, as_list(as_dict(told.get("mail")).get("headers"))):
        if name := clean_line(header.get("name"), 100):
            yield name, clean_line(header.get("value"), 5000)


# --- The signature -----------------------------------------------------------------------------------
def _check_signature(note: dict[str, Any]) -> None:
    """Raise SendError: for good where Amazon didn't sign this, for now where its certificate can't be had."""
    public = _certificate(_own_url(note.get("SigningCertURL")))
    names = _SIGNED[note["Type"]]
    told = "".join(f"{name}\n{note[name]}\n" for name in names if isinstance(note.get(name), str))
    algorithm = hashes.SHA256() if note.get("SignatureVersion") == "2" else hashes.SHA1()  # noqa: S303 Amazon's first version
    try:
        signature = base64.b64decode(str(note.get("Signature") or ""))
        public.verify(signature, told.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        raise SendError(_("Amazon did not sign this."), is_permanent=True) from None


@functools.lru_cache(maxsize=20)
def _certificate(url: str) -> rsa.RSAPublicKey:
    """Fetch the key Amazon signs with; it is one for all topics of a region, and lasts for a year."""
    data = web.download_public(url, max_bytes=MAX_BYTES).data or b""
    try:
        key = x509.load_pem_x509_certificate(data).public_key()
    except ValueError:
        raise SendError(_("Amazon's certificate can't be read."), is_permanent=False) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SendError(_("Amazon's certificate can't be read."), is_permanent=False)
    return key


def _own_url(value: object) -> str:
    """Return an address that is Amazon SNS's own: the post names it, so anybody could. Raises SendError."""
    url = clean_line(value, 2000)
    try:
        parts = urlsplit(url)
        is_own = parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        is_own = False
    if not is_own:
        raise SendError(_("The notification names an address that is not Amazon's."), is_permanent=True)
    return url
