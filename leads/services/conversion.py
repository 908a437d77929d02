"""A lead becomes a contact, a company, a deal; or joins a deal that is there (L9, L10)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from activities.models import Activity, ProcessTemplate
from activities.services import adopt_activities, plan_activity, start_process
from contacts.models import Company, Contact
from contacts.services import create_company, create_contact, link_company, update_company, update_contact
from contacts.survivors import survivor_of
from core import formats
from deals.models import Deal, Pipeline, Stage
from deals.services import create_deal
from leads import quality
from leads.errors import DealClosed, LeadTakenByOther, NothingToCreate, name_of
from leads.models import Lead, LeadAction
from leads.services.arrival import who_is
from leads.services.common import check_open, decided, lock_lead, snapshot
from leads.services.decisions import hold, reread
from leads.services.newcomers import absorb, free_keys_of
from leads.services.ordered import put_product
from tenants.custom_fields.carrying import carried
from tenants.custom_fields.setting import Carried
from tenants.models import CustomField, CustomValued, Membership

Entity = CustomField.Entity

_CONVERTING = (
    "state",
    "taken_by",
    "taken_at",
    "responsible",
    "responsible_role",
    "assignment_reason",
    "assignment_params",
    "snoozed_until",
    "opened_at",
    "contact",
    "company",
    "deal",
    "closed_at",
    "closed_by",
)


@dataclasses.dataclass(frozen=True, slots=True)
class NewContact:
    """A person to be made a contact. Phone and e-mail are those of the lead; `values` are custom fields by their keys.

    `is_arrived`: the contact the lead made on arrival is this person, and only gets a name.
    """

    name: str
    position: str = ""
    is_arrived: bool = False
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class NewCompany:
    """A company to be made; `values` are custom fields by their keys."""

    name: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class DealPlan:
    """The deal to be made; `values` are further fields, among them those the stage demands (D5)."""

    pipeline: Pipeline
    stage: Stage | None = None
    title: str = ""
    amount: Decimal | None = None
    currency: str = ""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and when."""

    kind: str
    subject: str
    due_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead became."""

    contact: Contact | None
    company: Company | None
    deal: Deal | None
    action: LeadAction

    @property
    def lead(self) -> Lead:
        return self.action.lead


@transaction.atomic
def convert_lead(
    *,
    lead: Lead,
    by: Membership | None,
    now: dt.datetime,
    contact: Contact | None = None,
    new_contact: NewContact | None = None,
    company: Company | None = None,
    new_company: NewCompany | None = None,
    plan: DealPlan | None = None,
    owner: Membership | None = None,
    next_step: NextStep | None = None,
    process: ProcessTemplate | None = None,
    is_contact_completed: bool = True,
) -> Conversion:
    """Make of the lead what was chosen, in one step: contact, company, deal, next step, process.

    What the lead holds in custom fields fills those of what it becomes, where nothing is given and nothing there yet
    (tenants.custom_fields.carrying). Without a choice the contact is the one the lead arrived with.
    `is_contact_completed` moves phones, addresses and profiles of the lead to the chosen contact. A second call gets
    LeadAlreadyConverted with the deal of the first. Raises also NothingToCreate, LeadTakenByOther, LeadClosed, and
    what create_deal raises: MissingFields, PipelineArchived, …
    """
    current = _lock_for_end(lead, by)
    before = snapshot(current, _CONVERTING)
    contact = _contact(current, contact, new_contact, is_contact_completed, by=by, now=now)
    company = _company(current, company, new_company, contact, by=by, now=now)
    owner = owner or current.taken_by or by or current.responsible
    current.contact, current.company = contact or current.contact, company or current.company
    _look_after(contact, company, owner, by=by, now=now)
    deal = _deal(current, plan, owner, by=by, now=now) if plan is not None else None
    if contact is None and company is None and deal is None:
        raise NothingToCreate()
    current.deal = deal
    if next_step is not None and owner is not None:
        _plan(next_step, owner, contact=contact, company=company, deal=deal, by=by, now=now)
    if process is not None and by is not None:
        start_process(template=process, by=by, now=now, contact=contact, company=company, deal=deal)
    action = _end(current, before, owner, action="convert", by=by, now=now)
    return Conversion(contact, company, deal, action)


@transaction.atomic
def attach_lead(
    *,
    lead: Lead,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    contact: Contact | None = None,
    next_step: NextStep | None = None,
    process: ProcessTemplate | None = None,
) -> LeadAction:
    """Make the lead part of an open deal: its correspondence shows on the deal's card.

    `contact` says who it really is, as in convert_lead. Raises DealClosed, LeadAlreadyConverted, LeadClosed,
    LeadTakenByOther. Without a person behind it (an inquiry that lands) the lead goes to the deal's owner.
    """
    # The deal first: whoever moves it holds it before they touch its contact.
    Deal.objects.select_for_update(no_key=True).filter(pk=deal.pk).values_list("pk", flat=True).first()
    fresh = Deal.objects.open().select_related("contact", "company", "owner").filter(pk=deal.pk).first()
    if fresh is None:
        raise DealClosed()
    current = _lock_for_end(lead, by)
    entries = Activity.objects.filter(lead=current, deal=None).values_list("pk", flat=True)
    before = snapshot(current, _CONVERTING) | {"_adopted": [str(pk) for pk in entries]}
    current.deal = fresh
    current.contact = _contact(current, contact, None, True, by=by, now=now) or fresh.contact
    current.company = current.company or fresh.company
    owner = fresh.owner or by
    if next_step is not None and owner is not None:
        _plan(next_step, owner, contact=current.contact, company=current.company, deal=fresh, by=by, now=now)
    if process is not None and by is not None:
        start_process(
            template=process, by=by, now=now, contact=current.contact, company=current.company, deal=fresh
        )
    return _end(current, before, owner, action="attach", by=by, now=now, is_owner_kept=by is not None)


def default_title(lead: Lead) -> str:
    """Call a deal after what the client wants, else after the client."""
    return (lead.object_of_interest or lead.subject or formats.phone(who_is(lead)))[:250]


# --- Steps -------------------------------------------------------------------------------------------
def _lock_for_end(lead: Lead, by: Membership | None) -> Lead:
    current = lock_lead(lead=lead, by=by)
    check_open(current)
    if by is not None and current.taken_by_id not in (None, by.pk):
        raise LeadTakenByOther(who=name_of(current.taken_by))
    return current


def _contact(
    lead: Lead,
    chosen: Contact | None,
    new: NewContact | None,
    is_completed: bool,
    *,
    by: Membership | None,
    now: dt.datetime,
) -> Contact | None:
    if chosen is not None:
        chosen = survivor_of(chosen)  # a colleague may have merged it while the form was open
        if is_completed and lead.contact is not None and lead.contact_id != chosen.pk:
            absorb(newcomer=lead.contact, into=chosen, lead=lead, by=by, now=now)
        return _filled(chosen, lead, by=by, now=now)
    if new is None:
        return _filled(lead.contact, lead, by=by, now=now) if lead.contact is not None else None
    names = {"name": new.name.strip()[:200], "position": new.position.strip()[:150]}
    if new.is_arrived and lead.contact is not None:
        told = {name: value for name, value in names.items() if value}
        brought = _brought(lead, Entity.CONTACT, lead.contact)
        return update_contact(contact=lead.contact, by=by, now=now, **told, **(brought | dict(new.values)))
    values = _brought(lead, Entity.CONTACT) | dict(new.values)
    return create_contact(
        by=by, now=now, keys=free_keys_of(lead), source=lead.source, owner=by, **names, **values
    )


def _company(
    lead: Lead,
    company: Company | None,
    new: NewCompany | None,
    contact: Contact | None,
    *,
    by: Membership | None,
    now: dt.datetime,
) -> Company | None:
    if company is not None:
        company = survivor_of(company)
        if brought := _brought(lead, Entity.COMPANY, company):
            company = update_company(company=company, by=by, now=now, **brought)
    elif new is not None:
        values = _brought(lead, Entity.COMPANY) | dict(new.values)
        company = create_company(name=new.name.strip()[:200], by=by, now=now, **values)
    if company is not None and contact is not None:
        link_company(contact=contact, company=company)
    return company


def _filled(contact: Contact, lead: Lead, *, by: Membership | None, now: dt.datetime) -> Contact:
    """Fill what a contact lacks from the lead."""
    brought = _brought(lead, Entity.CONTACT, contact)
    return update_contact(contact=contact, by=by, now=now, **brought) if brought else contact


def _brought(lead: Lead, entity: str, record: CustomValued | None = None) -> dict[str, Any]:
    """Take what the lead's custom fields bring to a record: only where it holds nothing yet."""
    held = record.custom_values if record is not None else {}
    found = carried(lead.custom_values, entity)
    return {key: Carried(value) for key, value in found.items() if key not in held}


