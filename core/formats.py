"""How figures, money, phones and times read: pure functions, for tags and for rows made in Python."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
import zlib
from decimal import Decimal
from typing import NamedTuple

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.numbers import format_compact_currency, get_currency_symbol
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NBSP = "\u00a0"
MINUS = "\u2212"
Number = Decimal | int | float
TINTS = 6  # avatar tints in tokens.css
# Signs every reader of a CRM here knows, where CLDR gives the three letters outside the home country.
SIGNS = {"RUB": "₽", "KZT": "₸", "UAH": "₴", "BYN": "Br"}


class _Numerals(NamedTuple):
    """A language's marks inside a number and around a currency and a percent sign."""

    group: str
    decimal: str
    percent: str  # pattern with 0 for the number
    currency: str  # pattern with 0 for the number and ¤ for the sign


@functools.lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@functools.lru_cache(maxsize=16)
def _numerals(language: str) -> _Numerals:
    """Read the marks from Babel once: formatting a number through Babel costs 40 µs, a board has hundreds."""
    locale = _locale(language)
    symbols = locale.number_symbols["latn"]
    return _Numerals(
        group=NBSP if symbols["group"].isspace() else symbols["group"],
        decimal=symbols["decimal"],
        percent=locale.percent_formats[None].pattern.split(";")[0].replace("#,##0", "0"),
        currency=locale.currency_formats["standard"].pattern.split(";")[0].replace("#,##0.00", "0"),
    )


def _language() -> str:
    return get_language() or "en"


def number(value: Number | None, *, digits: int = 0) -> str:
    """Write a number in the reader's language: 12 400 or 12,400."""
    if value is None:
        return ""
    marks = _numerals(_language())
    text = f"{abs(value):,.{digits}f}"
    text = text.replace(",", "\0").replace(".", marks.decimal).replace("\0", marks.group)
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


@functools.lru_cache(maxsize=256)
def _currency_sign(currency: str, language: str) -> str:
    return SIGNS.get(currency) or get_currency_symbol(currency, _locale(language))


def money(amount: Number | None, currency: str, *, has_coins: bool = False) -> str:
    """Write an amount with its currency: 1 748 000 ₽ or £1,748.50; kopecks where there are any, or always."""
    if amount is None:
        return ""
    language = _language()
    digits = 2 if has_coins or amount != int(amount) else 0
    pattern = _numerals(language).currency.replace("¤", _currency_sign(currency, language))
    text = pattern.replace("0", number(-amount if amount < 0 else amount, digits=digits), 1)
    return f"{MINUS}{text}" if amount < 0 else text


def money_short(amount: Number | None, currency: str) -> str:
    """Write a large amount in a few signs: 2,2 млн ₽ or £2.2K."""
    if amount is None:
        return ""
    if -1000 < amount < 1000:
        return money(round(amount), currency)
    language = _language()
    locale = _locale(language)
    text: str = format_compact_currency(Decimal(amount), currency, locale=locale, fraction_digits=1)
    text = text.replace(get_currency_symbol(currency, locale), _currency_sign(currency, language))
    return text.replace(" ", NBSP).replace("-", MINUS)


def percent(value: Number | None, *, digits: int | None = None) -> str:
    """Write a share given in 0-100: 18,6 % or 18.6%; one decimal unless it is whole."""
    if value is None:
        return ""
    shown = digits if digits is not None else int(round(value, 1) != int(value))
    return _numerals(_language()).percent.replace("0", number(value, digits=shown), 1)


def rate(value: Decimal) -> str:
    """Write what a currency costs: 78,4812 or 0,1523; four signs after the point, six of a very small one."""
    digits = 4 if value >= Decimal("0.1") else 6
    shown = Decimal(round(value, digits)).normalize()
    exponent = shown.as_tuple().exponent
    return number(shown, digits=max(2, -exponent if isinstance(exponent, int) else 0))


def currency_sign(currency: str) -> str:
    """Name a currency as short as its reader knows it: ₽, £, or the three letters."""
    return _currency_sign(currency, _language())


def numbered(number: int | str) -> str:
    """Write the number a record is called by: No. 423 or № 423."""
    return _("No. %(number)s") % {"number": number}


def inner(text: str) -> str:
    """Turn the quotation marks of a text that is about to be quoted itself into those used inside a quotation."""
    outer, inside = ("«»", "„“") if _language() == "ru" else ("“”", "‘’")
    return text.translate(str.maketrans(outer, inside))


def signed(value: Number, *, digits: int = 0) -> str:
    """Write a change with its sign: +45, −3, 0."""
    return f"+{number(value, digits=digits)}" if value > 0 else number(value, digits=digits)


