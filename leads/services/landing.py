"""Inquiries that need no decision: they become deals as they arrive (L11, L12)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Count, F, Q

from contacts.models import Contact
from core.errors import Refusal
from core.tenancy import current_tenant_id
from deals.models import Deal, Pipeline, Stage
from leads.models import Lead
from leads.seams import LeadChannel
from leads.services.arrival import mark_unread
from leads.services.conversion import DealPlan, attach_lead, convert_lead
from tenants.models import Membership, Tenant


def land(lead: Lead, channel: LeadChannel | None, *, now: dt.datetime) -> bool:
    """Turn the lead into a deal where the channel or the company says so; what the stage refuses stays in Unsorted.

    In the simple mode, and in a pipeline that shows one deal a client, an inquiry of somebody who has an open deal
    there joins it.
    """
    is_simple = _is_simple()
    pipeline = _destination(channel, is_simple) if lead.is_open else None
    if pipeline is None:
        return False
    joins = is_simple or pipeline.has_one_open_deal
    try:
        with transaction.atomic():
            if joins and (deal := open_deal_of(lead.contact, pipeline)) is not None:
                attach_lead(lead=lead, deal=deal, by=None, now=now)
                mark_unread(deal)
            else:
                convert_lead(lead=lead, by=None, now=now, plan=DealPlan(pipeline), owner=_owner_of(lead))
    except Refusal:
        return False
    return True


def open_deal_of(contact: Contact | None, pipeline: Pipeline) -> Deal | None:
    """Find the open deal of a client in a pipeline: of several the one something happened in last."""
    if contact is None:
        return None
    deals = Deal.objects.open().filter(contact=contact, pipeline=pipeline)
    found: Deal | None = deals.order_by(F("last_activity_at").desc(nulls_last=True), "-id").first()
    return found


def _is_simple() -> bool:
    mode = Tenant.objects.values_list("mode", flat=True).get(pk=current_tenant_id())
    return mode == Tenant.Mode.SIMPLE


def _destination(channel: LeadChannel | None, is_simple: bool) -> Pipeline | None:
    """The channel's pipeline; in the simple mode any channel's leads go on, by default into the first pipeline."""
    if channel is not None and channel.pipeline is not None:
        return channel.pipeline
    return Pipeline.objects.active().first() if is_simple else None


def _owner_of(lead: Lead) -> Membership | None:
    """A deal needs a person where a lead may wait for a role: whoever of the role has the fewest open deals."""
    if lead.responsible is not None or lead.responsible_role_id is None:
        return lead.responsible
    open_deals = Count("deals", filter=Q(deals__state=Stage.Kind.OPEN, deals__deleted_at=None))
    people = Membership.objects.active().filter(role=lead.responsible_role_id)
    return people.annotate(load=open_deals).order_by("load", "name", "id").first()
