"""What somebody filled in, and whether it can be taken."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Self

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from channels.adapters.base import RawDelivery, Unparseable
from channels.adapters.form_roles import find_email
from channels.adapters.payload import read_body
from channels.adapters.site_note import CONSENT_FIELD
from channels.adapters.text import digest
from channels.sites.definition import FormDefinition, Question
from contacts.identity import normalise_phone
from leads.inquiry import File

FILE_MAX_BYTES: Final = 5 * 1024 * 1024
MAX_FILES: Final = 5
# What clients send; nothing that runs by itself on a colleague's computer.
FILE_TYPES: Final = (
    "pdf", "doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "jpg", "jpeg", "png",
    "gif", "webp", "heic", "tif", "tiff", "zip", "rar", "7z", "dwg", "dxf",
)  # fmt: skip
_LENGTHS: Final = {"text": 10_000, "phone": 60, "email": 254, "name": 200, "company": 200, "number": 40}
_USUAL_LENGTH: Final = 500
_PHONE = re.compile(r"\+?[\d\s().\-–/]{5,40}")
_NUMBER = re.compile(r"[-+]?\d{1,15}([.,]\d{1,6})?")


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """A post taken apart by the names of its fields; repeated names keep all their values."""

    texts: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    files: Mapping[str, Sequence[File]] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, delivery: RawDelivery) -> Self:
        """Read a post as its adapter will; what can't be read says nothing."""
        try:
            data, sent = read_body(delivery)
        except Unparseable:
            return cls()
        files: dict[str, list[File]] = {}
        for file in sent:
            if file.data:
                files.setdefault(file.field, []).append(file)
        return cls({name: _texts(value) for name, value in data.items()}, files)

    def all(self, name: str) -> list[str]:
        """List what was said under a name, without the empty."""
        return [text for text in self.texts.get(name, ()) if text]

    def one(self, name: str) -> str:
        """Take the first of what was said under a name."""
        return next(iter(self.all(name)), "")

    def gist(self, definition: FormDefinition) -> str:
        """Hash what was answered, whatever else came along: two of one gist say the same."""
        said = [(one.name, self.all(one.name)) for one in definition.fields]
        sent = [(name, [file.name for file in files]) for name, files in sorted(self.files.items())]
        return digest(said, sent)


def faults(definition: FormDefinition, answers: Answers, *, region: str) -> dict[str, str]:
    """Say what is wrong, by field; empty when everything can be taken. `region` is the phones' country."""
    found = {}
    for question in definition.fields:
        if fault := _fault(question, answers, region):
            found[question.name] = fault
    contacts = [one for one in definition.fields if one.is_contact]
    if definition.asks_contact and not any(answers.one(one.name) for one in contacts):
        found.setdefault(contacts[0].name, _ask_contact(contacts))
    if definition.consent.is_on and not answers.one(CONSENT_FIELD):
        found[CONSENT_FIELD] = _("Without your consent we may not keep your data.")
    return found


def _ask_contact(contacts: Sequence[Question]) -> str:
    meanings = {one.meaning for one in contacts}
    if meanings == {"phone"}:
        return _("Leave a phone, so that we can answer.")
    if meanings == {"email"}:
        return _("Leave an e-mail, so that we can answer.")
    return _("Leave a phone or an e-mail, so that we can answer.")


def _fault(question: Question, answers: Answers, region: str) -> str:
    if question.type == "file":
        return _file_fault(question, answers.files.get(question.name, ()))
    said = answers.all(question.name)
    if not said:
        return _("Fill this in.") if question.is_required else ""
    limit = _LENGTHS.get(question.type, _USUAL_LENGTH)
    if any(len(text) > limit for text in said):
        return _("Too long: at most %(limit)s characters.") % {"limit": limit}
    check = _CHECKS.get(question.type)
    return check(question, said, region) if check else ""


def _file_fault(question: Question, files: Sequence[File]) -> str:
    if not files:
        return _("Choose a file.") if question.is_required else ""
    if len(files) > MAX_FILES:
        return _("At most %(count)s files.") % {"count": MAX_FILES}
    if any(file.name.rpartition(".")[2].lower() not in FILE_TYPES for file in files):
        return _("Files of this type can't be taken: send a document, a picture or an archive.")
    if any(len(file.data or b"") > FILE_MAX_BYTES for file in files):
        return _("Too large: at most %(size)s a file.") % {"size": filesizeformat(FILE_MAX_BYTES)}
    return ""


def _phone(_question: Question, said: Sequence[str], region: str) -> str:
    digits = sum(char.isdigit() for char in said[0])
    is_plausible = normalise_phone(said[0], region) or (
        _PHONE.fullmatch(said[0].strip()) and 5 <= digits <= 15
    )
    return "" if is_plausible else _("This does not look like a phone number.")


def _email(_question: Question, said: Sequence[str], _region: str) -> str:
    whole = said[0].strip()
    return "" if find_email(whole) == whole.strip(".") else _("This does not look like an e-mail address.")


def _offered(question: Question, said: Sequence[str], _region: str) -> str:
    is_one = question.type == "choices" or len(said) == 1
    return "" if is_one and set(said) <= set(question.options) else _("Choose from the list.")


def _number(_question: Question, said: Sequence[str], _region: str) -> str:
    return (
        ""
        if _NUMBER.fullmatch(said[0].strip().replace("\xa0", "").replace(" ", ""))
        else _("Enter a number.")
    )


def _date(_question: Question, said: Sequence[str], _region: str) -> str:
    try:
        dt.date.fromisoformat(said[0])
    except ValueError:
        return _("Enter a date.")
    return ""


_CHECKS: dict[str, Callable[[Question, Sequence[str], str], str]] = {
    "phone": _phone,
    "email": _email,
    "choice": _offered,
    "choices": _offered,
    "number": _number,
    "date": _date,
}


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [str(one).strip() for one in listed if isinstance(one, str | int | float)]
