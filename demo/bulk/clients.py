"""Bulk contacts and companies."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.folding import bare_company_name
from contacts.models import Company, CompanyMember, CompanyPoint, Contact, IdentityKey, LegalDetails
from core.ids import uuid7
from demo.bulk import own
from demo.bulk.world import Person, Row, Size, World


def companies(world: World, size: Size) -> Iterator[Row]:
    """Make the companies, each with a name, an INN and a phone of its own."""
    rng, words = world.rng, world.words
    for i in range(size.companies):
        pk = uuid7()
        world.companies.append(pk)
        name, inn = f"{rng.choice(words['form'])} «{rng.choice(words['company'])} {i}»", f"77{i:08d}"
        yield (
            Company,
            {
                "id": pk,
                "name": name,
                "bare_name": bare_company_name(name),
                "search_text": f"{name} {inn}".lower().replace("ё", "е"),
                "owner_id": rng.choice(world.members).pk,
                "source_id": world.source().pk,
                "client_type": rng.choice(Company.ClientType.values),
                "city": rng.choice(words["city"]),
                "tags": own.tags(rng),
                "custom_values": own.values(rng, world.fields["company"]),
                "created_at": world.past(),
            },
        )
        yield (LegalDetails, {"id": uuid7(), "company_id": pk, "title": name, "inn": inn, "is_main": True})
        phone = f"+7495{i:07d}"
        yield (
            CompanyPoint,
            {
                "id": uuid7(),
                "company_id": pk,
                "kind": "phone",
                "value": phone,
                "reversed_value": phone[1:][::-1],
            },
        )


def contacts(world: World, size: Size) -> Iterator[Row]:
    """Make the contacts, each with a phone and an address, three of ten in a company."""
    rng = world.rng
    for i in range(size.contacts):
        person = Person(uuid7(), world.name(), f"+79{10_000_000 + i * 7 % 90_000_000:08d}{i % 10}")
        world.clients.append(person)
        email, created = f"client{i}@mail.example", world.past()
        yield (
            Contact,
            {
                "id": person.pk,
                "name": person.name,
                "search_text": "" if world.is_bare else _words_of(person, email),
                "owner_id": rng.choice(world.members).pk,
                "source_id": world.source().pk,
                "city": rng.choice(world.words["city"]),
                "tags": own.tags(rng),
                "custom_values": own.values(rng, world.fields["contact"]),
                "created_at": created,
            },
        )
        if world.is_bare:
            continue
        for kind, value in (("phone", person.phone), ("email", email)):
            yield (
                IdentityKey,
                {
                    "id": uuid7(),
                    "contact_id": person.pk,
                    "kind": kind,
                    "value": value,
                    "reversed_value": value[1:][::-1] if kind == "phone" else "",
                    "raw": value,
                    "created_at": created,
                },
            )
        if world.companies and rng.random() < 0.3:
            company = rng.choice(world.companies)
            yield (
                CompanyMember,
                {"id": uuid7(), "company_id": company, "contact_id": person.pk, "position": ""},
            )


def _words_of(person: Person, email: str) -> str:
    return f"{person.name} {email} {person.phone[1:]}".lower().replace("ё", "е")
