"""What is known of clients, made ready for comparing: a constant number of queries for any number of them."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Collection, Iterable
from typing import TypeVar

from contacts.duplicates.mails import corporate_domain, public_name
from contacts.duplicates.sounds import sound, words
from contacts.folding import bare_company_name, digits_of, fold
from contacts.models import Company, CompanyMember, CompanyPoint, Contact, IdentityKey, LegalDetails

T = TypeVar("T")
_PHONE_KINDS = (IdentityKey.Kind.PHONE, IdentityKey.Kind.WHATSAPP, IdentityKey.Kind.VIBER)
_REAL_PHONE = re.compile(r"^\d{10,15}$")
_USERNAME = re.compile(r"^@?[A-Za-z][\w.]{4,}$")
_SITE = re.compile(r"^(?:https?://)?(?:www\.)?([^/?#:\s]+)", re.I)


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A person's name as it sounds: whole words in any order, initials, and the patronymic."""

    parts: tuple[str, ...] = ()
    initials: frozenset[str] = frozenset()
    middle: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """A contact as the rules see it; `id` is None for one that is still being typed."""

    id: uuid.UUID | None = None
    name: Name = Name()
    phones: frozenset[str] = frozenset()  # digits of phones
    accounts: frozenset[tuple[str, str]] = frozenset()  # messengers known by a phone: (kind, digits)
    mails: frozenset[str] = frozenset()
    usernames: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()  # of keys: phone, email, telegram …
    companies: frozenset[tuple[uuid.UUID, str]] = frozenset()  # id and name

    @property
    def mail_names(self) -> set[str]:
        """What stands before the @ of addresses at services where anybody has one."""
        return {name for mail in self.mails if (name := public_name(mail))}


@dataclasses.dataclass(frozen=True, slots=True)
class Firm:
    """A company as the rules see it."""

    id: uuid.UUID | None = None
    parts: tuple[str, ...] = ()  # words of the name, as they sound, sorted
    inns: frozenset[str] = frozenset()
    legal: frozenset[tuple[str, str]] = frozenset()  # INN and KPP
    site: str = ""  # its domain
    phones: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    address: str = ""
    family: frozenset[uuid.UUID] = frozenset()  # itself and its head company

    @property
    def joined(self) -> str:
        return "".join(self.parts)

    @property
    def domains(self) -> set[str]:
        """Domains of its own: of its site and of addresses that are at no public service."""
        own = {domain for mail in self.mails if (domain := corporate_domain(mail))}
        return own | ({self.site} if self.site else set())


# --- People ------------------------------------------------------------------------------------------
def person_name(last: str, first: str, middle: str, shown: str = "") -> Name:
    """Hear a name. Single letters are initials; of a name that was never taken apart all words count."""
    heard = [sound(word) for word in words(f"{last} {first}" if last or first else shown)]
    whole = sorted({word for word in heard if len(word) > 1})
    patronymic = sound(middle)
    initials = frozenset(word for word in (*heard, patronymic) if len(word) == 1)
    if len(whole) > 2:  # a sentence, a company, a joke: no name to go by
        return Name()
    return Name(tuple(whole), initials, patronymic)


def people(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """Load contacts for comparing, those that are there; three queries."""
    rows = Contact.objects.present().filter(pk__in=ids)
    names = {
        pk: person_name(last, first, middle, shown)
        for pk, last, first, middle, shown in rows.values_list(
            "pk", "last_name", "first_name", "middle_name", "name"
        )
    }
    keys = _grouped(
        (contact, (kind, value, raw))
        for contact, kind, value, raw in IdentityKey.objects.filter(contact__in=ids)
        .order_by()
        .values_list("contact_id", "kind", "value", "raw")
    )
    places = _grouped(
        (contact, (company, name))
        for contact, company, name in CompanyMember.objects.filter(
            contact__in=ids, company__deleted_at=None
        ).values_list("contact_id", "company_id", "company__name")
    )
    return {pk: person(name, keys.get(pk, []), places.get(pk, []), id=pk) for pk, name in names.items()}


def person(
    name: Name,
    keys: Iterable[tuple[str, str, str]],
    companies: Iterable[tuple[uuid.UUID, str]] = (),
    *,
    id: uuid.UUID | None = None,
) -> Person:
    """Put a person together from (kind, value, raw) of the keys."""
    found = list(keys)
    return Person(
        id=id,
        name=name,
        phones=frozenset(digits_of(value) for kind, value, _raw in found if kind == "phone"),
        accounts=frozenset(
            (kind, digits)
            for kind, value, _raw in found
            if kind in _PHONE_KINDS and kind != "phone" and _REAL_PHONE.match(digits := digits_of(value))
        ),
        mails=frozenset(value for kind, value, _raw in found if kind == "email"),
        usernames=frozenset(
            raw.lstrip("@").lower()
            for kind, value, raw in found
            if kind not in ("phone", "email") and raw != value and _USERNAME.match(raw)
        ),
        kinds=frozenset(kind for kind, _value, _raw in found),
        companies=frozenset(companies),
    )


# --- Companies ---------------------------------------------------------------------------------------
def firms(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Firm]:
    """Load companies for comparing, those that are there; three queries."""
    rows = Company.objects.present().filter(pk__in=ids)
    points = _grouped(
        (company, (kind, value))
        for company, kind, value in CompanyPoint.objects.filter(company__in=ids).values_list(
            "company_id", "kind", "value"
        )
    )
    legal = _grouped(
        (company, (inn, kpp))
        for company, inn, kpp in LegalDetails.objects.filter(company__in=ids)
        .exclude(inn="")
        .values_list("company_id", "inn", "kpp")
    )
    found = rows.values_list("pk", "name", "site", "address", "head_company_id")
    return {
        pk: firm(name, points.get(pk, []), legal.get(pk, []), site=site, address=address, id=pk, head=head)
        for pk, name, site, address, head in found
    }


def firm(
    name: str,
    points: Iterable[tuple[str, str]] = (),
    legal: Iterable[tuple[str, str]] = (),
    *,
    site: str = "",
    address: str = "",
    id: uuid.UUID | None = None,
    head: uuid.UUID | None = None,
) -> Firm:
    """Put a company together from (kind, value) of its points and (INN, KPP) of its legal details."""
    found, sets = list(points), frozenset(legal)
    domain = _SITE.match(site.strip().lower())
    return Firm(
        id=id,
        parts=tuple(sorted({heard for word in words(bare_company_name(name)) if (heard := sound(word))})),
        inns=frozenset(inn for inn, _kpp in sets),
        legal=sets,
        site=domain[1] if domain and "." in domain[1] else "",
        phones=frozenset(digits_of(value) for kind, value in found if kind == "phone"),
        mails=frozenset(value for kind, value in found if kind == "email"),
        address=fold(address),
        family=frozenset(pk for pk in (id, head) if pk is not None),
    )


def _grouped(pairs: Iterable[tuple[uuid.UUID, T]]) -> dict[uuid.UUID, list[T]]:
    found: dict[uuid.UUID, list[T]] = {}
    for pk, value in pairs:
        found.setdefault(pk, []).append(value)
    return found