def _deal(
    lead: Lead, plan: DealPlan, owner: Membership | None, *, by: Membership | None, now: dt.datetime
) -> Deal:
    values: dict[str, Any] = {"source": lead.source, "object_of_interest": lead.object_of_interest}
    values |= _brought(lead, Entity.DEAL)
    deal = create_deal(
        title=plan.title or default_title(lead),
        pipeline=plan.pipeline,
        stage=plan.stage,
        by=by,
        now=now,
        contact=lead.contact,
        company=lead.company,
        owner=owner,
        amount=plan.amount,
        currency=plan.currency,
        campaign=lead.campaign,
        channel_kind=lead.channel_kind,
        **(values | dict(plan.values)),
    )
    return put_product(lead=lead, deal=deal, now=now)


def _look_after(
    contact: Contact | None,
    company: Company | None,
    owner: Membership | None,
    *,
    by: Membership | None,
    now: dt.datetime,
) -> None:
    """A client nobody looks after becomes the one's who works with them now (L5: their manager comes first)."""
    if owner is None:
        return
    if contact is not None and contact.owner_id is None:
        update_contact(contact=contact, by=by, now=now, owner=owner)
    if company is not None and company.owner_id is None:
        update_company(company=company, by=by, now=now, owner=owner)


def _plan(
    step: NextStep, owner: Membership, *, by: Membership | None, now: dt.datetime, **about: Any
) -> None:
    plan_activity(
        kind=step.kind, subject=step.subject, due_at=step.due_at, owner=owner, by=by, now=now, **about
    )


def _end(
    lead: Lead,
    before: Mapping[str, Any],
    owner: Membership | None,
    *,
    action: str,
    by: Membership | None,
    now: dt.datetime,
    is_owner_kept: bool = False,
) -> LeadAction:
    """Close the lead, carry its entries over, and decide the quality once more: a deal makes a difference."""
    if by is not None and lead.taken_by_id is None:
        hold(lead, by, now=now)
    lead.convert()
    lead.closed_at, lead.closed_by, lead.snoozed_until = now, by, None
    if owner is not None and not is_owner_kept:
        lead.responsible, lead.responsible_role = owner, None
        lead.assignment_reason, lead.assignment_params = "converted" if by is not None else "landed", {}
    said = {
        "deal": lead.deal.title if lead.deal else "",
        "contact": lead.contact.name if lead.contact else "",
    }
    done = decided(lead, action=action, by=by, now=now, before=before, **said)
    adopt_activities(lead=lead, contact=lead.contact, company=lead.company, deal=lead.deal)
    quality.reclassify(lead)
    if (had := before.get("contact")) and had != str(lead.contact_id):
        quality.reclassify_contacts([uuid.UUID(had)])  # one inquiry less there
    quality.carry_to_deals([lead])
    done.lead = reread(lead)
    return done
