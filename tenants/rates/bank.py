"""The Bank of Russia's rates of a day, as it publishes them: https://www.cbr.ru/development/SXML/."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

ADDRESS = "https://www.cbr.ru/scripts/XML_daily.asp"
CURRENCY = "RUB"  # what the bank's rates are in
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
MAX_BYTES = 1024 * 1024


class BankError(Exception):
    """The bank didn't answer, or with something else than rates; the text says what, for the operator."""


@dataclasses.dataclass(frozen=True, slots=True)
class BankDay:
    """What one unit of each currency costs in rubles on a day."""

    on: dt.date
    rubles: Mapping[str, Decimal]

    def against(self, base: str) -> dict[str, Decimal]:
        """Give the rates in another currency than the ruble; empty where the bank doesn't know it."""
        costs = {CURRENCY: Decimal(1), **self.rubles}
        if base not in costs:
            return {}
        return {code: cost / costs[base] for code, cost in costs.items() if code != base}


def fetch(day: dt.date | None = None) -> bytes:
    """Ask for the rates of a day, the newest without one; raise BankError."""
    params = {"date_req": f"{day:%d/%m/%Y}"} if day else {}
    try:
        answer = httpx.get(ADDRESS, params=params, timeout=TIMEOUT)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise BankError(f"{type(error).__name__}: {error}"[:200]) from error
    if len(answer.content) > MAX_BYTES:
        raise BankError("The answer is too long.")
    return answer.content


def parse(xml: bytes) -> BankDay:
    """Read the bank's XML: commas in numbers, and prices of 1, 10, 100 … units; raise BankError."""
    try:
        root = fromstring(xml)
        on = dt.datetime.strptime(root.attrib["Date"], "%d.%m.%Y").date()  # noqa: DTZ007 -- a day has no zone
        rubles = {
            _text(one, "CharCode"): _number(_text(one, "Value")) / _number(_text(one, "Nominal"))
            for one in root.iter("Valute")
        }
    except (ParseError, DefusedXmlException, KeyError, ValueError, ArithmeticError) as error:
        raise BankError(f"Not the bank's rates: {type(error).__name__}") from error
    if not rubles or any(cost <= 0 for cost in rubles.values()):
        raise BankError("Not the bank's rates: no prices")
    return BankDay(on, rubles)


def _text(node: object, name: str) -> str:
    text = node.findtext(name)  # type: ignore[attr-defined]  # of a module without types
    if not text:
        raise ValueError(name)
    return str(text).strip()


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ".").replace("\xa0", "").replace(" ", ""))
    except InvalidOperation as error:
        raise ValueError(text) from error
