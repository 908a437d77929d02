"""Who calls: told to an exchange while it waits, so one short look and never an error."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from channels.adapters.base import Caller
from contacts.identity import normalise_phone
from contacts.models import Contact, IdentityKey
from core.tenancy import tenant_scope
from leads.models import Lead

logger = logging.getLogger(__name__)


def look_up(tenant_id: int, phone: str, *, region: str) -> Caller | None:
    """Find the contact of a phone and the manager who looks after it; None when nobody is known."""
    number = normalise_phone(phone, region)
    if not number:
        return None
    try:
        with tenant_scope(tenant_id):
            return _find(number)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("caller look-up: %s", type(error).__name__)
        return None


def _find(number: str) -> Caller | None:
    """Ask once: the contact with its owner, else with whoever has taken its latest open lead."""
    taken = Lead.objects.open().filter(contact=OuterRef("contact"), taken_by__is_active=True)
    latest = taken.order_by("-last_inquiry_at", "-id")
    keys = IdentityKey.objects.filter(kind=IdentityKey.Kind.PHONE, value=number, contact__deleted_at=None)
    row = (
        keys.annotate(
            taker=Subquery(latest.values("taken_by__phone_extension")[:1]),
            taker_email=Subquery(latest.values("taken_by__email")[:1]),
        )
        .select_related("contact__owner")
        .first()
    )
    if row is None:
        return None
    contact: Contact = row.contact
    page = f"{settings.PUBLIC_URL}{reverse('contacts:detail', args=[contact.pk])}"
    if contact.owner is not None and contact.owner.is_active:
        return Caller(contact.name, contact.owner.phone_extension, contact.owner.email, page)
    return Caller(contact.name, row.taker or "", row.taker_email or "", page)
