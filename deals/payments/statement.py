"""A bank's statement as 1C reads it (1CClientBankExchange): bytes in, plain payments out; no database here.

The format: https://v8.1c.ru/tekhnologii/obmen-dannymi-i-integratsiya/standarty-i-formaty/
standart-obmena-s-sistemami-klient-banka/. Banks write it in windows-1251, some in CP866 or UTF-8; the header
«Кодировка» can't be relied on. Who pays and who is paid is told by the accounts, not by the kind of document.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Refusal

MAX_BYTES = 20 * 1024 * 1024
MAX_DOCUMENTS = 100_000
_SIGNATURE = "1CClientBankExchange"
_DOCUMENT, _DOCUMENT_END, _FILE_END = "СекцияДокумент", "КонецДокумента", "КонецФайла"
_ACCOUNT, _ACCOUNT_SECTION = "РасчСчет", "СекцияРасчСчет"
_ENCODINGS = ("utf-8-sig", "cp1251", "cp866")
_MAX_AMOUNT = Decimal(10) ** 13
# Digits 6 to 8 of an account: the currency it is kept in.
_CURRENCIES = {
    "810": "RUB", "643": "RUB", "840": "USD", "978": "EUR", "156": "CNY", "398": "KZT", "933": "BYN", "826": "GBP",
    "949": "TRY", "051": "AMD", "981": "GEL", "860": "UZS", "784": "AED",
}  # fmt: skip
_DAY = re.compile(r"^(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)$")
_INN = re.compile(r"^\s*ИНН\s*(?:\d{10,12})?\s*(?:КПП\s*\d{0,9}\s*)?", re.I)


class NotAStatement(Refusal):
    """The file isn't what it says."""

    code = "not_a_statement"

    def default_message(self) -> str | Promise:
        return _(
            "This is no bank statement for 1C: the file has to begin with 1CClientBankExchange. Nothing was read."
        )


class StatementCutOff(Refusal):
    """The end is missing."""

    code = "statement_cut_off"

    def default_message(self) -> str | Promise:
        return _(
            "The file is cut off: its end is missing. Download it from the bank again. Nothing was read."
        )


class StatementTooLarge(Refusal):
    """More than a statement holds."""

    code = "statement_too_large"

    def default_message(self) -> str | Promise:
        return _("The file is too large: take the statement of a shorter period. Nothing was read.")


class StatementWithoutAccount(Refusal):
    """Without our account nobody knows which payments came in."""

    code = "statement_without_account"

    def default_message(self) -> str | Promise:
        return _("The file doesn’t say of which account it is. Nothing was read.")


@dataclasses.dataclass(frozen=True, slots=True)
class Incoming:
    """Money that came to one of our accounts."""

    account: str  # ours
    number: str  # of the payer's document
    on: dt.date  # of the document
    came_on: dt.date
    amount: Decimal
    currency: str
    payer: str
    payer_inn: str
    payer_account: str
    purpose: str

    @property
    def key(self) -> tuple[str, str, str, dt.date, Decimal]:
        """What tells it from every other payment: numbers are given out by each payer anew."""
        return (self.account, self.payer_account or self.payer_inn, self.number, self.on, self.amount)


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """A document that can't be understood: where it begins, and why."""

    line: int
    reason: str | Promise


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What a file says."""

    accounts: list[str]
    first_on: dt.date | None
    last_on: dt.date | None
    incoming: list[Incoming]
    outgoing_count: int
    own_count: int  # from one of our accounts to another
    repeated_count: int  # documents that stand in the file twice
    broken: list[Broken]


def parse(raw: bytes) -> Statement:
    """Read a statement. Raises NotAStatement, StatementCutOff, StatementTooLarge, StatementWithoutAccount."""
    lines = _decoded(raw).splitlines()
    if not any(line.strip() == _FILE_END for line in reversed(lines[-50:])):
        raise StatementCutOff
    header, accounts = _header(lines)
    if not accounts:
        raise StatementWithoutAccount
    return _read(lines, header, accounts)


def _read(lines: list[str], header: Mapping[str, str], accounts: list[str]) -> Statement:
    found: dict[object, Incoming] = {}
    broken: list[Broken] = []
    outgoing = own = repeated = 0
    for line, section in _documents(lines):
        if section is None:
            broken.append(Broken(line, _("the document has no end")))
            continue
        ours, theirs = _account_of(section, "Получатель"), _account_of(section, "Плательщик")
        if ours not in accounts:
            outgoing += 1
        elif theirs in accounts:
            own += 1
        elif isinstance(payment := _incoming(section, ours, theirs, line), Broken):
            broken.append(payment)
        elif payment.key in found:
            repeated += 1
        else:
            found[payment.key] = payment
    days = (_date(header.get("ДатаНачала", "")), _date(header.get("ДатаКонца", "")))
    return Statement(accounts, *days, list(found.values()), outgoing, own, repeated, broken)


# --- Text --------------------------------------------------------------------------------------------
def _decoded(raw: bytes) -> str:
    """Decode by what the file says of itself in the one encoding in which its words are words."""
    if len(raw) > MAX_BYTES:
        raise StatementTooLarge
    if not raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SIGNATURE.encode()):
        raise NotAStatement
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _ACCOUNT in text or _FILE_END in text:
            return text.replace("\x00", "")  # PostgreSQL takes none
    raise NotAStatement


def _header(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Read what stands before the documents, and our accounts wherever they are named outside a document."""
    header: dict[str, str] = {}
    accounts: list[str] = []
    is_inside = False
    for line in lines:
        name, _sign, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if name == _DOCUMENT:
            is_inside = True
        elif name == _DOCUMENT_END:
            is_inside = False
        elif name == _ACCOUNT and not is_inside and value and value not in accounts:
            accounts.append(value)
        elif not is_inside:
            header.setdefault(name, value)
    return header, accounts


