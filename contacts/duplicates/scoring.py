"""How likely two cards are one client, in points from 0 to 100, and why.

Pure rules over contacts.duplicates.profiles. The same answer for a hint, a card, the list and a whole base.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Mapping
from typing import Any, Literal

from contacts.duplicates.diminutives import forms
from contacts.duplicates.keys import firm_name_key, full_name_key
from contacts.duplicates.mails import is_slip
from contacts.duplicates.profiles import Firm, Name, Person
from contacts.duplicates.sounds import distance, is_mistyped

LIKELY = 50  # from here on a pair is offered
SURE = 80
Reason = tuple[str, dict[str, Any]]
Likeness = Literal["same", "short", "typo", "initials", "part", "unknown", "different"]
Counts = Mapping[str, int]  # how many cards have a key of a whole name

# A name that many have says little: points by how many cards are called so.
_RARITY = ((2, 50), (5, 38), (20, 30))
_COMMON = 18
_OF_NAME = {"same": 1.0, "short": 0.9, "typo": 0.75, "initials": 0.6}
_PART, _DIFFERENT_NAME, _NICKNAME, _SAME_MIDDLE, _OTHER_MIDDLE = 8, -45, -10, 15, -60
_ELSEWHERE, _NEAR_PHONE, _MAIL_NAME, _MAIL_SLIP, _USERNAME = 62, 35, 30, 35, 40
_COMPANY, _OTHER_WAYS = 18, 10
_INN, _OTHER_KPP, _OTHER_INN, _SITE, _PHONE, _MAIL, _DOMAIN = 85, 40, -60, 40, 30, 35, 20
_FIRM_TYPO, _WITHIN, _OTHER_FIRM, _ADDRESS = 0.75, 12, -20, 15
_MIN_PHONE = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Points and reasons; contacts.duplicates.wording says the reasons in words."""

    points: int
    reasons: list[Reason]

    @property
    def is_likely(self) -> bool:
        return self.points >= LIKELY


class _Sum:
    """Adds up points; reasons against are counted and not told."""

    def __init__(self) -> None:
        self.points = 0.0
        self.reasons: list[Reason] = []

    def add(self, points: float, code: str = "", **params: Any) -> None:
        self.points += points
        if code:
            self.reasons.append((code, params))

    def score(self) -> Score:
        return Score(max(0, min(100, round(self.points))), self.reasons)


# --- People ------------------------------------------------------------------------------------------
def score_people(one: Person, other: Person, counts: Counts) -> Score:
    """Compare two contacts."""
    likeness, total = likeness_of(one.name, other.name), _Sum()
    number = _shared_number(one, other)
    _add_name(total, likeness, one.name, other.name, counts, is_number_shared=bool(number))
    if number and number[0]:
        total.add(_ELSEWHERE, "phone_elsewhere", kind=number[0], value=number[1])
    elif number:
        total.add(_ELSEWHERE, "same_phone", value=number[1])
    if names := one.mail_names & other.mail_names:
        total.add(_MAIL_NAME, "mail_name", name=min(names))
    elif likeness not in ("different", "unknown") and (pair := _slip(one.mails, other.mails)):
        total.add(_MAIL_SLIP, "mail_slip", one=pair[0], other=pair[1])
    if shared := one.usernames & other.usernames:
        total.add(_USERNAME, "username", name=min(shared))
    if likeness in _OF_NAME:
        _add_circumstances(total, one, other)
    return total.score()


def _add_name(
    total: _Sum, likeness: Likeness, one: Name, other: Name, counts: Counts, *, is_number_shared: bool
) -> None:
    if likeness in _OF_NAME:
        # A slip makes a rare name of a common one: the commoner of the two decides
        called = max(counts.get(full_name_key(one), 1), counts.get(full_name_key(other), 1))
        total.add(_points_of(called) * _OF_NAME[likeness], f"name_{likeness}")
    elif likeness == "part":
        total.add(_PART, "name_part")
    elif likeness == "different":
        total.add(
            _NICKNAME if is_number_shared else _DIFFERENT_NAME
        )  # profiles are called all sorts of things
    if len(one.middle) > 1 and len(other.middle) > 1:
        if one.middle == other.middle or is_mistyped(one.middle, other.middle):
            total.add(_SAME_MIDDLE if likeness in _OF_NAME else 0)
        else:
            total.add(_OTHER_MIDDLE)


def _add_circumstances(total: _Sum, one: Person, other: Person) -> None:
    """What supports a name that is alike and would say nothing alone."""
    if pair := _near(one.phones, other.phones):
        total.add(_NEAR_PHONE, "phone_near", one=pair[0], other=pair[1])
    if shared := one.companies & other.companies:
        total.add(_COMPANY, "same_company", name=min(name for _pk, name in shared))
    if one.kinds and other.kinds and not one.kinds & other.kinds:
        total.add(_OTHER_WAYS, "other_ways")


