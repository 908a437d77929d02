"""What the fields of a form say, sorted out: the person, the words, where they came from, and the rest."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import find_email, first_phone, role_of
from channels.adapters.marks import (
    COOKIE_NAMES,
    PAGE_NAMES,
    REFERRER_NAMES,
    collect_marks,
    is_mark,
    read_cookies,
)
from channels.adapters.text import clean_line, clean_text
from leads.inquiry import Marks, Person

# Under these names a post carries an id of its own.
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
_FORM_ID_NAMES = frozenset(("formid", "form_id", "tildaspec-formid", "quiz_id", "_wpcf7"))
# Of use to machines only: kept in the raw body, not shown beside the answers.
_TECHNICAL = re.compile(
    r"\A(_?token|.*csrf.*|.*captcha.*|smart-token|_wp\w*|nonce|google_key|api_?key|secret|password|jsonrpc|"
    r"method|api_version|action|submit|user_agent|ip|remote_ip|tildaspec-.*|form-spec-comments|formid|form_id|"
    r"timezone|lang|id|uuid|timestamp|created(_at|_date)?|event_type|powered_by|удал[её]нный_ip|"
    r"_(post|site|user|remote|serial|date|time|invalid)(_\w+)?|" + "|".join(KEY_FIELDS) + r")\Z",
    re.IGNORECASE,
)
# Elementor's own notes beside the fields (page_url stands among them and is taken before).
_META = frozenset(("date", "time", "credit", "user_agent", "remote_ip"))
_FORM_NAME = re.compile(r"\Aform_?name\Z", re.IGNORECASE)
_CONSENT = re.compile(r"\A(acceptance|consent|agree|gdpr|policy|privacy|согласи|политик)", re.IGNORECASE)
_NAME_PARTS = ("name", "first_name", "last_name", "middle_name")
_SEPARATORS = re.compile(r"[\s-]+")


@dataclasses.dataclass(slots=True)
class FormContent:
    """What a form says, sorted out."""

    person: Person
    text: str
    subject: str
    marks: Marks
    form_id: str
    shown: tuple[tuple[str, str], ...]
    product: dict[str, str]


def read_fields(fields: Iterable[FormField], *, referer: str = "", is_quiz: bool = False) -> FormContent:
    """Sort fields into person, text, marks and the rest, all that people may read in the order received.

    Of a quiz the answers are what the client says, besides the words of the contact form. `referer` is the
    header of the browser: the page, when the form itself doesn't tell it.
    """
    known = list(fields)
    sorting = _Sorting(is_name_mapped=any(field.role == "name" for field in known))
    for field in known:
        sorting.take(field)
    roles, places = sorting.roles, sorting.places
    said = "\n\n".join(roles.get("message", []))
    answers = "\n".join(sorting.rest) if is_quiz or not said else ""
    return FormContent(
        person=_person(roles),
        text=clean_text("\n\n".join(filter(None, (answers, said)))),
        subject=clean_line((roles.get("subject") or [""])[0]),
        marks=collect_marks(
            sorting.marks, page_url=places.page or referer, referrer=places.referrer, cookies=places.cookies
        ),
        form_id=places.form_id,
        shown=tuple(sorting.shown),
        product=_product(roles),
    )


class _Sorting:
    """Fields put where they belong, one by one."""

    def __init__(self, *, is_name_mapped: bool) -> None:
        self.roles: dict[str, list[str]] = {}
        self.shown: list[tuple[str, str]] = []
        self.marks: list[tuple[str, str]] = []
        self.rest: list[str] = []
        self.places = _Places()
        self._is_name_mapped = is_name_mapped  # the tenant has said where the name stands

    def take(self, field: FormField) -> None:
        if not field.role and self._is_aside(field):
            return
        role = field.role or role_of(field)
        if role == "ignore":
            return
        if self._is_name_mapped and not field.role and role in _NAME_PARTS:
            role = ""
        told = self.roles.setdefault(role, [])
        told.insert(0 if field.role else len(told), field.value)  # what the tenant mapped counts first
        if role == "subject" and (field.parent or _FORM_NAME.match(field.name)):
            return  # the form's own title is the subject, not an answer
        self.shown.append((field.label or field.name, field.value))
        if role == "" and not _CONSENT.match(field.name):
            self.rest.append(f"{field.label}{'' if field.label.endswith('?') else ':'} {field.value}")

    def _is_aside(self, field: FormField) -> bool:
        return self.places.take(field) or _take_mark(field, self.marks) or _is_technical(field)


class _Places:
    """The page, the referrer, the cookies and the form's id, wherever the builder put them."""

    def __init__(self) -> None:
        self.page = self.referrer = self.form_id = ""
        self.cookies: dict[str, str] = {}

    def take(self, field: FormField) -> bool:
        name = _SEPARATORS.sub("_", field.name.strip().lower())
        is_url = "://" in field.value[:20]
        if name.replace("_", "-") in COOKIE_NAMES or name in COOKIE_NAMES:
            self.cookies.update(read_cookies(field.value))
        elif field.parent in COOKIE_NAMES:
            self.cookies[field.name] = field.value
        elif (name in PAGE_NAMES and is_url) or name == "tildaspec_referer":
            self.page = self.page or field.value
        elif name in REFERRER_NAMES:
            self.referrer = self.referrer or field.value
        elif field.name.lower() in _FORM_ID_NAMES or (
            field.parent in ("form", "quiz", "survey") and name in ("id", "uuid")
        ):
            self.form_id = self.form_id or field.value
        else:
            return False
        return True


def _is_technical(field: FormField) -> bool:
    name = _SEPARATORS.sub("_", field.name.strip())
    is_note = field.parent == "meta" and name.lower() in _META
    return is_note or bool(_TECHNICAL.match(field.name) or _TECHNICAL.match(name))


def _take_mark(field: FormField, marks: list[tuple[str, str]]) -> bool:
    is_bare = field.parent in ("utm", "utms", "utm_json") and not field.name.lower().startswith("utm")
    name = f"utm_{field.name}" if is_bare else field.name
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


def _product(roles: Mapping[str, list[str]]) -> dict[str, str]:
    """The article, where the tenant said which field names it (L20)."""
    title, price = (clean_line((roles.get(name) or [""])[0], 200) for name in ("product", "price"))
    return {name: value for name, value in (("title", title), ("price", price)) if title and value}
