"""Guess what a form's field means by its name, label, type and value, in Russian and English."""

from __future__ import annotations

import re
from collections.abc import Callable

from channels.adapters.form_fields import FormField

ROLES = (
    "name",
    "first_name",
    "last_name",
    "middle_name",
    "phone",
    "email",
    "company",
    "position",
    "message",
    "subject",
    "telegram",
    "product",
    "price",
    "ignore",
)
ANSWER = "answer"  # said of a field that means nothing but itself: nobody has to guess
_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_NOT_WORD = re.compile(r"[\W_\d]+")
_POLITE = frozenset(
    [
        "your",
        "you",
        "user",
        "client",
        "customer",
        "lead",
        "contact",
        "person",
        "input",
        "please",
        "enter",
        "the",
        "my",
        "ваш",
        "ваше",
        "ваша",
        "ваши",
        "вашу",
        "вас",
        "укажите",
        "введите",
        "напишите",
        "оставьте",
        "клиента",
        "контактный",
        "контактное",
        "контактная",
    ]
)
_EMAIL = re.compile(r"[^\s@<>,;:\"]{1,100}@[^\s@<>,;:\"]{1,200}\.[^\s@<>,;:\".]{2,30}")
_PHONE_WHOLE = re.compile(r"(?:tel:)?\+?[\d\s().\-–]{7,30}")
_DIGIT = re.compile(r"\d")
_ASK_NAME = re.compile(r"\bкак\b.{0,20}\b(зовут|обращаться|называть)|what.{0,10}name")

_PHONE_WORDS = re.compile(
    r"\b(phones?|tel|telephone|telefone?|mobile|cell|cellphone|whatsapp|phonenumbers?"
    r"|телефон\w{0,3}|тел|моб|мобильн\w{1,3}|ватсап|вотсап|вацап)\b"
)
_EMAIL_WORDS = re.compile(r"\b(emails?|e mail|mail|почт\w{1,2}|[еэи]ме[ий]л|мейл|имэйл|емэйл)\b")
_COMPANY_WORDS = re.compile(
    r"\b(company|organi[sz]ation|firm|employer|компани\w{1,2}|организаци\w{1,2}|фирм\w{1,2})\b"
)
_POSITION_WORDS = re.compile(r"\b(job title|position|должност\w{1,2})\b")
_TELEGRAM_WORDS = re.compile(r"\b(telegram|tg|телеграмм?)\b")
_LAST_WORDS = re.compile(r"^(last ?name|surname|family ?name|фамилия)$")
_FIRST_WORDS = re.compile(r"^(first ?name|given ?name|fname)$")
_MIDDLE_WORDS = re.compile(r"^(middle ?name|patronymic|отчество)$")
_NAME_WORDS = re.compile(
    r"^(name|full ?name|имя|фио|ф и о|fio|nome|nombre|имя отчество|имя (и )?фамилия|фамилия (и )?имя"
    r"|фамилия имя отчество|лицо|зовут|name surname)$"
)
_MESSAGE_WORDS = re.compile(
    r"\b(messages?|msg|comments?|text|textarea|question|description|brief|notes?|details|enquiry|inquiry"
    r"|сообщени\w{1,2}|комментари\w{1,2}|коментари\w{1,2}|вопрос\w{0,2}|текст|описани\w{1,2}|пожелани\w{1,2}"
    r"|примечани\w{1,2}|задач\w{1,2})\b"
)
_SUBJECT_WORDS = re.compile(
    r"^(subject|topic|тема|formname|form name|name|название|имя формы|название формы|title)$"
)
# Parents under which `name` is a thing's name, not a person's.
_FORM_PARENTS = frozenset(("form", "quiz", "survey"))
_COMPANY_PARENTS = frozenset(("company", "organization", "organisation", "компания", "организация"))
_PERSON_PARENTS = frozenset(
    (
        "",
        "contact",
        "contacts",
        "client",
        "customer",
        "person",
        "user",
        "lead",
        "visitor",
        "sender",
        "from",
        "custom",
        "контакт",
        "контакты",
        "клиент",
        "посетитель",
        "заявитель",
    )
)
# Parts of one answer (JotForm: q3_name[first]) are called by what they are parts of.
_PARTS = frozenset(("first", "last", "middle", "full", "number", "main"))
_NUMBERED = re.compile(r"^q\d{1,3}_")
# Said of any field by a builder's own name for it (answer_short_text_1) when people read something else.
_WEAK = frozenset(("message", "subject"))
# A number as people write it in a sentence: with its country, or Russian with the 8 or 7 before ten digits.
_SPOKEN = re.compile(
    r"(?<![\w+/=-])(?<!\d\.)(?:\+\d(?:[\s().\-–]{0,2}\d){9,14}|[78](?:[\s().\-–]{0,2}\d){10}"
    r"|\(?9\d\d\)?[\s\-–]{1,2}\d{3}[\s\-–]\d{2}[\s\-–]?\d{2})(?![\w@/]|[-.]\d)"
)
_NUMBER_NAMES = re.compile(
    r"\b(id|uid|inn|инн|огрн|ogrn|кпп|snils|снилс|order|заказ\w{0,2}|счет\w{0,2}|account|visit|session|budget|сумма|time)\b"
)


