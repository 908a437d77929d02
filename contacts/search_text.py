"""Keeps search_text true: what a contact or company can be found by. What changes it may have made a duplicate."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.duplicates.waiting import compare_later
from contacts.folding import bare_company_name, digits_of, fold_all
from contacts.models import Company, CompanyPoint, Contact, IdentityKey

_FOUND_BY = (
    IdentityKey.Kind.PHONE,
    IdentityKey.Kind.EMAIL,
    CompanyPoint.Kind.SITE,
    CompanyPoint.Kind.ADDRESS,
)


def refresh_contact(contact: Contact) -> None:
    """Write the contact's search_text anew: name, companies, digits of phones, addresses."""
    companies = contact.companies.filter(deleted_at=None).values_list("name", flat=True)
    keys = IdentityKey.objects.filter(contact=contact).values_list("kind", "value")
    text = contact_text(contact, companies, keys)
    if text == contact.search_text:
        compare_later(contact)  # a messenger's account is no word of the text
        return
    contact.search_text, contact.compared_at = text, None
    contact.save(update_fields=["search_text", "compared_at"])


def contact_text(contact: Contact, companies: Iterable[str], keys: Iterable[tuple[str, str]]) -> str:
    """Build the text of a contact; `companies` are names, `keys` kinds and values, in whatever order they come."""
    return fold_all(
        " ".join((contact.last_name, contact.first_name, contact.middle_name)),
        contact.name,
        *sorted(companies),
        *(_searchable(kind, value) for kind, value in sorted(keys)),
    )


def company_text(company: Company, details: Iterable[str], points: Iterable[tuple[str, str]]) -> str:
    """Build the text of a company; `details` are legal names with their INN, `points` kinds and values."""
    return fold_all(
        company.name,
        bare_company_name(company.name),
        company.site,
        *sorted(details),
        *(_searchable(kind, value) for kind, value in sorted(points)),
    )


def refresh_company(company: Company) -> None:
    """Write the company's search_text anew, and that of its people, who are found by its name."""
    details = [f"{d.title} {d.inn}" for d in company.legal_details.all()]
    text = company_text(company, details, ((point.kind, point.value) for point in company.points.all()))
    bare_name = bare_company_name(company.name)
    if (text, bare_name) == (company.search_text, company.bare_name):
        compare_later(company)  # the KPP is no word of the text
        return
    company.search_text, company.bare_name, company.compared_at = text, bare_name, None
    company.save(update_fields=["search_text", "bare_name", "compared_at"])


def refresh_people(contacts: Iterable[Contact]) -> None:
    """Refresh several contacts, after their company was renamed, deleted or restored."""
    for contact in contacts:
        refresh_contact(contact)


def _searchable(kind: str, value: str) -> str:
    if kind == IdentityKey.Kind.PHONE:
        return digits_of(value)
    return value if kind in _FOUND_BY else ""
