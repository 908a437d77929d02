"""Hundreds of leads written at once, as an import brings them: settled ones as a client's history, or open ones.

Quiet: no rule hands them out, nobody is notified, nothing escalates. Quality is decided as for every lead.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from activities.models import Activity
from contacts.models import Company, Contact
from core.tenancy import current_tenant_id
from deals.models import RejectionReason
from leads import quality
from leads.errors import NotAllowed
from leads.models import Lead
from leads.routing import region_of
from leads.services.arrival import first_line, fitted
from leads.services.common import search_text
from tenants.access import Action, Section, may
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership, Tenant
from tenants.numbering import next_number

BATCH = 1000


@dataclasses.dataclass(slots=True)
class NewLead:
    """A lead to be made: what it says, in which state, since when."""

    state: str
    received_at: dt.datetime
    values: dict[str, Any]
    text: str = ""
    contact: Contact | None = None
    company: Company | None = None
    reason: RejectionReason | None = None


@transaction.atomic
def create_leads(
    *, drafts: Sequence[NewLead], by: Membership, now: dt.datetime, mark: dict[str, Any]
) -> list[Lead]:
    """Create leads as they are given, with the inquiry in the client's timeline. Raises NotAllowed."""
    if not drafts:
        return []
    if not may(by, Section.LEADS, Action.ADD):
        raise NotAllowed()
    tenant = Tenant.objects.get(pk=current_tenant_id())
    last = next_number("lead", count=len(drafts))
    first = last - len(drafts) + 1
    contacts = {draft.contact.pk for draft in drafts if draft.contact is not None}
    quality.hold(contacts)
    made = [_built(draft, tenant, number, by, now) for number, draft in enumerate(drafts, start=first)]
    Lead.objects.bulk_create(made, batch_size=BATCH)
    lines = (
        line for lead, draft in zip(made, drafts, strict=True) for line in _lines(lead, draft, by, now, mark)
    )
    Activity.objects.bulk_create(lines, batch_size=BATCH)
    theirs = Q(contact__in=contacts) | Q(pk__in=[lead.pk for lead in made if lead.contact_id is None])
    quality.store(quality.outcomes_of(Lead.objects.present().filter(theirs), quality.rules_in_force()))
    return made


def _built(draft: NewLead, tenant: Tenant, number: int, by: Membership, now: dt.datetime) -> Lead:
    own, custom = setting.split(draft.values)
    is_closed = draft.state in (Lead.State.CONVERTED, Lead.State.REJECTED)
    lead = Lead(
        number=number,
        kind=Lead.Kind.MANUAL,
        channel_kind="request",
        state=draft.state,
        received_at=draft.received_at,
        last_inquiry_at=draft.received_at,
        opened_at=draft.received_at if is_closed else None,
        closed_at=draft.received_at if is_closed else None,
        closed_by=by if is_closed else None,
        waiting_since=None if is_closed else draft.received_at,
        rejection_reason=draft.reason if draft.state == Lead.State.REJECTED else None,
        contact=draft.contact,
        company=draft.company,
        step_started_at=now,
        created_by=by,
        **fitted(own | {"summary": first_line(draft.text, str(own.get("subject", "")))}),
    )
    setting.set_custom(lead, CustomField.Entity.LEAD, custom)
    lead.region = lead.region or region_of(
        phone=lead.phone, fields=lead.fields, home=tenant.phone_region, language=tenant.language
    )
    lead.assignment_reason = "created" if lead.responsible_id else ""
    lead.search_text = search_text(lead)
    return lead


def _lines(
    lead: Lead, draft: NewLead, by: Membership, now: dt.datetime, mark: dict[str, Any]
) -> list[Activity]:
    """The inquiry at its own time, and that it was written down just now."""
    about = {
        "lead": lead,
        "contact_id": lead.contact_id,
        "company_id": lead.company_id,
        "author": by,
        "owner": by,
    }
    told = {"code": "lead_created", "lead": str(lead), "number": lead.number} | mark
    inquiry = Activity(
        kind=Activity.Kind.REQUEST, direction="in", occurred_at=draft.received_at, created_at=now,
        subject=lead.subject, text=draft.text, data=dict(mark), **about,
    )  # fmt: skip
    change = Activity(kind=Activity.Kind.CHANGE, occurred_at=now, created_at=now, data=told, **about)
    return [inquiry, change]
