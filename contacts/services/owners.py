"""Clients change hands: those of a colleague who leaves go to another."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from contacts.models import Company, Contact
from contacts.services.history import record_owners
from tenants.models import Membership


def count_contacts(member: Membership) -> int:
    """Count the contacts a member looks after."""
    return Contact.objects.present().filter(owner=member).count()


def count_companies(member: Membership) -> int:
    """Count the companies a member looks after."""
    return Company.objects.present().filter(owner=member).count()


@transaction.atomic
def hand_over_contacts(*, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> int:
    """Give a colleague a member's contacts; return how many."""
    contacts = list(Contact.objects.present().filter(owner=member).only("pk", "tenant_id"))
    record_owners(subjects=contacts, before=member, after=to, by=by, now=now)
    return Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).update(owner=to)


@transaction.atomic
def hand_over_companies(*, member: Membership, to: Membership, by: Membership, now: dt.datetime) -> int:
    """Give a colleague a member's companies; return how many."""
    companies = list(Company.objects.present().filter(owner=member).only("pk", "tenant_id"))
    record_owners(subjects=companies, before=member, after=to, by=by, now=now)
    return Company.objects.filter(pk__in=[company.pk for company in companies]).update(owner=to)