_RUSSIAN_MOBILE = re.compile(r"\+79\d{9}")


def phone(value: str) -> str:
    """Write an E.164 number as people read it; anything else comes back as it is."""
    if _RUSSIAN_MOBILE.fullmatch(value):  # nine of ten, and a list shows fifty
        return f"+7 {value[2:5]} {value[5:8]}-{value[8:10]}-{value[10:]}"
    return _international(value)


@functools.lru_cache(maxsize=4096)
def _international(value: str) -> str:
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(parsed):
        return value
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def duration(seconds: Number | None) -> str:
    """Write a length of time as m:ss, or h:mm:ss from an hour on."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def minutes(value: Number | None) -> str:
    """Write a count of minutes as a waiting time: 47 min, 3 h, 2 d."""
    if value is None:
        return ""
    whole = int(value)
    if whole < 60:
        return _("%(count)s min") % {"count": whole}
    if whole < 24 * 60:
        return _("%(count)s h") % {"count": whole // 60}
    return _("%(count)s d") % {"count": whole // (24 * 60)}


def exact(value: dt.datetime) -> str:
    """Write a moment in full, in the reader's zone."""
    local = timezone.localtime(value)
    return f"{_long_day(local.date(), _language())}, {local:%H:%M}"


@functools.lru_cache(maxsize=4096)
def _long_day(day: dt.date, language: str) -> str:
    # Kept because a page names few days many times, and Django's formatting is slow.
    return date_format(day, "j E Y" if language == "ru" else "j F Y")


def short_date(value: dt.date) -> str:
    """Write a day as 16 Nov, with the year when it is another one."""
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    text = _short_day(day, _language())
    return text if day.year == timezone.localdate().year else f"{text}{NBSP}{day.year}"


def short_month(day: dt.date) -> str:
    """Write a month as Nov, with the year when it is another one."""
    year = "" if day.year == timezone.localdate().year else f"{NBSP}{day:%y}"
    return f"{_month(day, _language())}{year}"


def month_and_year(day: dt.date) -> str:
    """Write a month in full: November 2026."""
    return date_format(day, "F Y")


@functools.lru_cache(maxsize=4096)
def _short_day(day: dt.date, language: str) -> str:
    return f"{day.day}{NBSP}{_month(day, language)}"


def _month(day: dt.date, language: str) -> str:
    # Django's short Russian months are capitalised and not in the genitive: 13 Май. E is 'мая', 'ноября'.
    return date_format(day, "E")[:3] if language == "ru" else date_format(day, "M")


def clock(value: dt.datetime) -> str:
    """Write the time of day, in the reader's zone."""
    return timezone.localtime(value).strftime("%H:%M")


def ago(value: dt.datetime, *, now: dt.datetime | None = None, is_long: bool = False) -> str:
    """Write a moment relative to now up to a day away, then as a date; long says 'ago'.

    relative_time.js repeats these rules to keep an open page true.
    """
    now = now or timezone.now()
    seconds = (now - value).total_seconds()
    if abs(seconds) < 45:
        return _("now")
    if abs(seconds) < 24 * 3600:
        span = minutes(max(1, round(abs(seconds) / 60)))
        if seconds < 0:
            return _("in %(time)s") % {"time": span}
        return _("%(time)s ago") % {"time": span} if is_long else span
    return _beyond_a_day(value, now)


def _beyond_a_day(value: dt.datetime, now: dt.datetime) -> str:
    days = (timezone.localtime(value).date() - timezone.localtime(now).date()).days
    if days == -1:
        return _("yesterday, %(time)s") % {"time": clock(value)}
    if days == 1:
        return _("tomorrow, %(time)s") % {"time": clock(value)}
    return short_date(value)


def initials(name: str) -> str:
    """Take the first letters of the first two words: Мария Белова gives МБ."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", name))
    return "".join(word[0] for word in words[:2]).upper() or "?"


# Longest claims first: every browser also says it is Chrome and Safari.
_BROWSERS = (
    ("YaBrowser", "Yandex"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(user_agent: str) -> str:
    """Name the browser and the system of a User-Agent header: Firefox, Windows."""
    found = (
        next((name for mark, name in names if mark in user_agent), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in found if name)


def tint(key: object) -> int:
    """Pick one of the avatar tints, the same for a key for ever."""
    return zlib.crc32(str(key).encode()) % TINTS + 1


def stamp(value: dt.datetime) -> str:
    """Write a moment for a column: the time of day today, day and time before that."""
    if timezone.localtime(value).date() == timezone.localdate():
        return clock(value)
    return f"{short_date(value)}, {clock(value)}"
