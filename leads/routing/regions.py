"""Where a client is: told in a form, or by the area code of the phone (L5, R9)."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import babel
import phonenumbers

from contacts.folding import fold
from leads.routing.area_codes import RUSSIA

LONGEST = 100
# Labels of form fields that ask for a place, folded; a field counts when its label begins with one
_ASKED = ("регион", "область", "город", "region", "state", "city", "town")


def region_of(*, phone: str, fields: Sequence[Sequence[str]], home: str, language: str) -> str:
    """Name the region: what the client filled in, else that of the area code, else a foreign country.

    `home` is the country of the tenant's phone numbers: its name alone would say nothing.
    """
    for label, value in fields:
        if value.strip() and fold(label).startswith(_ASKED):
            return " ".join(value.split())[:LONGEST]
    return _by_phone(phone, home, language) if phone else ""


@functools.lru_cache(maxsize=2048)
def _by_phone(phone: str, home: str, language: str) -> str:
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ""
    if number.country_code == 7 and (names := RUSSIA.get(str(number.national_number)[:3])):
        return names[0] if language == "ru" else names[1]
    country = phonenumbers.region_code_for_number(number)
    if not country or country == home or not country.isalpha():
        return ""
    return str(babel.Locale.parse(language).territories.get(country, ""))[:LONGEST]
