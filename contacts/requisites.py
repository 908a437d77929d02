"""Control sums of Russian legal details: a typo is told before it reaches an invoice.

INN: order of the Federal Tax Service of 29.06.2012 ММВ-7-6/435; OGRN: order of the Ministry of Finance of
30.10.2017 165n; account against BIK: Bank of Russia, order of control key calculation of 08.09.1997 515.
"""

from __future__ import annotations

import re

_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_FIRST = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_LAST = (3, *_INN_12_FIRST)
_ACCOUNT = (7, 1, 3)
_KPP = re.compile(r"^\d{4}[\dA-Z]{2}\d{3}$")


def is_inn(value: str) -> bool:
    """Say whether an INN of a company (10 digits) or a person (12) adds up."""
    if not value.isascii() or not value.isdigit() or not int(value):
        return False
    if len(value) == 10:
        return _key(value, _INN_10) == int(value[9])
    if len(value) == 12:
        return _key(value, _INN_12_FIRST) == int(value[10]) and _key(value, _INN_12_LAST) == int(value[11])
    return False


def is_kpp(value: str) -> bool:
    """Say whether a KPP has its shape; it carries no control sum."""
    return bool(_KPP.match(value))


def is_ogrn(value: str) -> bool:
    """Say whether an OGRN (13 digits) or OGRNIP (15) adds up."""
    if not value.isascii() or not value.isdigit() or not int(value) or len(value) not in (13, 15):
        return False
    return int(value[:-1]) % (len(value) - 2) % 10 == int(value[-1])


def is_bik(value: str) -> bool:
    """Say whether a BIK has nine digits."""
    return value.isascii() and value.isdigit() and len(value) == 9


def is_account(value: str, bik: str) -> bool:
    """Say whether a settlement account of 20 digits fits the bank of the BIK."""
    return _is_twenty_digits(value) and is_bik(bik) and _adds_up(bik[-3:] + value)


def is_correspondent_account(value: str, bik: str) -> bool:
    """Say whether a correspondent account, which the Bank of Russia keeps (301…), fits the bank of the BIK."""
    is_one = _is_twenty_digits(value) and value.startswith("301") and is_bik(bik)
    return is_one and value.endswith(bik[-3:]) and _adds_up(f"0{bik[4:6]}{value}")


def _is_twenty_digits(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) == 20


def _adds_up(digits: str) -> bool:
    return sum(int(d) * _ACCOUNT[i % 3] % 10 for i, d in enumerate(digits)) % 10 == 0


def _key(value: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(value, weights, strict=False)) % 11 % 10
