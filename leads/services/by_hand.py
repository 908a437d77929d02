"""An inquiry somebody writes down by hand (L6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from activities.services import log_activity
from contacts.models import Contact, Source
from contacts.services import add_key
from leads.inquiry import Person
from leads.models import Lead
from leads.services.arrival import (
    contact_of,
    create_lead,
    first_line,
    keys_of,
    settle,
    wait_for,
)
from leads.services.arriving import person_fields
from leads.services.common import record
from leads.services.landing import land
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership


@transaction.atomic
def create_manual_lead(
    *,
    by: Membership,
    now: dt.datetime,
    name: str = "",
    phone: str = "",
    email: str = "",
    company_name: str = "",
    subject: str = "",
    text: str = "",
    source: Source | None = None,
    responsible: Membership | None = None,
    contact: Contact | None = None,
    **custom: Any,
) -> Lead:
    """Write down an inquiry somebody told (L1): it joins no other and is opened from the start.

    `contact` is whom it comes from where that is known: the card learns the phone and address. `custom` are custom
    fields by their keys. Raises ContactKeyTaken, UnknownField, BadValue.
    """
    person = Person(name=name, phone=phone, email=email, company=company_name)
    keys = keys_of(person, "")
    if (chosen := wait_for(contact)) is not None:
        for key in keys:
            add_key(contact=chosen, key=key, by=by, now=now)
    contact = chosen or wait_for(contact_of(person, keys, source=source, at=now, now=now)[0])
    lead = create_lead(
        kind=Lead.Kind.MANUAL,
        channel=None,
        channel_kind="request",
        contact=contact,
        received_at=now,
        now=now,
        by=by,
        responsible=responsible or by,
        opened_at=now,
        waiting_since=now,
        source=source,
        subject=subject,
        summary=first_line(text, subject),
        **person_fields(person, keys),
    )
    if custom:
        setting.set_custom(lead, CustomField.Entity.LEAD, custom)
        lead.save(update_fields=["custom_values"])
    log_activity(
        kind="request", direction="in", occurred_at=now, author=by, subject=subject, text=text, lead=lead
    )
    record(lead, by=by, now=now, code="lead_created")
    land(lead, None, now=now)
    return settle(lead, now=now, is_new=True, by=by)
