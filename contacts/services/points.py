"""Phones and addresses of a company; unlike a contact's they may be shared."""

from __future__ import annotations

from django.db import transaction

from contacts.identity.keys import Key, reversed_digits
from contacts.models import Company, CompanyPoint
from contacts.search_text import refresh_company


@transaction.atomic
def add_point(*, company: Company, key: Key) -> CompanyPoint:
    """Add a phone or an e-mail; return the one that is there when the company has it."""
    point, is_new = CompanyPoint.objects.get_or_create(
        company=company,
        kind=key.kind,
        value=key.value,
        defaults={
            "label": key.label[:40],
            "reversed_value": reversed_digits(key.value) if key.kind == CompanyPoint.Kind.PHONE else "",
        },
    )
    if is_new:
        refresh_company(company)
    return point


def update_point(*, point: CompanyPoint, label: str) -> CompanyPoint:
    """Label a phone or an e-mail."""
    point.label = label[:40]
    point.save(update_fields=["label"])
    return point


@transaction.atomic
def remove_point(*, point: CompanyPoint) -> None:
    """Remove a phone or an e-mail."""
    company = point.company
    point.delete()
    refresh_company(company)
