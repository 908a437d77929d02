"""Clients in the search palette and in searching selects, the best matches first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from contacts import searching
from contacts.keys_shown import employers, shown_keys
from contacts.models import Company, Contact
from core.search import SearchHit
from tenants.access import Section, may
from tenants.models import Membership


def search(query: str, member: Membership, limit: int) -> Iterable[SearchHit]:
    """Find contacts and companies for the palette."""
    hits: list[SearchHit] = []
    if may(member, Section.CONTACTS):
        for contact, subtitle in contact_hits(query, member, limit):
            url = reverse("contacts:detail", args=[contact.pk])
            hits.append(SearchHit("contact", str(contact), subtitle, url, "user"))
    if may(member, Section.COMPANIES):
        for company, subtitle in company_hits(query, member, limit):
            url = reverse("contacts:company_detail", args=[company.pk])
            hits.append(SearchHit("company", company.name, subtitle, url, "building"))
    return hits


def contact_hits(query: str, member: Membership, limit: int) -> list[tuple[Contact, str]]:
    """Find contacts with the line that tells them apart: company, phone, address."""
    ids = searching.ranked_ids("contacts", searching.parse(query), limit, entity="contact")
    rows = Contact.objects.visible_to(member).prefetch_related("keys", "memberships__company").in_bulk(ids)
    return [(rows[pk], _about_contact(rows[pk])) for pk in ids if pk in rows]


def company_hits(query: str, member: Membership, limit: int) -> list[tuple[Company, str]]:
    """Find companies with the line that tells them apart: INN, phone, address."""
    ids = searching.ranked_ids("companies", searching.parse(query, is_company=True), limit, entity="company")
    rows = Company.objects.visible_to(member).prefetch_related("legal_details", "points").in_bulk(ids)
    return [(rows[pk], _about_company(rows[pk])) for pk in ids if pk in rows]


def _about_contact(contact: Any) -> str:
    companies = employers(contact)
    return ", ".join([*companies[:1], *(key.text for key in shown_keys(contact.keys.all())[:2])])


def _about_company(company: Any) -> str:
    inns = [details.inn for details in company.legal_details.all() if details.inn]
    phones = [key.text for key in shown_keys(company.points.all())]
    return ", ".join(part for part in (*inns[:1], *phones[:1], company.address) if part)
