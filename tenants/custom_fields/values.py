"""Values of custom fields: read from text, checked before they are written, never of another company.

A value is what JSON keeps, and the same everywhere: text, "12.5" for a number, {"amount": "12.50", "currency": "RUB"},
"2026-11-28", true or false, the id of an element or a colleague, a list of ids, {"id": …, "name": …} of a file. An
empty field has no value (None), and no key in the record.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tenants.custom_fields.definitions import Names, file_of
from tenants.custom_fields.errors import BadValue
from tenants.models import CustomField, Membership

Value = str | bool | list[str] | dict[str, str]
Kind = CustomField.Kind
MAX_TEXT = 5000
MAX_DIGITS = 18  # before the point
MAX_PLACES = 6  # behind it
_SIGNS = {"₽": "RUB", "$": "USD", "€": "EUR", "£": "GBP", "₸": "KZT", "₴": "UAH", "руб": "RUB", "р": "RUB"}
_YES = {"yes", "true", "1", "+", "y", "да", "д", "истина"}
_NO = {"no", "false", "0", "-", "n", "нет", "н", "ложь"}
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d")
_FIRST_DAY, _LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def parse(field: CustomField, raw: str, names: Names) -> Value | None:
    """Read a value from text as people and tables write it; nothing for blank text. Raises BadValue."""
    text = raw.strip()
    if not text:
        return None
    return checked(field, _PARSERS[field.kind](field, text, names), names)


def checked(field: CustomField, value: Any, names: Names) -> Value | None:
    """Return a value as it is kept, or nothing when it is empty; Decimal, date and rows are taken too. Raises BadValue."""
    if value is None or value in ("", [], {}):
        return None
    return _CHECKS[field.kind](field, value, names)


def flag_words() -> dict[str, str]:
    """Map the words of a URL or a form to those people read."""
    return {"yes": _("yes"), "no": _("no")}


def is_filled(values: Mapping[str, Any], key: str) -> bool:
    """Say whether a record has a value there; 'no' is one."""
    return key in values


def refuse(field: CustomField, reason: str) -> BadValue:
    """Build the refusal of a value."""
    return BadValue(field=field.key, name=field.name, reason=reason)


# --- From text ---------------------------------------------------------------------------------------
def number_in(text: str) -> Decimal | None:
    """Read a number with spaces between thousands and a comma or a point; None for anything else."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text).replace("\u2212", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    bare = bare.replace(",", ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?|-?\.\d+", bare):
        return None
    return Decimal(bare)


def _parse_number(field: CustomField, text: str, names: Names) -> Any:
    found = number_in(text)
    if found is None:
        raise refuse(field, _("“%(text)s” is no number.") % {"text": text[:60]})
    return found


def _parse_money(field: CustomField, text: str, names: Names) -> Any:
    currency, bare = field.currency, text
    if found := re.search(r"\b([A-Za-z]{3})\b", text):
        currency, bare = found[1].upper(), text.replace(found[1], "")
    elif found := re.search(r"[₽$€£₸₴]|руб|р", text.lower()):
        currency = _SIGNS[found[0]]
        bare = re.sub(r"[₽$€£₸₴]|(?:руб|р)[а-я]*\.?", "", text.lower())
    amount = number_in(bare)
    if amount is None:
        raise refuse(field, _("“%(text)s” is no sum of money.") % {"text": text[:60]})
    return {"amount": amount, "currency": currency}


def _parse_date(field: CustomField, text: str, names: Names) -> Any:
    day = text.replace("T", " ").split(" ")[0]  # tables write days as midnight
    for pattern in _DATES:
        try:
            return dt.datetime.strptime(day, pattern).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise refuse(field, _("“%(text)s” is no date; write 28.11.2026.") % {"text": text[:60]})


def _parse_element(field: CustomField, text: str, names: Names) -> Any:
    known = names.elements_of(field)
    if text in known:
        return text
    found = next((pk for pk, name in known.items() if name.casefold() == text.casefold()), None)
    if found is None:
        raise refuse(field, _("“%(text)s” is not in the list.") % {"text": text[:60]})
    return found


def _parse_elements(field: CustomField, text: str, names: Names) -> Any:
    known = {name.casefold() for name in names.elements_of(field).values()}
    mark = ";" if ";" in text or "\n" in text else ","
    parts = [text] if text.casefold() in known else text.replace("\n", ";").split(mark)
    return [_parse_element(field, part.strip(), names) for part in parts if part.strip()]


def _parse_flag(field: CustomField, text: str, names: Names) -> Any:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise refuse(field, _("“%(text)s” is neither yes nor no.") % {"text": text[:60]})


