"""Hundreds of clients written at once, as an import brings them: the same rules as one by one, a few queries in all.

Quiet: nobody is notified, no page is told. Every entry in a timeline carries the `mark` it is given, by which an
undo tells what it wrote from what people did since.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from contacts.folding import bare_company_name
from contacts.identity.keys import Key, reversed_digits, stored
from contacts.models import Company, CompanyMember, CompanyPoint, Contact, IdentityKey, LegalDetails
from contacts.search_text import company_text, contact_text
from contacts.services.contacts import named, renamed
from contacts.services.history import apply, field_entries, record_many
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership

BATCH = 1000
_NAME_PARTS = ("last_name", "first_name", "middle_name")


@dataclasses.dataclass(slots=True)
class Person:
    """A contact to be made or changed: what it gets beside what it has."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    keys: list[Key] = dataclasses.field(default_factory=list)
    companies: list[tuple[Company, str]] = dataclasses.field(default_factory=list)  # with the position there
    contact: Contact | None = None  # after making, or the one to change


@dataclasses.dataclass(slots=True)
class Firm:
    """A company to be made or changed."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    points: list[Key] = dataclasses.field(default_factory=list)
    legal: dict[str, str] = dataclasses.field(default_factory=dict)
    company: Company | None = None


@dataclasses.dataclass(slots=True)
class Written:
    """What a change wrote: fields as {name: (before, after)}, and the rows it added."""

    values: dict[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)
    keys: list[uuid.UUID] = dataclasses.field(default_factory=list)
    places: list[uuid.UUID] = dataclasses.field(default_factory=list)
    legal: list[uuid.UUID] = dataclasses.field(default_factory=list)
    legal_values: dict[str, str] = dataclasses.field(default_factory=dict)  # what was filled in an older set


def _set_custom(
    client: Contact | Company, entity: str, values: Mapping[str, Any], written: Written
) -> list[setting.Edit]:
    """Set custom fields of a locked client; note what they were and say what changed."""
    before = client.custom_values
    edits = setting.set_custom(client, entity, values)
    written.values |= {
        edit["field"]: (before.get(edit["field"]), client.custom_values.get(edit["field"])) for edit in edits
    }
    return edits


def _columns(result: Sequence[Written]) -> set[str]:
    """Name the columns that hold what was written: all custom fields are one."""
    changed = {name for written in result for name in written.values}
    own, custom = setting.split(dict.fromkeys(changed))
    return {*own, *(["custom_values"] if custom else [])}


# --- Contacts ----------------------------------------------------------------------------------------
@transaction.atomic
def create_contacts(
    *, people: Sequence[Person], by: Membership | None, now: dt.datetime, mark: dict[str, Any]
) -> list[Contact]:
    """Create contacts with their keys and places; the caller has seen to it that the keys are free.

    Where somebody was faster with one of the keys the database refuses, and nothing is written.
    """
    for person in people:
        own, custom = setting.split(person.values)
        contact = person.contact = Contact(created_by=by, **{"created_at": now} | named(own))
        setting.set_custom(contact, CustomField.Entity.CONTACT, custom)
        companies = [company.name for company, _position in person.companies]
        contact.search_text = contact_text(contact, companies, ((k.kind, k.value) for k in person.keys))
    made = [person.contact for person in people if person.contact is not None]
    Contact.objects.bulk_create(made, batch_size=BATCH)
    _insert_keys(people, {})
    _insert_places(people)
    record_many(((one, {"code": "contact_created"} | mark) for one in made), by=by, now=now)
    return made


@transaction.atomic
def update_contacts(
    *, people: Sequence[Person], by: Membership | None, now: dt.datetime, mark: dict[str, Any]
) -> list[Written]:
    """Change contacts and add keys and places to them; say for each what was written."""
    result: list[Written] = []
    entries: list[tuple[Any, Mapping[str, Any]]] = []
    contacts = [person.contact for person in people if person.contact is not None]
    primary: dict[uuid.UUID, set[str]] = defaultdict(set)
    for owner, kind in IdentityKey.objects.filter(contact__in=contacts, is_primary=True).values_list(
        "contact_id", "kind"
    ):
        primary[owner].add(kind)
    for person in people:
        contact = person.contact
        assert contact is not None  # the caller's to give
        own, custom = setting.split(person.values)
        before = apply(contact, renamed(contact, own))
        written = Written(values={name: (old, getattr(contact, name)) for name, old in before.items()})
        edits = _set_custom(contact, CustomField.Entity.CONTACT, custom, written)
        shown = {name: old for name, old in before.items() if name not in _NAME_PARTS}
        entries += [(contact, data | mark) for data in field_entries(contact, shown, edits)]
        entries += [(contact, data | mark) for data in _additions(person)]
        result.append(written)
    for written, keys in zip(result, _insert_keys(people, primary), strict=True):
        written.keys = [key.pk for key in keys]
    for written, places in zip(result, _insert_places(people), strict=True):
        written.places = [place.pk for place in places]
    save_contacts(contacts, _columns(result))
    record_many(entries, by=by, now=now)
    return result


def _additions(person: Person) -> list[dict[str, Any]]:
    """Say which keys and companies a contact gets."""
    keys = [{"code": "key_added", "kind": key.kind, "value": key.value} for key in person.keys]
    return keys + [{"code": "company_linked", "company": company.name} for company, _p in person.companies]


def save_contacts(contacts: Sequence[Contact], fields: Iterable[str] = ()) -> None:
    """Store changed fields of contacts, and the text all of them are found by."""
    keys: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    rows = IdentityKey.objects.filter(contact__in=contacts).order_by("-is_primary", "created_at")
    for owner, kind, value in rows.values_list("contact_id", "kind", "value"):
        keys[owner].append((kind, value))
    firms: dict[uuid.UUID, list[str]] = defaultdict(list)
    places = CompanyMember.objects.filter(contact__in=contacts, company__deleted_at=None)
    for owner, name in places.values_list("contact_id", "company__name"):
        firms[owner].append(name)
    for contact in contacts:
        contact.search_text = contact_text(contact, firms[contact.pk], keys[contact.pk])
        contact.compared_at = None
    Contact.objects.bulk_update(contacts, [*fields, "search_text", "compared_at"], batch_size=BATCH)


def _insert_keys(people: Sequence[Person], primary: Mapping[uuid.UUID, set[str]]) -> list[list[IdentityKey]]:
    """Insert the keys in one order everywhere, so that racing writers wait and never deadlock."""
    made: list[list[IdentityKey]] = []
    for person in people:
        assert person.contact is not None  # made just now, or given
        taken = set(primary.get(person.contact.pk, ()))
        rows = []
        for key in {(key.kind, key.value): key for key in person.keys}.values():
            rows.append(stored(key, contact=person.contact, is_primary=key.kind not in taken))
            taken.add(key.kind)
        made.append(rows)
    flat = sorted((row for rows in made for row in rows), key=lambda row: (row.kind, row.value))
    IdentityKey.objects.bulk_create(flat, batch_size=BATCH)
    return made


def _insert_places(people: Sequence[Person]) -> list[list[CompanyMember]]:
    made = [
        [
            CompanyMember(company=company, contact=person.contact, position=position[:150])
            for company, position in person.companies
        ]
        for person in people
    ]
    CompanyMember.objects.bulk_create((row for rows in made for row in rows), batch_size=BATCH)
    return made


# --- Companies ---------------------------------------------------------------------------------------
@transaction.atomic
def create_companies(
    *, firms: Sequence[Firm], by: Membership | None, now: dt.datetime, mark: dict[str, Any]
) -> list[Company]:
    """Create companies with their phones, addresses and legal details."""
    for firm in firms:
        own, custom = setting.split(firm.values)
        company = firm.company = Company(created_by=by, **{"created_at": now} | own)
        setting.set_custom(company, CustomField.Entity.COMPANY, custom)
        company.bare_name = bare_company_name(company.name)
        details = [f"{firm.legal['title']} {firm.legal.get('inn', '')}"] if firm.legal else []
        company.search_text = company_text(company, details, ((p.kind, p.value) for p in firm.points))
    made = [firm.company for firm in firms if firm.company is not None]
    Company.objects.bulk_create(made, batch_size=BATCH)
    _insert_points(firms)
    LegalDetails.objects.bulk_create(
        (LegalDetails(company=firm.company, **firm.legal) for firm in firms if firm.legal), batch_size=BATCH
    )
    record_many(((one, {"code": "company_created"} | mark) for one in made), by=by, now=now)
    return made


@transaction.atomic
def update_companies(
    *, firms: Sequence[Firm], by: Membership | None, now: dt.datetime, mark: dict[str, Any]
) -> list[Written]:
    """Change companies, add phones and legal details to them; say for each what was written."""
    result: list[Written] = []
    entries: list[tuple[Any, Mapping[str, Any]]] = []
    companies = [firm.company for firm in firms if firm.company is not None]
    for firm in firms:
        company = firm.company
        assert company is not None  # the caller's to give
        own, custom = setting.split(firm.values)
        before = apply(company, own)
        written = Written(values={name: (old, getattr(company, name)) for name, old in before.items()})
        edits = _set_custom(company, CustomField.Entity.COMPANY, custom, written)
        entries += [(company, data | mark) for data in field_entries(company, before, edits)]
        result.append(written)
    for written, points in zip(result, _insert_points(firms), strict=True):
        written.keys = [point.pk for point in points]
    _keep_details(firms, result)
    save_companies(companies, _columns(result))
    if renamed_ones := [f.company for f, w in zip(firms, result, strict=True) if "name" in w.values]:
        save_contacts(list(Contact.objects.filter(memberships__company__in=renamed_ones).distinct()))
    record_many(entries, by=by, now=now)
    return result


def save_companies(companies: Sequence[Company], fields: Iterable[str] = ()) -> None:
    """Store changed fields of companies, and the text all of them are found by."""
    details: dict[uuid.UUID, list[str]] = defaultdict(list)
    for owner, title, inn in LegalDetails.objects.filter(company__in=companies).values_list(
        "company_id", "title", "inn"
    ):
        details[owner].append(f"{title} {inn}")
    points: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    for owner, kind, value in CompanyPoint.objects.filter(company__in=companies).values_list(
        "company_id", "kind", "value"
    ):
        points[owner].append((kind, value))
    for company in companies:
        company.bare_name = bare_company_name(company.name)
        company.search_text = company_text(company, details[company.pk], points[company.pk])
        company.compared_at = None
    Company.objects.bulk_update(
        companies, [*fields, "bare_name", "search_text", "compared_at"], batch_size=BATCH
    )


def _insert_points(firms: Sequence[Firm]) -> list[list[CompanyPoint]]:
    made = [
        [
            CompanyPoint(
                company=firm.company,
                kind=key.kind,
                value=key.value,
                label=key.label[:40],
                reversed_value=reversed_digits(key.value) if key.kind == CompanyPoint.Kind.PHONE else "",
            )
            for key in {(key.kind, key.value): key for key in firm.points}.values()
        ]
        for firm in firms
    ]
    CompanyPoint.objects.bulk_create((row for rows in made for row in rows), batch_size=BATCH)
    return made


def _keep_details(firms: Sequence[Firm], result: Sequence[Written]) -> None:
    """Fill the set of the same INN (or the only one), or add a set."""
    mine: dict[uuid.UUID, list[LegalDetails]] = defaultdict(list)
    with_legal = [firm.company for firm in firms if firm.legal]
    for row in LegalDetails.objects.filter(company__in=with_legal).order_by("pk"):
        mine[row.company_id].append(row)
    for firm, written in zip(firms, result, strict=True):
        if not firm.legal or firm.company is None:
            continue
        inn = firm.legal.get("inn", "")
        found = next((row for row in mine[firm.company.pk] if not inn or row.inn in ("", inn)), None)
        if found is None:
            made = LegalDetails.objects.create(company=firm.company, **firm.legal)
            written.legal.append(made.pk)
            continue
        empty = {name: value for name, value in firm.legal.items() if value and not getattr(found, name)}
        if empty:
            LegalDetails.objects.filter(pk=found.pk).update(**empty)
            written.legal_values = {"id": str(found.pk)} | empty