def likeness_of(one: Name, other: Name) -> Likeness:
    """Say how alike two names are, whatever the order of their words."""
    if not (one.parts and other.parts):
        return "unknown"
    if len(one.parts) == 2 and len(other.parts) == 2:
        return _of_whole(one.parts, other.parts)
    short, full = (one, other) if len(one.parts) <= len(other.parts) else (other, one)
    [word] = short.parts
    if not any(word == part or forms(word) & forms(part) for part in full.parts):
        return "different" if short.initials and len(full.parts) == 2 else "unknown"
    if len(full.parts) == 1:
        return "initials" if short.initials and short.initials & full.initials else "part"
    rest = next((part for part in full.parts if part != word), "")
    letters = {meant[0] for meant in forms(rest)}
    if not short.initials:
        return "part"
    return "initials" if short.initials & letters else "different"


def _of_whole(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    if one == other:  # sorted, so the order they were written in is no matter
        return "same"
    (a, b), (c, d) = one, other
    straight, crossed = (_of_words(a, c), _of_words(b, d)), (_of_words(a, d), _of_words(b, c))
    for steps in sorted((straight, crossed), key=max):
        if max(steps) == 1:
            return "short"
        if max(steps) == 2 and min(steps) < 2:
            return "typo"
    return "different"


@functools.lru_cache(maxsize=200_000)
def _of_words(one: str, other: str) -> int:
    """0 the same, 1 a short form, 2 a slip of the pen, 3 another word."""
    if one == other:
        return 0
    if forms(one) & forms(other):
        return 1
    return 2 if is_mistyped(one, other) else 3


def _points_of(called: int) -> int:
    """What a whole name is worth that so many cards have."""
    return next((points for limit, points in _RARITY if called <= limit), _COMMON)


def _shared_number(one: Person, other: Person) -> tuple[str, str] | None:
    """A number both have: (messenger, digits). Without a messenger when one of the two is still being typed."""
    ours = {digits: kind for kind, digits in one.accounts}
    theirs = {digits: kind for kind, digits in other.accounts}
    shared = (one.phones | ours.keys()) & (other.phones | theirs.keys())
    digits = min(shared, default="")
    return (ours.get(digits) or theirs.get(digits, ""), digits) if digits else None


def _near(ones: frozenset[str], others: frozenset[str]) -> tuple[str, str] | None:
    """Two phones that differ by one digit, or by two that were swapped."""
    for one in sorted(ones):
        for other in sorted(others):
            if len(one) == len(other) >= _MIN_PHONE and _is_one_digit_off(one, other):
                return one, other
    return None


def _is_one_digit_off(one: str, other: str) -> bool:
    wrong = sum(map(operator.ne, one, other))
    return wrong == 1 or (wrong == 2 and distance(one, other, 1) == 1)


def _slip(ones: frozenset[str], others: frozenset[str]) -> tuple[str, str] | None:
    return next(
        ((one, other) for one in sorted(ones) for other in sorted(others) if is_slip(one, other)), None
    )


# --- Companies ---------------------------------------------------------------------------------------
def score_firms(one: Firm, other: Firm, counts: Counts) -> Score:
    """Compare two companies; a head company and its branches are never one."""
    total = _Sum()
    if one.family & other.family:
        return total.score()
    _add_legal(total, one, other)
    likeness = _firm_likeness(one, other)
    if likeness == "same":
        called = max(counts.get(firm_name_key(one), 1), counts.get(firm_name_key(other), 1))
        total.add(_points_of(called), "firm_same")
    elif likeness == "typo":
        total.add(_points_of(1) * _FIRM_TYPO, "firm_typo")
    elif likeness == "within":
        total.add(_WITHIN, "firm_within")
    else:
        total.add(_OTHER_FIRM)
    if one.site and one.site == other.site:
        total.add(_SITE, "same_site", site=one.site)
    if shared := one.phones & other.phones:
        total.add(_PHONE, "same_phone", value=min(shared))
    if shared := one.mails & other.mails:
        total.add(_MAIL, "same_mail", value=min(shared))
    elif not (one.site and one.site == other.site) and (domains := one.domains & other.domains):
        total.add(_DOMAIN, "same_domain", value=min(domains))
    if one.address and one.address == other.address:
        total.add(_ADDRESS, "same_address")
    return total.score()


def _add_legal(total: _Sum, one: Firm, other: Firm) -> None:
    if shared := one.inns & other.inns:
        inn = min(shared)
        ours, theirs = ({kpp for i, kpp in firm.legal if i == inn and kpp} for firm in (one, other))
        if ours and theirs and not ours & theirs:  # branches of one legal entity
            total.add(_OTHER_KPP, "other_kpp", inn=inn)
        else:
            total.add(_INN, "same_inn", inn=inn)
    elif one.inns and other.inns:
        total.add(_OTHER_INN)


def _firm_likeness(one: Firm, other: Firm) -> str:
    if not (one.parts and other.parts):
        return "different"
    if one.parts == other.parts or one.joined == other.joined:
        return "same"
    if is_mistyped(one.joined, other.joined) or _is_word_mistyped(one.parts, other.parts):
        return "typo"
    ours, theirs = set(one.parts), set(other.parts)
    shared = ours & theirs
    is_within = ours <= theirs or theirs <= ours
    return "within" if is_within and any(len(word) > 3 for word in shared) else "different"


def _is_word_mistyped(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """All words but one are the same, and that one is mistyped."""
    ours, theirs = set(ones) - set(others), set(others) - set(ones)
    return len(ours) == len(theirs) == 1 and is_mistyped(ours.pop(), theirs.pop())
