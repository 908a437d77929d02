"""The keys at which two cards of one client meet: cards without a key in common are never compared.

A name alone brings cards together only while few have it (MAX_CARDS). Whatever else it needs to make a pair likely
is therefore part of a key of its own, so that the search stays fast in a large base, where a thousand people are
called Александр Иванов. What contacts.duplicates.scoring counts and what stands here belong together; a test says so.

| begins | people | companies |
|---|---|---|
| n | the whole name, in each full form | the name |
| h | one word of the name and half of a phone or the beginning of an address: finds those with one slip | |
| x | one word of the name and the patronymic | |
| c | a company and one word of the name | |
| p | a phone, also as the account of a messenger | a phone |
| m | what stands before the @ at a public service | |
| u | a username | |
| i, d, e, a | | INN, domain, e-mail, address |
"""

from __future__ import annotations

import itertools

from contacts.duplicates.diminutives import forms
from contacts.duplicates.profiles import Firm, Name, Person

MAX_KEY = 100
# Cards with one key that are still compared with each other; more of them have it by chance.
MAX_CARDS = 100
MAX_NAMESAKES = 20
_HALF, _BEGINNING = 5, 4
_MIN_ADDRESS = 10


def keys_of_person(person: Person) -> set[str]:
    """Make the keys of a contact: about ten."""
    keys = {f"p:{digits}" for digits in person.phones | {digits for _kind, digits in person.accounts}}
    keys |= {f"m:{name}" for name in person.mail_names}
    keys |= {f"u:{name}" for name in person.usernames}
    said = {form for part in person.name.parts for form in forms(part)}
    halves = {half for digits in person.phones for half in (f"{digits[:-_HALF]}-", f"-{digits[-_HALF:]}")}
    halves |= {mail[:_BEGINNING] for mail in person.mails}
    keys |= {f"h:{half}:{word}" for half in halves for word in said}
    keys |= {f"c:{company}:{word}" for company, _name in person.companies for word in said}
    if len(person.name.middle) > 1:
        keys |= {f"x:{person.name.middle}:{word}" for word in said}
    return {key[:MAX_KEY] for key in keys | _whole_names(person.name)}


def full_name_key(name: Name) -> str:
    """Return the key all who are called so have in common; empty where the name is no whole one."""
    return _name_key(name.parts) if len(name.parts) == 2 else ""


def _whole_names(name: Name) -> set[str]:
    """The name as it is, and with each full form its words may stand for."""
    if len(name.parts) != 2:
        return set()
    return {_name_key(sorted(words)) for words in itertools.product(*map(forms, name.parts))}


def _name_key(words: list[str] | tuple[str, ...]) -> str:
    return f"n:{'|'.join(words)}"[:MAX_KEY]


def keys_of_firm(firm: Firm) -> set[str]:
    """Make the keys of a company."""
    keys = {f"i:{inn}" for inn in firm.inns} | {f"d:{domain}" for domain in firm.domains}
    keys |= {f"p:{digits}" for digits in firm.phones} | {f"e:{mail}" for mail in firm.mails}
    if firm.parts:
        keys |= {firm_name_key(firm), f"n:{firm.joined}"}
    if len(firm.address) >= _MIN_ADDRESS:
        keys.add(f"a:{firm.address}")
    return {key[:MAX_KEY] for key in keys}


def firm_name_key(firm: Firm) -> str:
    """Return the key all companies of this name have in common."""
    return _name_key(firm.parts) if firm.parts else ""
