"""Changing what documents are made with: our companies and the tenant's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import ordering
from deals import pictures
from deals.models import DocumentSettings, OurCompany
from tenants.models import Membership


@transaction.atomic
def save_our_company(
    *, company: OurCompany | None, by: Membership, images: Mapping[str, bytes] | None = None, **values: Any
) -> OurCompany:
    """Add one of our companies, or change it; what was sent keeps the details it was sent with.

    `images`: logo and stamp, no bytes take one away. Raises NotAPicture, StorageFull.
    """
    current = company or OurCompany(position=ordering.end_of(OurCompany.objects.all()))
    for name, value in values.items():
        setattr(current, name, value)
    for name, data in (images or {}).items():
        if data:
            pictures.type_of(data)
        setattr(current, f"{name}_key", pictures.keep(data) if data else "")
    current.save()
    return current


def archive_our_company(*, company: OurCompany, by: Membership, is_archived: bool) -> OurCompany:
    """Take one of our companies out of the choices, or put it back."""
    company.is_archived = is_archived
    company.save(update_fields=["is_archived"])
    return company


@transaction.atomic
def move_our_company(*, company: OurCompany, by: Membership, step: int) -> None:
    """Move one of our companies one place up (-1) or down (1): the first is offered first."""
    ordering.move(OurCompany.objects.filter(is_archived=False), company, step)


@transaction.atomic
def save_settings(*, by: Membership, **values: Any) -> DocumentSettings:
    """Change the tenant's terms of documents."""
    current, _is_new = DocumentSettings.objects.select_for_update().get_or_create()
    for name, value in values.items():
        setattr(current, name, value)
    current.save()
    return current
