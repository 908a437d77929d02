"""Amounts, dates, yes and no, as people and programs write them in cells. Each raises ValueError for what it isn't."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

_SIGNS = re.compile(r"[\s\u00a0\u202f'’]|(?:руб(?:лей|\.|)?|rub|usd|eur|kzt|byn|р\.|[₽$€₸£])", re.I)
_CURRENCIES = (
    ("RUB", "₽", "руб", "rub", "р."),
    ("USD", "$", "usd"),
    ("EUR", "€", "eur"),
    ("KZT", "₸", "kzt"),
    ("BYN", "byn"),
)
_YES = frozenset(["1", "y", "yes", "true", "да", "д", "истина", "+", "x", "х", "✓", "on", "вкл"])
_NO = frozenset(["0", "n", "no", "false", "нет", "н", "ложь", "-", "off", "выкл"])
_MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11,
    "дек": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip
_TIME = r"(?:[T\s,]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<ap>am|pm)?)?"
_ZONE = r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
_SHAPES = (
    re.compile(r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})" + _TIME + _ZONE, re.I),
    re.compile(r"(?P<d>\d{1,2})[-.](?P<m>\d{1,2})[-.](?P<y>\d{4}|\d{2})(?:\s*г\.?)?" + _TIME + _ZONE, re.I),
    re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d{2})" + _TIME + _ZONE, re.I),
    re.compile(
        r"(?P<d>\d{1,2})[\s-]+(?P<w>[a-zа-я]{3,9})\.?[\s,-]+(?P<y>\d{4})(?:\s*г\.?)?" + _TIME + _ZONE, re.I
    ),
    re.compile(r"(?P<w>[a-z]{3,9})\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})" + _TIME + _ZONE, re.I),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})" + _TIME + _ZONE, re.I),
)
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?$")  # a date Excel wrote as its number


def amount(text: str) -> Decimal:
    """Read an amount of money: 12 500,50 ₽ · 1,234.50 · 1.234,50 · (100)."""
    bare = _SIGNS.sub("", text.strip())
    is_negative = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()")
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and point >= 0:
        bare = bare.replace("." if comma > point else ",", "").replace(",", ".")
    elif comma >= 0:
        is_thousands = bare.count(",") > 1
        bare = bare.replace(",", "" if is_thousands else ".")
    elif bare.count(".") > 1:
        bare = bare.replace(".", "")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        raise ValueError(text)
    return (-value if is_negative else value).quantize(Decimal("0.01"))


def currency(text: str) -> str:
    """Name the currency written beside an amount, or nothing."""
    lower = text.lower()
    return next((code for code, *signs in _CURRENCIES if any(sign in lower for sign in signs)), "")


def moment(text: str, zone: dt.tzinfo) -> dt.datetime:
    """Read a date with or without a time; without a zone of its own it is meant in `zone`.

    20/11/2026 can only be a day first, 11/20/2026 only a month first; where both are possible the day is first.
    """
    bare = text.strip().strip("'")
    for shape in _SHAPES:
        if found := shape.match(bare):
            return _made(found, zone)
    if serial := _SERIAL.match(bare):
        return dt.datetime(1899, 12, 30, tzinfo=zone) + dt.timedelta(days=int(serial[1]))
    raise ValueError(text)


def day(text: str, zone: dt.tzinfo) -> dt.date:
    """Read a date."""
    return moment(text, zone).date()


def yes(text: str) -> bool:
    """Read yes or no."""
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(text)


def whole(text: str) -> int:
    """Read a whole number that isn't negative."""
    value = amount(text)
    if value < 0 or value != value.to_integral_value() or value > 2_000_000_000:
        raise ValueError(text)
    return int(value)


def _made(found: re.Match[str], zone: dt.tzinfo) -> dt.datetime:
    parts = found.groupdict()
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 70 else 1900
    if "a" in parts:
        a, b = int(parts["a"]), int(parts["b"])
        day, month = (b, a) if b > 12 else (a, b)
    elif "w" in parts:
        month = _MONTHS.get(parts["w"].lower()[:3], 0)
        day = int(parts["d"])
    else:
        month, day = int(parts["m"]), int(parts["d"])
    hour = int(parts["h"] or 0)
    if parts["ap"]:
        hour = hour % 12 + (12 if parts["ap"].lower() == "pm" else 0)
    if not 1900 <= year <= 2100:
        raise ValueError(found[0])
    return dt.datetime(
        year, month, day, hour, int(parts["mi"] or 0), int(parts["s"] or 0), tzinfo=_zone(parts, zone)
    )


def _zone(parts: dict[str, str | None], zone: dt.tzinfo) -> dt.tzinfo:
    told = parts["zone"]
    if not told:
        return zone
    if told in "Zz":
        return dt.UTC
    sign = -1 if told[0] == "-" else 1
    digits = told[1:].replace(":", "")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
