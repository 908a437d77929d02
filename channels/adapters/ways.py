"""Ways to reach somebody: the first phone and address say who it is, further ones are theirs as well."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from channels.adapters.form_roles import find_emails, phones_of, spoken_phones
from channels.adapters.text import clean_line

MAX_WAYS = 5  # of a kind: more is a list of people, and nobody's
# Of whom else a form may ask. What is called so is shown, and no key of the client.
_OF_OTHERS = re.compile(
    r"\b(to|cc|bcc|from|sender|reply|recipient|receiver|admin|manager|support|shop|site|store|office|friend|referr?\w*"
    r"|guarantor|emergency|agent|partner|spouse|boss|менеджер\w*|магазин\w*|сайт\w*|офис\w*|друг\w*|подруг\w*|рекоменд\w*"
    r"|поручител\w*|экстренн\w*|агент\w*|партн[её]р\w*|получател\w*|супруг\w*|родител\w*|руководител\w*|бухгалтер\w*"
    r"|отправител\w*|кому)\b"
)
_NOT_WORD = re.compile(r"[\W_]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Ways:
    """Phones and addresses in the order they were told, each once."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def phone(self) -> str:
        return next(iter(self.phones), "")

    @property
    def email(self) -> str:
        return next(iter(self.emails), "")


def told_ways(phones: Iterable[tuple[str, str]], emails: Iterable[tuple[str, str]]) -> Ways:
    """Read the fields that hold phones and addresses: pairs of what a field is called, and its value.

    The first field counts whatever it is called; of the others those that ask for somebody else don't.
    """
    return Ways(
        _each(clean_line(phone, 100) for value in _own(phones) for phone in phones_of(value)),
        _each(email for value in _own(emails) for email in find_emails(value)),
    )


def spoken_ways(text: str) -> Ways:
    """Find what somebody left in a message."""
    return Ways(_each(spoken_phones(text)), _each(find_emails(text)))


def _own(fields: Iterable[tuple[str, str]]) -> list[str]:
    values = [(_NOT_WORD.sub(" ", name[:200]).lower(), value) for name, value in fields]
    return [value for place, (name, value) in enumerate(values) if place == 0 or not _OF_OTHERS.search(name)]


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))[:MAX_WAYS]
