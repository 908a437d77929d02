"""The chat on the company's own site: what its widget sends, and answers that the widget comes to fetch."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import (
    Adapter,
    Answer,
    Check,
    Field,
    Forged,
    OutgoingMessage,
    RawDelivery,
    Settings,
    Unparseable,
)
from channels.adapters.chat import session
from channels.adapters.chat.fields import CHAT_FIELDS
from channels.adapters.chat.scenario import Step, read_scenario
from channels.adapters.chat.standing import check_standing
from channels.adapters.chat.visit import marks_of, product_of, visit_fields
from channels.adapters.form_roles import find_email
from channels.adapters.payload import read_body, read_json
from channels.adapters.text import as_dict, as_int, clean_line, clean_text, digest, received
from channels.adapters.ways import spoken_ways
from leads.inquiry import File, Ignored, Inquiry, Item, Person

VISITOR_HEADER, SEAL_HEADER = "x-chat-visitor", "x-chat-seal"
HONEYPOT = "website"  # hidden from people
MAX_TEXT = 4000
MAX_FILES = 5
SORTS = ("message", "contact", "offline")


class ChatAdapter(Adapter):
    kind: ClassVar[str] = "chat"
    label = _("Website chat")
    channel_kind = "chat"
    icon = "message-circle"
    can_send = True
    is_repeatable: ClassVar[bool] = True
    fields: ClassVar[tuple[Field, ...]] = CHAT_FIELDS
    help_text = _(
        "A chat button on your own site. Save, then put the line of code below at the end of its pages. What "
        "visitors write comes as inquiries, and your answers appear in the chat at once."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Take only what our own page has counted and sealed; it knows the visitor by the session."""
        visitor, given = delivery.header(VISITOR_HEADER), delivery.header(SEAL_HEADER)
        if not session.is_sealed(visitor, delivery.body, str(settings.get("secret") or ""), given):
            raise Forged("not sealed")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Seal a delivery of the visitor its header names; a recorded one is of a visitor of its own."""
        visitor = delivery.header(VISITOR_HEADER) or digest(delivery.body)[:32]
        seal = session.seal(visitor, delivery.body, str(settings.get("secret") or ""))
        return dataclasses.replace(
            delivery, headers={**delivery.headers, VISITOR_HEADER: visitor, SEAL_HEADER: seal}
        )

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Say that it is written down."""
        return Answer('{"ok": true}', "application/json")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one post of the widget: a message, a contact left behind, the form of those who find nobody."""
        body, files = read_post(delivery)
        visitor = clean_line(delivery.header(VISITOR_HEADER), 60)
        if not session.is_visitor(visitor):
            raise Unparseable(gettext("It does not say which visitor it is from."))
        sort = clean_line(body.get("type"), 20) or "message"
        if sort not in SORTS:
            raise Unparseable(gettext("This is no post of the chat: {name}.").format(name=sort))
        key = f"{sort}:{visitor}:{clean_line(body.get('id'), 80) or digest(delivery.body)}"
        if clean_line(body.get(HONEYPOT)):
            return [
                Ignored(
                    key=key, reason=gettext("A robot filled the trap field “{name}”.").format(name=HONEYPOT)
                )
            ]
        post = _Post(body, files, visitor, key, sort, read_scenario(str(settings.get("scenario") or "")))
        if post.is_empty:
            return [Ignored(key=key, reason=gettext("There is nothing in it for us."))]
        return [post.inquiry(delivery)]

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Leave it where it is: the visitor's browser hears of it and fetches it from us."""
        return message.message_id

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Fetch our own script as a site would, and look on the company's pages for the code."""
        return check_standing(settings, hook_url)


def read_post(delivery: RawDelivery) -> tuple[dict[str, Any], list[File]]:
    """Read JSON, or a multipart body whose part `payload` is that JSON. Raises Unparseable."""
    if not delivery.header("content-type").lower().startswith("multipart/"):
        return as_dict(read_json(delivery.body)), []
    data, files = read_body(delivery)
    payload = data.get("payload")
    if not isinstance(payload, str):
        raise Unparseable(gettext("The post has no “payload”."))
    return as_dict(read_json(payload.encode("utf-8", "surrogatepass"))), files[:MAX_FILES]


@dataclasses.dataclass(frozen=True, slots=True)
class _Post:
    """One post, taken apart."""

    body: dict[str, Any]
    files: list[File]
    visitor: str
    key: str
    sort: str
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        return clean_text(self.body.get("text"), MAX_TEXT).strip()

    @property
    def contact(self) -> dict[str, Any]:
        return as_dict(self.body.get("contact"))

    @property
    def step(self) -> Step | None:
        """The question of the bot it answers, if it does."""
        number = as_int(self.body.get("step"))
        asked = self.steps[number] if number is not None and 0 <= number < len(self.steps) else None
        return asked if asked is not None and asked.accepts(self.text) else None

    @property
    def is_empty(self) -> bool:
        told = (clean_line(self.contact.get(name)) for name in ("phone", "email"))
        return not self.text and not self.files and not any(told)

    def inquiry(self, delivery: RawDelivery) -> Inquiry:
        """Make the inquiry."""
        person = self._person()
        step = as_int(self.body.get("step"))
        return Inquiry(
            key=self.key,
            occurred_at=received(delivery.received_at),
            person=person,
            text=self.text or self._left(person),
            sort="request" if self.sort == "offline" else "",
            gist=self.text or person.phone or person.email,
            thread_key=self.visitor,
            external_id=clean_line(self.body.get("id"), 80),
            marks=marks_of(self.body),
            files=tuple(self.files),
            fields=self._fields(),
            product=product_of(self.body),
            headers={} if step is None else {"step": str(step)},
        )

    def _person(self) -> Person:
        """Tell who it is. Only a phone or an address makes somebody of a visitor."""
        asked, told = self.step.kind if self.step else "", self.contact
        phone = clean_line(told.get("phone"), 60)
        email = find_email(clean_line(told.get("email"), 254))
        said = spoken_ways(self.text)
        if asked == "phone":
            phone = phone or said.phone or self.text[:60]
        if asked == "email":
            email = email or said.email
        return Person(
            other_phones=said.phones[1:] if asked == "phone" else (),
            other_emails=said.emails[1:] if asked == "email" else (),
            name=clean_line(told.get("name"), 200) or (self.text[:100] if asked == "name" else ""),
            phone=phone,
            email=email,
            messenger_id=self.visitor if phone or email else "",
            language=clean_line(as_dict(self.body.get("page")).get("lang"), 10),
            time_zone=clean_line(as_dict(self.body.get("page")).get("zone"), 64),
        )

    def _left(self, person: Person) -> str:
        """Say what was left without a word."""
        if self.sort != "contact":
            return ""
        left = (
            (gettext("Name"), person.name),
            (gettext("Phone"), person.phone),
            (gettext("E-mail"), person.email),
        )
        return "\n".join(f"{label}: {value}" for label, value in left if value)

    def _fields(self) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        if self.step is not None and self.step.kind in ("choice", "text"):
            found.append((self.step.prompt, self.text))
        if self.body.get("consent") is True:
            found.append((gettext("Consent to the processing of data"), gettext("given")))
        return (*found, *(visit_fields(self.body) if self.body.get("is_first") is True else ()))
