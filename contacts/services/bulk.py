"""One change to many clients, each recorded in its own timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from contacts.models import Company, Contact
from contacts.services.companies import update_company
from contacts.services.contacts import update_contact
from tenants.models import Membership

MAX_TAGS = 20  # of one client


@transaction.atomic
def assign_clients(
    *, clients: Iterable[Contact | Company], owner: Membership, by: Membership, now: dt.datetime
) -> int:
    """Make a colleague responsible; return how many clients had another."""
    others = [client for client in clients if client.owner_id != owner.pk]
    for client in others:
        _update(client, by=by, now=now, owner=owner)
    return len(others)


@transaction.atomic
def tag_clients(*, clients: Iterable[Contact | Company], tag: str, by: Membership, now: dt.datetime) -> int:
    """Add a tag; return how many clients lacked it. Those with as many tags as there may be stay as they are."""
    lacking = [client for client in clients if tag not in client.tags and len(client.tags) < MAX_TAGS]
    for client in lacking:
        _update(client, by=by, now=now, tags=[*client.tags, tag])
    return len(lacking)


def _update(client: Contact | Company, *, by: Membership, now: dt.datetime, **values: Any) -> None:
    if isinstance(client, Contact):
        update_contact(contact=client, by=by, now=now, **values)
    else:
        update_company(company=client, by=by, now=now, **values)
