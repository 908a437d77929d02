"""How programs and people head their columns, in Russian and English, folded: lower case, ё as е, no signs.

Sources: the exports of Bitrix24, amoCRM, HubSpot, Outlook (Russian and English), Google contacts, Roundcube and of
phones, and what people write by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contacts.folding import fold

Words = Mapping[str, dict[str, Any]]
_SIGNS = re.compile(r"[\W_]+")
# Columns that look like a phone, an address or a name and are none of the client's
OTHERS = re.compile(
    r"\b(?:fax|факс\w*|pager|пейджер\w*|telex|телекс|isdn|tty|video|assistant\w*|помощник\w*|секретар\w*|manager s|"
    r"yomi|phonetic|type|тип адреса|spouse|супруг\w*|initials|инициалы|"
    r"prefix|suffix|суффикс|display as|краткое имя|для рассылок|кем \w+|robot|дата рождения|birthday)\b"
)


def _words(text: str = "", pattern: str = "") -> dict[str, Any]:
    return {"words": tuple(word.strip() for word in text.split(",") if word.strip()), "pattern": pattern}


CONTACTS: Words = {
    "name": _words(
        "фио, ф и о, полное имя, full name, display name, name, contact name, контакт, клиент, имя фамилия, фамилия имя, "
        "фамилия имя отчество, имя и фамилия, контактное лицо, имя клиента, имя контакта, основной контакт, file as, contact",
        r"\bфио\b|\bfull name\b|контактное лицо",
    ),
    "last_name": _words(
        "фамилия, last name, family name, surname, lastname, фамилия клиента, фамилия контакта",
    ),
    "first_name": _words("имя, first name, given name, firstname, forename"),
    "middle_name": _words("отчество, middle name, additional name, patronymic, middlename"),
    "phone": _words(
        "тел, моб, сотовый, mobile, cell, whatsapp, контактный номер",
        r"телефон|\bтел\b|\bphone\b|\bmobile\b|\bмобильный\b|\bсотовый\b|\btel\b|номер телефона",
    ),
    "email": _words(
        "email, e mail, mail, почта, эл почта, электронная почта, адрес электронной почты, имейл, мейл",
        r"e ?mail|электронн\w+ (?:почт|адрес)|\bпочта\b|адрес эл\w* почты",
    ),
    "position": _words(
        "должность, должность контакт, position, job title, role, organization 1 title, organization title, должность "
        "контакта",
        r"^title$",  # an honorific where there is a job title too
    ),
    "company": _words(
        "компания, организация, фирма, company, company name, organization, organisation, organization name, название компании, "
        "организация 1, organization 1 name, юрлицо, employer, компания контакта, название организации, место работы, контрагент",
    ),
    "inn": _words("инн, инн компании, инн организации, inn, tax id, vat, tin"),
    "kind": _words("тип, тип контакта, тип клиента, категория клиента, contact type, lifecycle stage"),
    "source": _words(
        "источник, источник контакта, откуда, откуда узнали, source, lead source, original source, рекламный "
        "источник, источник лида, источник сделки",
    ),
    "owner": _words(
        "ответственный, менеджер, ответственный менеджер, owner, contact owner, responsible, assigned to, куратор, manager, "
        "ответственный за контакт, deal owner, company owner, lead owner, account owner",
    ),
    "tags": _words(
        "теги, метки, тэги, tags, labels, categories, категории, group membership, группы, тег, теги контакта",
        r"^теги\b",
    ),
    "comment": _words(
        "комментарий, комментарии, примечание, примечания, заметки, заметка, notes, note, comment, comments, "
        "description, описание, дополнительно",
        r"^(?:примечани|комментари)\w* ",
    ),
    "consent": _words(
        "согласие, согласие на обработку, согласие на обработку персональных данных, consent, согласие на "
        "обработку данных",
    ),
    "language": _words("язык, language"),
    "created_at": _words(
        "дата создания, создан, создано, created, create date, created at, дата добавления, date added, дата "
        "регистрации, когда создан",
    ),
    "external": _words(
        "id, ид, внешний id, record id, external id, код, guid, uuid, contact id, ид контакта, id контакта",
    ),
}

COMPANIES: Words = {
    "name": _words(
        "название, название компании, компания, наименование, организация, фирма, company, company name, name, контрагент, "
        "клиент, наименование организации, краткое наименование, название организации, юрлицо, account name",
        r"^(?:название|наименование) (?:компании|организации|клиента|контрагента)",
    ),
    "legal_title": _words(
        "полное наименование, юридическое название, юридическое наименование, юр название, legal name, "
        "наименование юридического лица, юридическое лицо",
    ),
    "inn": _words("инн, inn, tax id, vat, tin, инн организации, инн компании"),
    "kpp": _words("кпп, kpp"),
    "ogrn": _words("огрн, огрнип, ogrn"),
    "bank": _words("банк, наименование банка, bank, название банка"),
    "bik": _words("бик, bik, бик банка"),
    "account": _words("р с, расчетный счет, рс, расч счет, account number, bank account, номер счета"),
    "correspondent_account": _words("к с, корреспондентский счет, корр счет, кор счет"),
    "legal_address": _words("юридический адрес, юр адрес, legal address, registered address"),
    "client_type": _words(
        "тип клиента, тип компании, тип, client type, company type, type, категория, сегмент",
    ),
    "industry": _words("отрасль, сфера деятельности, сфера, industry, вид деятельности"),
    "phone": CONTACTS["phone"],
    "email": CONTACTS["email"],
    "site": _words(
        "сайт, веб сайт, website, web site, site, url, web, корпоративный сайт, website url, домен, company "
        "domain name, интернет сайт",
        r"\bсайт\b|\bwebsite\b",
    ),
    "address": _words(
        "адрес, фактический адрес, address, адрес компании, street address, город, city, почтовый адрес, "
        "населенный пункт",
        r"^адрес\b|\baddress\b",
    ),
    "potential": _words("потенциал, potential"),
    "turnover": _words("оборот, годовой оборот, выручка, turnover, annual revenue, revenue"),
    "headcount": _words(
        "численность, сотрудников, кол во сотрудников, количество сотрудников, число сотрудников, employees, "
        "number of employees, headcount",
    ),
    "head_company": _words("головная компания, головная организация, холдинг, parent company, head company"),
    "source": CONTACTS["source"],
    "owner": CONTACTS["owner"],
    "tags": CONTACTS["tags"],
    "comment": CONTACTS["comment"],
    "created_at": CONTACTS["created_at"],
    "external": _words("id, ид, внешний id, record id, external id, код, guid, uuid, company id, код 1с"),
}


def folded(head: str) -> str:
    """Write a header the way spellings are written here."""
    return " ".join(_SIGNS.sub(" ", fold(head)).split())
