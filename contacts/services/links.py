"""People and the companies they work in."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from contacts.models import Company, CompanyMember, Contact
from contacts.search_text import refresh_contact
from contacts.services.history import record_change
from core.tenancy import TenantQuerySet
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
    """Say that the contact works in the company, also one who had left; without `now` the timeline keeps silent."""
    member, is_new = CompanyMember.objects.get_or_create(
        company=company, contact=contact, defaults={"position": position[:150]}
    )
    has_returned = member.left_on is not None
    if not is_new and (has_returned or (position and member.position != position)):
        member.position, member.left_on = position[:150] or member.position, None
        member.save(update_fields=["position", "left_on"])
    if is_new or has_returned:
        refresh_contact(contact)
        if now is not None:
            record_change(subject=contact, by=by, now=now, code="company_linked", company=company.name)
    return member


@transaction.atomic
def update_place(
    *,
    member: CompanyMember,
    position: str | None = None,
    is_main_company: bool = False,
    is_main_person: bool = False,
) -> CompanyMember:
    """Change a position, or make a place the contact's main company or the company's main person."""
    if position is not None:
        member.position = position[:150]
    for name, siblings, wanted in (
        ("is_main_company", CompanyMember.objects.filter(contact=member.contact_id), is_main_company),
        ("is_main_person", CompanyMember.objects.filter(company=member.company_id), is_main_person),
    ):
        if wanted:
            _hold(siblings)
            siblings.filter(**{name: True}).exclude(pk=member.pk).update(**{name: False})
            setattr(member, name, True)
    member.save(update_fields=["position", "is_main_company", "is_main_person"])
    return member


@transaction.atomic
def dismiss_member(*, member: CompanyMember, by: Membership | None, now: dt.datetime, on: dt.date) -> None:
    """Say that the contact no longer works in the company; the place is kept."""
    if member.left_on is not None:
        return
    member.left_on, member.is_main_company, member.is_main_person = on, False, False
    member.save(update_fields=["left_on", "is_main_company", "is_main_person"])
    record_change(
        subject=member.contact, by=by, now=now, code="company_unlinked", company=member.company.name
    )


@transaction.atomic
def unlink_company(*, member: CompanyMember, by: Membership | None, now: dt.datetime) -> None:
    """Remove a place that was a mistake; who has left is dismissed."""
    contact, company, had_left = member.contact, member.company, member.left_on is not None
    member.delete()
    refresh_contact(contact)
    if not had_left:
        record_change(subject=contact, by=by, now=now, code="company_unlinked", company=company.name)


def _hold(rows: TenantQuerySet[CompanyMember]) -> None:
    """Lock the places in one order: of two who mark a main one at once the second wins, and one is left."""
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
