"""Own web form, and any form builder or script that posts fields to a hook address."""

from __future__ import annotations

import dataclasses
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Answer, Check, Field, Forged, RawDelivery, Settings, Unparseable
from channels.adapters.form_fields import FormField, flatten
from channels.adapters.form_roles import find_email, first_phone, read_field_map, role_of
from channels.adapters.marks import (
    COOKIE_NAMES,
    PAGE_NAMES,
    REFERRER_NAMES,
    collect_marks,
    is_mark,
    read_cookies,
)
from channels.adapters.payload import read_body, read_field
from channels.adapters.text import clean_line, clean_text, digest, received
from leads.inquiry import File, Ignored, Inquiry, Item, Marks, Person

KEY_HEADERS = ("idempotency-key", "x-idempotency-key")
KEY_FIELDS = (
    "idempotency_key",
    "tranid",
    "submission_id",
    "lead_id",
    "leadid",
    "answer_id",
    "entry_id",
    "request_id",
)
DEFAULT_HONEYPOT = "contact_me_by_fax"
MAX_FILES = 20
_FORM_ID_NAMES = frozenset(("formid", "form_id", "tildaspec-formid", "quiz_id", "_wpcf7"))
# Of use to machines only: kept in the raw body, not shown beside the answers.
_TECHNICAL = re.compile(
    r"\A(_?token|.*csrf.*|.*captcha.*|smart-token|_wp\w*|nonce|google_key|api_?key|secret|password|jsonrpc|"
    r"method|api_version|action|submit|user_agent|ip|remote_ip|tildaspec-.*|form-spec-comments|formid|form_id|"
    r"timezone|lang|id|uuid|timestamp|created(_at|_date)?|event_type|" + "|".join(KEY_FIELDS) + r")\Z",
    re.IGNORECASE,
)
_FORM_NAME = re.compile(r"\Aform_?name\Z", re.IGNORECASE)
_CONSENT = re.compile(r"\A(acceptance|consent|agree|gdpr|policy|privacy|согласи|политик)", re.IGNORECASE)


@dataclasses.dataclass(slots=True)
class FormContent:
    """What a form says, sorted out."""

    person: Person
    text: str
    subject: str
    marks: Marks
    form_id: str
    shown: tuple[tuple[str, str], ...]


