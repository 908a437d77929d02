"""Which invoice a payment is for: its number in the purpose, the payer's INN, the amount, the day. Pure.

A match says how sure it is and why; a person confirms. Nothing is guessed from one weak sign alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal

_NUMBER, _BARE_NUMBER, _DAY = 50, 25, 10
_INN, _OTHER_INN = 30, -40
_AMOUNT, _PART, _MORE = 30, 5, 0
_SURE, _LIKELY, _OFFERED = 80, 55, 30
_MIN_BARE = 4  # a shorter number without the word «счёт» before it may be anything
MOST_OFFERED = 5
# «счет № 7», «сч.№АБ-7/2», «счёту N 12 от …», "invoice 7"
_LABELLED = re.compile(
    r"(?:сч[её]т\w*|сч|invoice|inv)(?![\w-]*фактур)[\s.:]*(?:на\s+оплату\s*)?(?:№|#|N|No\.?|номер)?[\s.]*([\w][\w\-/.]*)",
    re.I,
)
_WORD = re.compile(r"[\w][\w\-/.]*")
_DATES = re.compile(r"(\d{1,2})\.(\d{1,2})\.((?:20)?\d\d)(?!\d)")


class Sureness(enum.StrEnum):
    SURE = "sure"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that waits for money."""

    id: uuid.UUID
    number: str
    issued_on: dt.date
    total: Decimal
    remaining: Decimal
    currency: str
    inn: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """What a payment says of itself."""

    amount: Decimal
    currency: str
    inn: str
    purpose: str


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """An invoice a payment may be for; `reasons` are codes of deals.payments.wording."""

    candidate: Candidate
    points: int
    sureness: Sureness
    reasons: tuple[str, ...]


def matches(money: Money, candidates: Iterable[Candidate]) -> list[Match]:
    """List the invoices a payment may be for, the likeliest first. Where two fit equally none is sure."""
    labelled, bare, days = _said(money.purpose)
    found = [
        match
        for candidate in candidates
        if candidate.currency == money.currency
        and (match := _match(money, candidate, labelled, bare, days)) is not None
    ]
    found.sort(key=lambda match: (-match.points, match.candidate.issued_on, match.candidate.number))
    return _told_apart(found[:MOST_OFFERED])


def _match(
    money: Money, candidate: Candidate, labelled: set[str], bare: set[str], days: set[dt.date]
) -> Match | None:
    points, reasons = 0, []
    number = _plain(candidate.number)
    if number in labelled:
        points, reasons = points + _NUMBER, ["number"]
    elif len(number) >= _MIN_BARE and number in bare:
        points, reasons = points + _BARE_NUMBER, ["number_bare"]
    if money.inn and candidate.inn:
        is_same = money.inn == candidate.inn
        points += _INN if is_same else _OTHER_INN
        reasons.append("inn" if is_same else "other_inn")
    if candidate.issued_on in days:
        points, reasons = points + _DAY, [*reasons, "day"]
    added, reason = _amount(money.amount, candidate)
    points, reasons = points + added, [*reasons, reason]
    if points < _OFFERED:
        return None
    return Match(candidate, min(points, 100), _sureness(points), tuple(reasons))


def _amount(amount: Decimal, candidate: Candidate) -> tuple[int, str]:
    if amount == candidate.remaining:
        return _AMOUNT, "amount"
    return (_PART, "part") if amount < candidate.remaining else (_MORE, "more")


def _sureness(points: int) -> Sureness:
    if points >= _SURE:
        return Sureness.SURE
    return Sureness.LIKELY if points >= _LIKELY else Sureness.POSSIBLE


def _told_apart(found: Sequence[Match]) -> list[Match]:
    """Of several with the same points none is the one."""
    tied = [match for match in found if match.points == found[0].points] if found else []
    if len(tied) < 2:
        return list(found)
    return [
        dataclasses.replace(match, sureness=Sureness.POSSIBLE, reasons=(*match.reasons, "several"))
        if match in tied
        else match
        for match in found
    ]


# --- What the purpose says ---------------------------------------------------------------------------
def _said(purpose: str) -> tuple[set[str], set[str], set[dt.date]]:
    """Read numbers after the word «счёт», all words that could be a number, and days."""
    labelled = {_plain(number) for number in _LABELLED.findall(purpose)}
    bare = {_plain(word) for word in _WORD.findall(purpose) if any(letter.isdigit() for letter in word)}
    return labelled, bare, set(_days(purpose))


def _plain(number: str) -> str:
    """Write a number as it is compared: no case, no spaces, no signs at its ends, no leading zeros."""
    plain = re.sub(r"\s", "", number).strip("№#.,-/").upper().replace("Ё", "Е")
    return plain.lstrip("0") or plain


def _days(purpose: str) -> Iterable[dt.date]:
    for day, month, year in _DATES.findall(purpose):
        try:
            yield dt.date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))
        except ValueError:
            continue
