"""A webhook for anything that can post: signed or with a token, its fields mapped by the tenant."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import time
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Answer, Check, Field, Forged, RawDelivery, Settings
from channels.adapters.field_map import FIELD_MAP, FieldMap
from channels.adapters.form import FormAdapter
from channels.adapters.payload import read_field, split_batch
from channels.adapters.text import as_int, digest

SIGNATURE, TOKEN = "signature", "token"
SIGNATURE_HEADER, TIMESTAMP_HEADER = "x-signature", "x-timestamp"
TOKEN_HEADERS = ("x-webhook-token", "x-api-key")
DEFAULT_TOLERANCE_S = 300
_BEARER = "bearer "


def _check_tolerance(text: str) -> None:
    """Refuse what lets nothing through, or everything."""
    if not 1 <= int(text) <= 86_400:
        raise ValueError(gettext("From 1 to 86400 seconds."))


class WebhookAdapter(FormAdapter):
    kind: ClassVar[str] = "webhook"
    label = _("Webhook")
    icon = "webhook"
    allows_cors = False  # a secret has no place on a page
    accepts_get = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "mode",
            _("Protection"),
            kind="choice",
            default=SIGNATURE,
            choices=((SIGNATURE, _("Signature with a moment")), (TOKEN, _("Plain token"))),
            help_text=_("The signature can't be copied to another request; a token is simpler to send."),
        ),
        Field(
            "secret",
            _("Secret"),
            kind="secret",
            is_required=True,
            help_text=_("Make up a long word and write it here and into the program that posts."),
        ),
        Field(
            "tolerance_s",
            _("A signature is valid for, seconds"),
            kind="number",
            default=DEFAULT_TOLERANCE_S,
            validate=_check_tolerance,
        ),
        FIELD_MAP,
    )
    help_text = _(
        "For a program of your own, a connector or a service without its own channel here. Post JSON or a form to "
        "the address. Signed: the header X-Timestamp holds Unix time in seconds, X-Signature the HMAC-SHA256 of "
        "“time.body” with the secret, in hex. With a token: the header X-Webhook-Token or Authorization: Bearer, or "
        "token in the address. A post is known again by the header Idempotency-Key or its own id."
    )

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Answer who only looks whether the address lives: many services do before they save it."""
        is_look = delivery.method == "GET" and not delivery.query and not delivery.body
        return Answer('{"ok": true}', "application/json") if is_look else None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Check the signature over the raw body (the raw query of a GET) and its moment, or the token."""
        secret = str(settings.get("secret") or "")
        if not secret:
            raise Forged("no secret is set")
        if settings.get("mode", SIGNATURE) == TOKEN:
            if not _same(_given_token(delivery), secret):
                raise Forged("wrong or missing token")
            return
        stamp = delivery.header(TIMESTAMP_HEADER).strip()
        given = delivery.header(SIGNATURE_HEADER).strip().lower().removeprefix("sha256=")
        if not _same(given, _signature(stamp, delivery, secret)):
            raise Forged("wrong or missing signature")
        tolerance = as_int(settings.get("tolerance_s")) or DEFAULT_TOLERANCE_S
        sent = as_int(stamp)
        if sent is None or abs(time.time() - sent) > tolerance:
            raise Forged("the signature is too old, or the clocks differ")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the token or the signature, and a key so that trying the same body twice makes one lead."""
        secret = str(settings.get("secret") or "")
        headers = {"idempotency-key": digest(delivery.body), **delivery.headers}
        if settings.get("mode", SIGNATURE) == TOKEN:
            headers[TOKEN_HEADERS[0]] = secret
        else:
            stamp = str(int(time.time()))
            headers |= {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: _signature(stamp, delivery, secret)}
        return dataclasses.replace(delivery, headers=headers)

    def posts(self, delivery: RawDelivery, data: dict[str, Any]) -> list[dict[str, Any]]:
        """A list is a batch, also where only the mapping knows what is in it."""
        posts = split_batch(delivery, data)
        return posts if len(posts) > 1 else super().posts(delivery, data)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say how posts are checked and what of the mapping was understood."""
        is_token = settings.get("mode", SIGNATURE) == TOKEN
        how = _("Posts must carry the token.") if is_token else _("Posts must be signed.")
        checks = [*super().check(settings, hook_url), Check(True, how)]
        if meanings := sorted(set(FieldMap.read(settings).rules.values())):
            checks.append(Check(True, _("Mapped: {names}.").format(names=", ".join(meanings))))
        return checks


def _signature(stamp: str, delivery: RawDelivery, secret: str) -> str:
    content = delivery.body or delivery.query.encode("utf-8", "replace")
    message = stamp.encode("utf-8", "replace") + b"." + content
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _given_token(delivery: RawDelivery) -> str:
    bearer = delivery.header("authorization")
    if bearer.lower().startswith(_BEARER):
        return bearer[len(_BEARER) :].strip()
    header = next((value for name in TOKEN_HEADERS if (value := delivery.header(name))), "")
    return header or read_field(delivery, "token")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