def _parse_member(field: CustomField, text: str, names: Names) -> Any:
    if text in names.members():
        return text
    if "@" in text:
        found = [
            str(pk) for pk in Membership.objects.filter(user__email__iexact=text).values_list("pk", flat=True)
        ]
    else:
        found = [pk for pk, name in names.members().items() if name.casefold() == text.casefold()]
    if len(found) > 1:
        raise refuse(
            field, _("Several colleagues are called “%(text)s”; give the e-mail.") % {"text": text[:60]}
        )
    if not found:
        raise refuse(field, _("No colleague is called “%(text)s”.") % {"text": text[:60]})
    return found[0]


def _parse_file(field: CustomField, text: str, names: Names) -> Any:
    raise refuse(field, _("A file is added on the record itself."))


_PARSERS: dict[str, Callable[[CustomField, str, Names], Any]] = {
    Kind.TEXT: lambda field, text, names: text,
    Kind.NUMBER: _parse_number,
    Kind.MONEY: _parse_money,
    Kind.DATE: _parse_date,
    Kind.CHOICE: _parse_element,
    Kind.CHOICES: _parse_elements,
    Kind.FLAG: _parse_flag,
    Kind.MEMBER: _parse_member,
    Kind.FILE: _parse_file,
    Kind.ELEMENT: _parse_element,
}


# --- Before writing ----------------------------------------------------------------------------------
def _text(field: CustomField, value: Any, names: Names) -> Value | None:
    if not isinstance(value, str):
        raise refuse(field, _("This is no text."))
    text = value.replace("\x00", "").strip()
    if len(text) > MAX_TEXT:
        raise refuse(field, _("No more than %(count)s characters.") % {"count": MAX_TEXT})
    return text or None


def _decimal(field: CustomField, value: Any, *, places: int) -> Decimal:
    if isinstance(value, bool | float):  # a float has digits nobody wrote
        raise refuse(field, _("This is no number."))
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise refuse(field, _("This is no number.")) from error
    if not number.is_finite():
        raise refuse(field, _("This is no number."))
    if number.adjusted() >= MAX_DIGITS:
        raise refuse(field, _("The number is too large."))
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -places:
        raise refuse(field, _("No more than %(count)s digits after the point.") % {"count": places})
    return number


def _number(field: CustomField, value: Any, names: Names) -> Value | None:
    number = _decimal(field, value, places=MAX_PLACES)
    return f"{number.normalize():f}" if number else "0"


def _money(field: CustomField, value: Any, names: Names) -> Value | None:
    given = value if isinstance(value, Mapping) else {"amount": value, "currency": field.currency}
    if given.get("amount") in (None, ""):
        return None
    amount = _decimal(field, given["amount"], places=2)
    currency = str(given.get("currency") or field.currency)
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise refuse(field, _("A currency is three letters: RUB."))
    return {"amount": f"{amount:.2f}" if amount else "0.00", "currency": currency}


def _date(field: CustomField, value: Any, names: Names) -> Value | None:
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise refuse(field, _("This is no date.")) from error
    day = day.date() if isinstance(day, dt.datetime) else day
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise refuse(field, _("The date is too far away."))
    return day.isoformat()


def _element(field: CustomField, value: Any, names: Names) -> Value | None:
    pk = str(getattr(value, "pk", value))
    if pk not in names.elements_of(field):
        raise refuse(field, _("This is not in the list."))
    return pk


def _elements(field: CustomField, value: Any, names: Names) -> Value | None:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise refuse(field, _("This is not in the list."))
    chosen = {str(getattr(one, "pk", one)) for one in value}
    known = names.elements_of(field)
    if chosen - known.keys():
        raise refuse(field, _("This is not in the list."))
    return [pk for pk in known if pk in chosen]  # in the order of the list: the same choice is the same value


def _flag(field: CustomField, value: Any, names: Names) -> Value | None:
    if not isinstance(value, bool):
        raise refuse(field, _("This is neither yes nor no."))
    return value


def _member(field: CustomField, value: Any, names: Names) -> Value | None:
    pk = str(getattr(value, "pk", value))
    if pk not in names.members():
        raise refuse(field, _("This is no colleague of yours."))
    return pk


def _file(field: CustomField, value: Any, names: Names) -> Value | None:
    given = value if isinstance(value, Mapping) else {"id": str(getattr(value, "pk", value))}
    file = file_of(given)
    if file is None:
        raise refuse(field, _("There is no such file."))
    return {"id": str(file.pk), "name": file.name}


_CHECKS: dict[str, Callable[[CustomField, Any, Names], Value | None]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.CHOICE: _element,
    Kind.CHOICES: _elements,
    Kind.FLAG: _flag,
    Kind.MEMBER: _member,
    Kind.FILE: _file,
    Kind.ELEMENT: _element,
}
