"""Own web form, and any form builder or script that posts fields to a hook address."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hmac
import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Answer, Check, Field, Forged, RawDelivery, Settings, Unparseable
from channels.adapters.cart import take_cart, with_order
from channels.adapters.field_map import FIELD_MAP, FieldMap
from channels.adapters.field_map import check as check_map
from channels.adapters.form_content import KEY_FIELDS, read_fields
from channels.adapters.form_fields import FormField, flatten
from channels.adapters.links import says_only_links
from channels.adapters.payload import read_body, read_field, read_json, split_people
from channels.adapters.site_note import PostNote
from channels.adapters.text import as_dict, as_list, clean_line, digest, received
from leads.inquiry import File, Ignored, Inquiry, Item
from leads.suspicion import LINKS, REFUSED, TRAP, words_of

KEY_HEADERS = ("idempotency-key", "x-idempotency-key", "x-form-answer-id")  # the last is of Yandex Forms
DEFAULT_HONEYPOT = "contact_me_by_fax"
TILDA_HONEYPOT = "form-spec-comments"
TRIAL = {"test": "test"}  # what Tilda and those who do as it does post when the address is added
MAX_FILES = 20


class FormAdapter(Adapter):
    kind: ClassVar[str] = "form"
    label = _("Web form")
    channel_kind = "request"
    icon = "forms"
    allows_cors = True
    fields: ClassVar[tuple[Field, ...]] = (
        FIELD_MAP,
        Field(
            "honeypot_field",
            _("Trap field"),
            default=DEFAULT_HONEYPOT,
            help_text=_("A field hidden from people. Posts that fill it are ignored as made by robots."),
        ),
        Field(
            "suspicious",
            _("What looks like spam"),
            kind="choice",
            default="lead",
            choices=(("lead", _("Becomes a non-targeted lead")), ("ignore", _("Stays in the event journal"))),
            help_text=_(
                "Sent too quickly or too often, past the form, or saying nothing but links. "
                "Nothing of it is ever lost: the journal keeps it with the reason."
            ),
        ),
        Field(
            "api_key",
            _("API key"),
            kind="secret",
            help_text=_(
                "If set, requests must carry it in the X-API-Key header or the api_key field. "
                "Leave it empty for a form on a public page."
            ),
        ),
    )
    help_text = _(
        "Post fields to the address of this channel: form-encoded, multipart or JSON. Names in Russian and "
        "English are recognised, also as Elementor, Contact Form 7, Marquiz, Albato, Roistat and Yandex Forms "
        "send them: put the address there as the webhook (in Yandex Forms: Integrations → JSON-RPC POST)."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the key, when the channel has one; otherwise the address itself is the secret."""
        key = str(settings.get("api_key") or "")
        if not key:
            return
        given = delivery.header("x-api-key") or read_field(delivery, "api_key")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), key.encode()):
            raise Forged("wrong or missing api key")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make an inquiry of each person a post speaks of; nearly always it is one. Raises Unparseable."""
        data, files = read_body(delivery)
        if data == TRIAL:
            return [Ignored(key=f"test:{digest(delivery.body)}", reason=gettext("A trial post."))]
        if refused := PostNote.read(delivery.details).refused:
            return [_refused(delivery, refused)]
        posts = self.posts(delivery, data)
        if len(posts) == 1:
            return [self._item(posts[0], files, delivery, settings)]
        items: list[tuple[int, Item]] = []
        for index, post in enumerate(posts):
            with contextlib.suppress(Unparseable):  # an empty line of a list
                items.append((index, self._item(post, [], delivery, settings)))
        if not items:
            raise Unparseable(gettext("The form has no filled fields."))
        return _with_own_keys(items)

    def posts(self, delivery: RawDelivery, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Take a post apart that hands over several at once."""
        return split_people(data)

    def _item(
        self, data: dict[str, Any], files: Iterable[File], delivery: RawDelivery, settings: Settings
    ) -> Inquiry | Ignored:
        cart = take_cart(data)
        is_quiz = _is_quiz(data)
        data = {name: value for name, value in data.items() if not self.is_secret(name, settings)}
        note = PostNote.read(delivery.details)
        fields = note.tell(FieldMap.read(settings).apply(flatten(data), data))
        if trap := self.trap_filled(fields, settings):
            key = delivery_key(delivery, fields, digest(delivery.body))
            reason = gettext("A robot filled the trap field “{name}”.").format(name=trap)
            return Ignored(key=key, reason=reason, suspicion=TRAP)
        inquiry = _noted(self.inquiry(delivery, fields, files, is_quiz=is_quiz), note)
        if inquiry.suspicion and settings.get("suspicious") == "ignore":
            reason = gettext("Looks like spam: {why}.").format(why=words_of(inquiry.suspicion))
            return Ignored(key=inquiry.key, reason=reason, suspicion=inquiry.suspicion)
        return with_order(inquiry, cart) if cart else inquiry

    def is_secret(self, name: str, settings: Settings) -> bool:
        """Whether a field carries the key of the channel, which nobody needs to see."""
        return False

    def trap_filled(self, fields: Iterable[FormField], settings: Settings) -> str:
        """Name the trap field that only a robot fills, or ""."""
        traps = {str(settings.get("honeypot_field", DEFAULT_HONEYPOT) or "").lower(), TILDA_HONEYPOT} - {""}
        return next((field.name for field in fields if field.name.lower() in traps), "")

    def inquiry(
        self, delivery: RawDelivery, fields: list[FormField], files: Iterable[File], *, is_quiz: bool
    ) -> Inquiry:
        """Build the inquiry from the fields. Raises Unparseable."""
        content = read_fields(fields, referer=delivery.header("referer"), is_quiz=is_quiz)
        if not content.shown and not files:
            raise Unparseable(gettext("The form has no filled fields."))
        when = received(delivery.received_at)
        minute = when.strftime("%Y-%m-%dT%H:%M")
        person = content.person
        guessed = digest(person.phone, person.email, content.text, content.shown, content.form_id, minute)
        return Inquiry(
            key=delivery_key(delivery, fields, guessed),
            occurred_at=when,
            person=person,
            text=content.text,
            subject=content.subject,
            marks=content.marks,
            files=tuple(files)[:MAX_FILES],
            fields=content.shown,
            product=content.product,
        )

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the key, and an idempotency key so that trying the same body twice makes one lead."""
        headers = {"idempotency-key": digest(delivery.body), **delivery.headers}
        if settings.get("api_key"):
            headers["x-api-key"] = str(settings["api_key"])
        return dataclasses.replace(delivery, headers=headers)

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Say ok in the words the page's script expects, or the caller of a remote procedure."""
        return Answer(json.dumps(_rpc_answer(delivery) or {"ok": True}), "application/json")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say whether the mapping was understood; a form has no server of its own to ask."""
        checks = [Check(True, _("Ready to receive posts at {url}").format(url=hook_url))]
        try:
            check_map(str(settings.get("field_map") or ""))
        except ValueError as wrong:
            checks.append(Check(False, str(wrong)))
        return checks


def delivery_key(delivery: RawDelivery, fields: Iterable[FormField], fallback: str) -> str:
    """Name the post: by its own id when it has one, else by the fallback."""
    for header in KEY_HEADERS:
        if value := clean_line(delivery.header(header), 200):
            return f"key:{value}"
    by_name = {field.name.lower(): field.value for field in fields}
    for name in KEY_FIELDS:
        if value := clean_line(by_name.get(name, ""), 200):
            return f"{name}:{value}"
    return f"hash:{fallback}"


def _noted(inquiry: Inquiry, note: PostNote) -> Inquiry:
    """Add what our own form knew of the post, and what its words look like."""
    suspicion = note.suspicion
    if not suspicion and says_only_links(inquiry.text, inquiry.marks.page_url):
        suspicion = LINKS
    return dataclasses.replace(
        inquiry,
        key=note.key or inquiry.key,
        subject=inquiry.subject or clean_line(note.title),
        suspicion=suspicion,
    )


def _refused(delivery: RawDelivery, number: int) -> Ignored:
    """Under a key of its own: whoever waits as told sends the same post once more, and that one counts."""
    reason = gettext("Refused: No. {number} within a minute from one address. The sender was told to wait.")
    key = f"refused:{digest(delivery.body, received(delivery.received_at).isoformat())}"
    return Ignored(key=key, reason=reason.format(number=number), suspicion=REFUSED)


def _with_own_keys(items: list[tuple[int, Item]]) -> list[Item]:
    """Number those that have one key, which is then of the whole list; ids of their own stay as they are."""
    shared = collections.Counter(item.key for _index, item in items)
    return [
        dataclasses.replace(item, key=f"{item.key}:{index}") if shared[item.key] > 1 else item
        for index, item in items
    ]


def _is_quiz(data: dict[str, Any]) -> bool:
    """Marquiz and its like: questions with answers, and the contacts beside them."""
    answers = as_list(data.get("answers"))
    return bool(as_dict(data.get("quiz"))) or any("q" in as_dict(answer) for answer in answers)


def _rpc_answer(delivery: RawDelivery) -> dict[str, Any]:
    """Answer a JSON-RPC request as its protocol wants: https://www.jsonrpc.org/specification#response_object"""
    if b'"jsonrpc"' not in delivery.body[:100_000]:
        return {}
    try:
        call = as_dict(read_json(delivery.body))
    except Unparseable:
        return {}
    if "jsonrpc" not in call or "id" not in call:
        return {}
    number = call["id"]
    return {"jsonrpc": "2.0", "result": "ok", "id": number if isinstance(number, str | int) else None}