def _documents(lines: list[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Yield the line where each document begins, and what stands in it; None where it has no end."""
    section: dict[str, str] | None = None
    begins = count = 0
    for number, line in enumerate(lines, start=1):
        name, _sign, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if name in (_DOCUMENT, _FILE_END) and section is not None:
            yield begins, None
            section = None
        if name == _DOCUMENT:
            section, begins, count = {}, number, count + 1
            if count > MAX_DOCUMENTS:
                raise StatementTooLarge
        elif name == _DOCUMENT_END and section is not None:
            yield begins, section
            section = None
        elif section is not None:
            section.setdefault(name, value)


# --- One document ------------------------------------------------------------------------------------
def _incoming(section: Mapping[str, str], ours: str, theirs: str, line: int) -> Incoming | Broken:
    amount, on = _amount(section.get("Сумма", "")), _date(section.get("Дата", ""))
    if amount is None:
        return Broken(line, _("the amount is no sum of money"))
    if on is None:
        return Broken(line, _("the date is missing or wrong"))
    if not (number := section.get("Номер", "")):
        return Broken(line, _("the number is missing"))
    return Incoming(
        account=ours[:34],
        number=number[:50],
        on=on,
        came_on=_date(section.get("ДатаПоступило", "")) or on,
        amount=amount,
        currency=_CURRENCIES.get(ours[5:8], "RUB") if len(ours) == 20 else "RUB",
        payer=_payer(section)[:250],
        payer_inn=_digits(section.get("ПлательщикИНН", ""))[:12],
        payer_account=theirs[:34],
        purpose=_purpose(section)[:1000],
    )


def _account_of(section: Mapping[str, str], side: str) -> str:
    """An account at the bank, else the correspondent one some banks give instead."""
    return section.get(f"{side}Счет") or section.get(f"{side}РасчСчет") or ""


def _payer(section: Mapping[str, str]) -> str:
    """The name alone; many banks put the INN before it."""
    name = section.get("Плательщик1") or section.get("Плательщик") or ""
    return _INN.sub("", name).strip()


def _purpose(section: Mapping[str, str]) -> str:
    """The purpose, which older programs cut into lines 1 to 6."""
    whole = section.get("НазначениеПлатежа", "")
    return whole or " ".join(filter(None, (section.get(f"НазначениеПлатежа{n}", "") for n in range(1, 7))))


def _amount(text: str) -> Decimal | None:
    """Read 1234.5, 1 234,50 and 1234-50; None for what is no positive sum with at most two decimals."""
    plain = re.sub(r"[\s\u00a0']", "", text)
    if re.fullmatch(r"\d+-\d\d", plain):
        plain = plain.replace("-", ".")
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value < _MAX_AMOUNT or value != round(value, 2):
        return None
    return round(value, 2)


def _date(text: str) -> dt.date | None:
    if (match := _DAY.match(text.strip())) is None:
        return None
    try:
        return dt.date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
