"""Sort what a form says into who asks, what about, and where they came from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable

from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import ANSWER, may_name, role_of
from channels.adapters.marks import (
    COOKIE_NAMES,
    FIRST_PAGE_NAMES,
    PAGE_NAMES,
    REFERRER_NAMES,
    UTM,
    collect_marks,
    is_mark,
    read_cookies,
    utm_name,
)
from channels.adapters.text import clean_line, clean_text
from channels.adapters.ways import spoken_ways, told_ways
from leads.inquiry import Marks, Person

KEY_FIELDS = (
    "idempotency_key",
    "tranid",
    "submission_id",
    "submissionid",
    "lead_id",
    "leadid",
    "answer_id",
    "entry_id",
    "request_id",
)
_FORM_ID_NAMES = frozenset(("formid", "form_id", "tildaspec-formid", "quiz_id", "_wpcf7"))
# Of use to machines only: kept in the raw body, not shown beside the answers.
_TECHNICAL = re.compile(
    r"\A(_\w+|token|.*csrf.*|.*captcha.*|smart_token|nonce|\w*_nonce|google_key|api_?key|secret|password|"
    r"jsonrpc|method|api_version|action|submit|user_agent|ip|\w*_ip|ip_address|tildaspec_.*|form_spec_comments|"
    r"formid|form_id|timezone|lang|id|uuid|timestamp|created(_at|_date)?|event(_id|_type|_name)?|trigger_type|hutk|slug|"
    r"form_stamp|powered_by|credit|webhook_?url|raw_value|required|pretty|application_token|"
    + "|".join(KEY_FIELDS)
    + r")\Z"
)
# Facts about the post: shown beside the answers, but no words of the client.
_QUIET = re.compile(
    r"\A(\w+_(id|uuid|guid|time|at|date)|is_test|date|time|type|status|site|domain|browser|device|platform|currency|"
    r"serial_number|discount_number|page_name|username|created_by|lead_source|price_list|variant|num|code)\Z"
)
# Elementor's own notes beside the fields; a client's own date or time stands elsewhere.
_NOTES = frozenset(("date", "time"))
_FORM_NAME = re.compile(r"\A(form|quiz|survey)_?(name|title)\Z")
_CONSENT = re.compile(
    r"\A(acceptance|consent|agree|gdpr|policy|privacy|согласи|политик|я соглас|даю согласие)|персональн\w+ данн",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")
_PERSONAL = frozenset(("name", "first_name", "last_name", "middle_name"))


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
    """Sort fields into person, text, marks and the rest.

    Of a quiz the answers are what the client says, besides the words of the contact form. `referer` is the
    header of the browser: the page, when the form itself doesn't tell it.
    """
    answers, marks, places = _sift(fields, referer)
    roles = _Roles(answers)
    shown: list[tuple[str, str]] = []
    rest: list[str] = []
    for field, role in roles.told:
        if role == "subject" and (field.parent or _FORM_NAME.match(canonical(field.name))):
            continue  # the form's own title is the subject, not an answer
        line = (field.label or field.name, field.value)
        if role == "ignore" or line in shown:  # builders repeat the answers in another shape
            continue
        shown.append(line)
        if role in ("", ANSWER) and not _CONSENT.search(line[0]) and not _QUIET.match(canonical(field.name)):
            rest.append(f"{field.label}{'' if field.label.endswith('?') else ':'} {field.value}")
    said, told = "\n\n".join(roles.values("message")), "\n".join(rest)
    text = clean_text("\n\n".join(filter(None, (told, said))) if is_quiz else said or told)
    return FormContent(
        person=_person(roles, text),
        text=text,
        subject=clean_line(next(iter(roles.values("subject")), "")),
        marks=collect_marks(
            marks,
            page_url=places.page,
            referrer=places.referrer,
            first_page=places.first_page,
            cookies=places.cookies,
        ),
        form_id=places.form_id,
        shown=tuple(shown),
        product=_product(roles),
    )


def canonical(name: str) -> str:
    """Spell a field's name one way: «Page URL», pageUrl and page-url are page_url."""
    return _NOT_WORD.sub("_", _CAMEL.sub("_", name)).strip("_" if name[:1] != "_" else "").lower()


