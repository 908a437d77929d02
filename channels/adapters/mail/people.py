"""Who a letter is from, when a site's form, a service or a colleague sent it in somebody's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels.adapters.form_roles import first_phone, spoken_phone
from channels.adapters.mail.letter import Letter
from channels.adapters.text import clean_line
from channels.adapters.ways import told_ways
from leads.inquiry import Person

_ROBOT = re.compile(
    r"\A(no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply|robot|notif\w*|mailer|wordpress|webform|forms?|site|"
    r"www-data|apache|nobody|bitrix|admin|hello|info|zakaz|order|orders|sales|lead|leads|system)\b",
    re.IGNORECASE,
)


def is_form_letter(letter: Letter, fields: list[tuple[str, str, str]], own: frozenset[str]) -> bool:
    """Whether a program wrote it on a person's behalf: labelled lines, and a sender that is no person."""
    roles = {role for _label, _value, role in fields}
    local = letter.sender[1].partition("@")[0]
    is_by_program = not letter.sender[1] or letter.sender[1].lower() in own or bool(_ROBOT.match(local))
    has_contact = bool(roles & {"phone", "email"})
    return is_by_program and has_contact and len(roles - {""}) >= 2


def person_of(letter: Letter, text: str, fields: list[tuple[str, str, str]], own: frozenset[str]) -> Person:
    """The person to answer: of a form's letter the one named in it, else the sender."""
    told: dict[str, str] = {}
    for _label, value, role in fields:
        told.setdefault(role, value)
    if is_form_letter(letter, fields, own):
        return _told_person(letter, fields, told, own)
    name, address = letter.sender
    reply_name, reply_address = letter.reply_to
    if reply_address and (
        address.lower() in own or (_ROBOT.match(address) and reply_address.lower() not in own)
    ):
        name, address = reply_name or name, reply_address
    phone = _phone(told) or spoken_phone(text)
    if address:  # colleagues sign with one office number: the address alone says who it is
        return Person(name=name, email=address, shown_phone=phone)
    return Person(name=name, phone=phone)


def _told_person(
    letter: Letter, fields: list[tuple[str, str, str]], told: Mapping[str, str], own: frozenset[str]
) -> Person:
    ways = told_ways(*([field[:2] for field in fields if field[2] == role] for role in ("phone", "email")))
    parts = (told.get("last_name", ""), told.get("first_name", "") or told.get("name", ""))
    reply_address = letter.reply_to[1] if letter.reply_to[1].lower() not in own else ""
    return Person(
        name=clean_line(" ".join(filter(None, parts)), 200) or letter.reply_to[0],
        email=ways.email or reply_address,
        phone=clean_line(ways.phone, 60),
        other_phones=ways.phones[1:],
        other_emails=ways.emails[1:],
        company=clean_line(told.get("company"), 200),
        position=clean_line(told.get("position"), 200),
        username=clean_line(told.get("telegram"), 64).removeprefix("@"),
    )


def _phone(told: Mapping[str, str]) -> str:
    return clean_line(first_phone(told.get("phone", "")), 60)