class FormAdapter(Adapter):
    kind: ClassVar[str] = "form"
    label = _("Web form")
    channel_kind = "request"
    icon = "forms"
    allows_cors = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "field_map",
            _("Field mapping"),
            help_text=_(
                "Only where guessing fails: field = meaning, separated by semicolons. Meanings: name, "
                "first_name, last_name, middle_name, phone, email, company, position, "
                "message, subject, telegram, ignore."
            ),
        ),
        Field(
            "honeypot_field",
            _("Trap field"),
            default=DEFAULT_HONEYPOT,
            help_text=_("A field hidden from people. Posts that fill it are ignored as made by robots."),
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
        "English are recognised, also as Elementor, Contact Form 7, Marquiz, Albato and Yandex Forms "
        "send them."
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
        """Make one inquiry of one post. Raises Unparseable."""
        data, files = read_body(delivery)
        fields = flatten(data)
        trap = self.trap_filled(fields, settings)
        if trap:
            key = delivery_key(delivery, fields, digest(delivery.body))
            return [
                Ignored(key=key, reason=gettext("A robot filled the trap field “{name}”.").format(name=trap))
            ]
        return [self.inquiry(delivery, fields, files, settings)]

    def trap_filled(self, fields: Iterable[FormField], settings: Settings) -> str:
        """Name the trap field that only a robot fills, or ""."""
        trap = str(settings.get("honeypot_field", DEFAULT_HONEYPOT) or "").lower()
        return next((field.name for field in fields if trap and field.name.lower() == trap), "")

    def inquiry(
        self, delivery: RawDelivery, fields: list[FormField], files: Iterable[File], settings: Settings
    ) -> Inquiry:
        """Build the inquiry from the fields."""
        content = read_fields(fields, read_field_map(str(settings.get("field_map") or "")), delivery)
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
        )

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Add the key, and an idempotency key so that trying the same body twice makes one lead."""
        headers = {"idempotency-key": digest(delivery.body), **delivery.headers}
        if settings.get("api_key"):
            headers["x-api-key"] = str(settings["api_key"])
        return dataclasses.replace(delivery, headers=headers)

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Say ok in the words the page's script expects."""
        return Answer('{"ok": true}', "application/json")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say what the mapping was understood as; a form has no server of its own to ask."""
        text = str(settings.get("field_map") or "")
        understood = read_field_map(text)
        lines = [line for line in re.split(r"[\n;]", text) if line.strip()]
        checks = [Check(True, _("Ready to receive posts at {url}").format(url=hook_url))]
        if len(understood) < len(lines):
            checks.append(Check(False, _("Some lines of the field mapping could not be read.")))
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


def read_fields(
    fields: Iterable[FormField], mapping: Mapping[str, str], delivery: RawDelivery
) -> FormContent:
    """Sort fields into person, text, marks and the rest."""
    roles: dict[str, list[str]] = {}
    shown: list[tuple[str, str]] = []
    marks: list[tuple[str, str]] = []
    rest, places = [], _Places()
    for field in fields:
        if places.take(field) or _take_mark(field, marks) or _TECHNICAL.match(field.name):
            continue
        role = role_of(field, mapping)
        if role == "ignore":
            continue
        roles.setdefault(role, []).append(field.value)
        if role == "subject" and (field.parent or _FORM_NAME.match(field.name)):
            continue  # the form's own title is the subject, not an answer
        shown.append((field.label or field.name, field.value))
        if role == "" and not _CONSENT.match(field.name):
            rest.append(f"{field.label}: {field.value}")
    if not places.page:  # the browser's own header tells it, when the form doesn't
        places.page = delivery.header("referer")
    return FormContent(
        person=_person(roles),
        text=clean_text("\n\n".join(roles.get("message", [])) or "\n".join(rest)),
        subject=clean_line((roles.get("subject") or [""])[0]),
        marks=collect_marks(marks, page_url=places.page, referrer=places.referrer, cookies=places.cookies),
        form_id=places.form_id,
        shown=tuple(shown),
    )


class _Places:
    """The page, the referrer, the cookies and the form's id, wherever the builder put them."""

    def __init__(self) -> None:
        self.page = self.referrer = self.form_id = ""
        self.cookies: dict[str, str] = {}

    def take(self, field: FormField) -> bool:
        name = field.name.lower()
        is_url = "://" in field.value[:20]
        if name in COOKIE_NAMES:
            self.cookies.update(read_cookies(field.value))
        elif field.parent in COOKIE_NAMES:
            self.cookies[field.name] = field.value
        elif name in PAGE_NAMES and is_url:
            self.page = self.page or field.value
        elif name in REFERRER_NAMES or (name == "tildaspec-referer" and not self.page):
            if name == "tildaspec-referer":  # Tilda's word for the page with the form
                self.page = field.value
            else:
                self.referrer = field.value
        elif name in _FORM_ID_NAMES or (field.parent in ("form", "quiz") and name in ("id", "uuid")):
            self.form_id = self.form_id or field.value
        else:
            return False
        return True


def _take_mark(field: FormField, marks: list[tuple[str, str]]) -> bool:
    name = f"utm_{field.name}" if field.parent == "utm" and not field.name.startswith("utm") else field.name
    if not is_mark(name):
        return False
    marks.append((name, field.value))
    return True


def _person(roles: Mapping[str, list[str]]) -> Person:
    def first(role: str, limit: int = 200) -> str:
        return clean_line((roles.get(role) or [""])[0], limit)

    parts = [first("last_name"), first("first_name") or first("name"), first("middle_name")]
    is_split = parts[0] or parts[2] or not first("name")
    return Person(
        name=" ".join(filter(None, parts)) if is_split else first("name"),
        phone=first_phone(first("phone")),
        email=find_email(first("email")),
        username=first("telegram").removeprefix("https://t.me/").removeprefix("@"),
        company=first("company"),
        position=first("position"),
    )