def _sift(
    fields: Iterable[FormField], referer: str
) -> tuple[list[FormField], list[tuple[str, str]], _Places]:
    """Take apart what was answered, the marks, and the places."""
    answers: list[FormField] = []
    marks: list[tuple[str, str]] = []
    places = _Places()
    for field in fields:
        is_answer = bool(field.role)  # somebody has said so
        if is_answer or not (places.take(field) or _take_mark(field, marks) or _is_technical(field)):
            answers.append(field)
    places.page = places.page or referer
    return answers, marks, places


def _is_technical(field: FormField) -> bool:
    name = canonical(field.name)
    return bool(_TECHNICAL.match(name)) or (field.parent == "meta" and name in _NOTES)


class _Roles:
    """What each field means; of several names the one that stands beside the phone or the address."""

    def __init__(self, fields: Iterable[FormField]) -> None:
        self.told = [(field, field.role or role_of(field)) for field in fields]
        if any(field.role == "name" for field, _role in self.told):  # whose parts need no guessing
            self.told = [
                (field, "" if role in _PERSONAL and not field.role else role) for field, role in self.told
            ]
        self._near = {field.group for field, role in self.told if role in ("phone", "email")}
        if not any(role in _PERSONAL for _field, role in self.told):
            self.told = [(field, role or self._as_name(field)) for field, role in self.told]

    def values(self, role: str) -> list[str]:
        """List what has the role: what was said to have it first, then what stands near a contact."""
        return [value for _name, value in self.named(role)]

    def named(self, role: str) -> list[tuple[str, str]]:
        """List the same with what each field is called."""
        found = [field for field, other in self.told if other == role]
        found.sort(key=lambda field: (not field.role, field.group not in self._near))
        return [(f"{field.parent} {field.name} {field.label}", field.value) for field in found]

    def is_near(self, role: str) -> bool:
        """Whether something with the role stands beside a phone or an address."""
        return any(field.group in self._near for field, other in self.told if other == role)

    def _as_name(self, field: FormField) -> str:
        """In a structure of unknown words a name beside a phone is the person's."""
        return "name" if field.group in self._near and may_name(field) else ""


class _Places:
    """The page, the referrer, the cookies and the form's id, wherever the builder put them."""

    def __init__(self) -> None:
        self.page = self.referrer = self.first_page = self.form_id = ""
        self.cookies: dict[str, str] = {}

    def take(self, field: FormField) -> bool:
        name, spelt = field.name.lower(), canonical(field.name)
        is_url = "://" in field.value[:20]
        if name in COOKIE_NAMES:
            self.cookies.update(read_cookies(field.value))
        elif field.parent in COOKIE_NAMES:
            self.cookies[field.name] = field.value
        elif spelt in PAGE_NAMES and is_url:
            self.page = self.page or field.value
        elif spelt in FIRST_PAGE_NAMES and is_url:
            self.first_page = self.first_page or field.value
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
    name = utm_name(field.name) if field.parent.startswith("utm") else ""
    name = name if name in UTM else field.name
    if not is_mark(name):
        return False
    marks.append((name, field.value))
    return True


def _person(roles: _Roles, text: str) -> Person:
    def first(role: str, limit: int = 200) -> str:
        return clean_line(next(iter(roles.values(role)), ""), limit)

    ways = told_ways(roles.named("phone"), roles.named("email"))
    if not ways.phone and not ways.email:  # somebody who left them only in the message
        ways = spoken_ways(text)
    return Person(
        name=_name(roles, first),
        phone=ways.phone,
        email=ways.email,
        other_phones=ways.phones[1:],
        other_emails=ways.emails[1:],
        username=first("telegram").removeprefix("https://t.me/").removeprefix("@"),
        company=first("company"),
        position=first("position"),
    )


def _name(roles: _Roles, first: Callable[[str], str]) -> str:
    """Put the name together as it is shown everywhere, first name first."""
    whole = first("name")
    if whole and roles.is_near("name") and not roles.is_near("last_name"):
        return whole
    parts = (first("first_name") or whole, first("middle_name"), first("last_name"))
    is_split = bool(parts[1] or parts[2]) or not whole
    return " ".join(filter(None, parts)) if is_split else whole


def _product(roles: _Roles) -> dict[str, str]:
    """The article, where the tenant said which field names it (L20)."""
    title, price = (clean_line(next(iter(roles.values(role)), ""), 200) for role in ("product", "price"))
    return {name: value for name, value in (("title", title), ("price", price)) if title and value}