def role_of(field: FormField) -> str:
    """Guess what the field means, or "" when it is just a field."""
    if field.kind in _KIND_ROLES and _FITS[_KIND_ROLES[field.kind]](field.value):
        return _KIND_ROLES[field.kind]
    texts = [_NUMBERED.sub("", text) for text in dict.fromkeys((field.label, field.name))]
    if field.name.lower() in _PARTS:
        texts.insert(0, f"{field.name} {_NUMBERED.sub('', field.parent)}")
    for text in texts:
        role = _role_by_words(text, field)
        if role and not (text == field.name != field.label and role in _WEAK):
            return role
    return _role_by_value(field)


def may_name(field: FormField) -> bool:
    """Whether the field is called a name of something, and its value could be a person's."""
    return bool(_NAME_WORDS.search(_normalise(field.label))) and _is_name(field.value)


def find_emails(value: str) -> list[str]:
    """Find the addresses in a value."""
    return [match.group().strip(".") for match in _EMAIL.finditer(value[:2000])]


def find_email(value: str) -> str:
    """Find the first address in a value."""
    return next(iter(find_emails(value)), "")


def spoken_phones(text: str) -> list[str]:
    """Find the numbers that somebody names in a sentence."""
    return [match.group() for match in _SPOKEN.finditer(text[:20_000])]


def spoken_phone(text: str) -> str:
    """Find the first number that somebody names in a sentence, or ""."""
    return next(iter(spoken_phones(text)), "")


def phones_of(value: str) -> list[str]:
    """Take a field apart where several numbers stand in it; what is no number is left as it is."""
    parts = [part.strip() for part in re.split(r"[,;/|\n]", value) if _is_phone(part)]
    return [part[:100] for part in parts or [value]]


def first_phone(value: str) -> str:
    """Take the first number where several stand in one field."""
    return phones_of(value)[0]


def _role_by_words(text: str, field: FormField) -> str:
    words = _normalise(text)
    for pattern, role in _BY_WORDS:
        if pattern.search(words) and _FITS.get(role, _always)(field.value):
            return role
    if field.parent in _FORM_PARENTS and _SUBJECT_WORDS.search(words):
        return "subject"
    if field.parent in _COMPANY_PARENTS and _NAME_WORDS.search(words):
        return "company"
    if _ASK_NAME.search(words) or (field.parent in _PERSON_PARENTS and _NAME_WORDS.search(words)):
        return "name" if _is_name(field.value) else ""
    if _MESSAGE_WORDS.search(words):
        return "message"
    return "subject" if _SUBJECT_WORDS.search(words) and field.parent in _PERSON_PARENTS else ""


def _role_by_value(field: FormField) -> str:
    if _EMAIL.fullmatch(field.value):
        return "email"
    words = _normalise(field.name + " " + field.label)
    digits = _DIGIT.findall(field.value)
    looks_dialled = (
        field.value.strip()[:1] == "+" or "(" in field.value or (len(digits) == 11 and digits[0] in "78")
    )
    if (
        _is_phone(field.value)
        and 10 <= len(digits) <= 15
        and looks_dialled
        and not _NUMBER_NAMES.search(words)
    ):
        return "phone"
    return ""


def _normalise(text: str) -> str:
    words = _NOT_WORD.sub(" ", _CAMEL.sub(" ", text[:200])).lower().replace("ё", "е").split()
    kept = [word for word in words if word not in _POLITE]
    return " ".join(kept or words)


def _is_phone(value: str) -> bool:
    return bool(_PHONE_WHOLE.fullmatch(value.strip())) and len(_DIGIT.findall(value)) >= 5


def _has_phone(value: str) -> bool:
    return len(_DIGIT.findall(value[:200])) >= 5 and "@" not in value and len(value) <= 200


def _is_name(value: str) -> bool:
    return (
        "@" not in value and "://" not in value and len(value) <= 200 and bool(re.search(r"[^\W\d_]", value))
    )


def _always(_value: str) -> bool:
    return True


_KIND_ROLES = {"tel": "phone", "phone": "phone", "email": "email", "textarea": "message"}
_FITS: dict[str, Callable[[str], bool]] = {
    "phone": _has_phone,
    "email": lambda value: "@" in value,
    "message": _always,
    "first_name": _is_name,
    "last_name": _is_name,
}
_BY_WORDS = (
    (_EMAIL_WORDS, "email"),
    (_PHONE_WORDS, "phone"),
    (_TELEGRAM_WORDS, "telegram"),
    (_COMPANY_WORDS, "company"),
    (_POSITION_WORDS, "position"),
    (_LAST_WORDS, "last_name"),
    (_FIRST_WORDS, "first_name"),
    (_MIDDLE_WORDS, "middle_name"),
)
