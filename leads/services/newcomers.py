"""Contacts an inquiry made on arrival, once a manager knows better who it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from activities.models import Activity
from contacts.identity import Key, email_keys, find_contact, phone_keys, tenant_region
from contacts.models import Contact, IdentityKey
from contacts.search_text import refresh_contact
from contacts.services import delete_contact
from leads.models import Lead
from tenants.models import Membership


def absorb(*, newcomer: Contact, into: Contact, lead: Lead, by: Membership | None, now: dt.datetime) -> bool:
    """Move phones, profiles and history of a contact only this lead made to the one it really is.

    A contact with a life of its own (other inquiries, deals, companies) is left alone: that is a merge,
    which somebody has to ask for. Say whether it was absorbed.
    """
    if not is_only_of(newcomer, lead):
        return False
    mine = set(IdentityKey.objects.filter(contact=into, is_primary=True).values_list("kind", flat=True))
    for key in IdentityKey.objects.filter(contact=newcomer):
        key.contact, key.is_primary = into, key.is_primary and key.kind not in mine
        key.save(update_fields=["contact", "is_primary"])
    Activity.objects.filter(contact=newcomer).update(contact=into)
    dialogs: Any = newcomer.dialogs  # of the app above
    dialogs.update(contact=into)
    delete_contact(contact=newcomer, by=by, now=now)
    refresh_contact(into)
    refresh_contact(newcomer)
    return True


def is_only_of(contact: Contact, lead: Lead) -> bool:
    """Say whether nothing but this lead is known of the contact."""
    relations: Any = contact
    has_others = Lead.objects.present().filter(contact=contact).exclude(pk=lead.pk).exists()
    return not (has_others or relations.deals.exists() or relations.memberships.exists() or contact.owner_id)


def free_keys_of(lead: Lead) -> list[Key]:
    """Make keys of the lead's phone and address, without those that belong to somebody."""
    keys = [*phone_keys(lead.phone, tenant_region()), *email_keys(lead.email)]
    return [key for key in keys if find_contact([key]) is None]
