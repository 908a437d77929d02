"""Phones and e-mail addresses as forms, spreadsheets and telephone exchanges write them, made comparable."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

MAX_RAW = 500  # a cell; anything longer is no phone and no address
_SCHEME = re.compile(r"^\s*(?:tel|sips?|callto|phone|тел)\s*[.:]\s*", re.I)
_SCIENTIFIC = re.compile(r"^(\d)[.,](\d+)[eе]\+?(\d{1,2})$", re.I)  # Excel's 7,9161234567E+10
_WHOLE_FLOAT = re.compile(r"^(\d{7,15})[.,]0+$")
_BETWEEN_NUMBERS = re.compile(r"[,;|\n\r\t/]|\s(?:и|или|and|or)\s|(?<=\d)\s+(?=\+\d)", re.I)
_LOOKS_INTERNATIONAL = re.compile(r"^\d{11,15}$")
_BURIED = re.compile(r"\+?\d[\d\s().,-]{8,22}\d")  # a number with a name or a remark beside it
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@(?:[\w-]+\.)+[\w-]{2,}")


def normalise_phone(raw: object, region: str) -> str:
    """Return the first phone of the text in E.164, or "" when there is none that can be told.

    `region` is the tenant's country, ISO 3166 ("RU"). Sources of the shapes: channels.md §0.
    """
    phones = normalise_phones(raw, region)
    return phones[0] if phones else ""


def normalise_phones(raw: object, region: str) -> list[str]:
    """Return every phone of a cell in E.164, in order, each once."""
    text = unicodedata.normalize("NFKC", str(raw if raw is not None else "")).strip()
    if not text or len(text) > MAX_RAW:
        return []
    if number := _SCIENTIFIC.match(text.replace(" ", "")):
        text = _expand(number)
    elif whole := _WHOLE_FLOAT.match(text):
        text = whole[1]
    found = [_one(part, region) for part in _BETWEEN_NUMBERS.split(text)]
    if not any(found):
        found = [_one(part.replace(",", ""), region) for part in (text, *_BURIED.findall(text))]
    return list(dict.fromkeys(phone for phone in found if phone))


def _expand(number: re.Match[str]) -> str:
    """Write 7,9161234567E+10 out; where Excel has cut digits off, guessing zeros would join strangers."""
    whole, fraction, exponent = number.groups()
    return whole + fraction if len(fraction) == int(exponent) else ""


def _one(text: str, region: str) -> str:
    text = _SCHEME.sub("", text).partition("@")[0].strip()
    if not text:
        return ""
    parsed = _parse(text, region)
    if parsed is None and _LOOKS_INTERNATIONAL.match(digits := re.sub(r"\D", "", text)) and "+" not in text:
        parsed = _parse(f"+{digits.removeprefix('00')}", region)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if parsed else ""


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(number):
        return number
    # Numbering plans grow faster than the library: believe a full international number unless it is a filler.
    is_full = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    is_filler = len(set(str(number.national_number))) < 3
    return number if text.lstrip().startswith("+") and is_full and not is_filler else None


def normalise_email(raw: object) -> str:
    """Return the first address of the text in lower case, or "" when there is none."""
    text = unicodedata.normalize("NFKC", str(raw if raw is not None else ""))[:MAX_RAW]
    found = _ADDRESS.search(text.replace("mailto:", " "))
    if found is None:
        return ""
    local, _, domain = found[0].lower().rpartition("@")
    address = f"{local.strip('.')}@{_readable(domain)}"
    return address if local.strip(".") and len(address) <= 254 else ""


def _readable(domain: str) -> str:
    """Write xn--80ak… as its letters, so that both spellings of one domain are equal."""
    try:
        return domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        return domain
