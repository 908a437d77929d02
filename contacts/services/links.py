"""People and the companies they work in."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from contacts.models import Company, CompanyMember, Contact
from contacts.search_text import refresh_contact
from contacts.services.history import record_change
from tenants.models import Membership


@transaction.atomic
def link_company(
    *,
    contact: Contact,
    company: Company,
    position: str = "",
    by: Membership | None = None,
    now: dt.datetime | None = None,
) -> CompanyMember:
    """Say that the contact works in the company; without `now` the timeline keeps silent."""
    member, is_new = CompanyMember.objects.get_or_create(
        company=company, contact=contact, defaults={"position": position[:150]}
    )
    if not is_new and position and member.position != position:
        member.position = position[:150]
        member.save(update_fields=["position"])
    if is_new:
        refresh_contact(contact)
        if now is not None:
            record_change(subject=contact, by=by, now=now, code="company_linked", company=company.name)
    return member


@transaction.atomic
def unlink_company(*, member: CompanyMember, by: Membership | None, now: dt.datetime) -> None:
    """Say that the contact no longer works in the company."""
    contact, company = member.contact, member.company
    member.delete()
    refresh_contact(contact)
    record_change(subject=contact, by=by, now=now, code="company_unlinked", company=company.name)
