"""Inquiries that need no decision: they become deals as they arrive (L11, L12)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from activities.models import Activity, Call
from contacts.models import Contact
from core.errors import Conflict, Refusal
from deals.errors import MissingFields
from deals.models import Deal, Pipeline, Stage
from leads.models import Lead, LeadQuerySet
from leads.seams import LeadChannel
from leads.services.arrival import mark_unread
from leads.services.common import lock_lead, record
from leads.services.conversion import DealPlan, attach_lead, convert_lead
from tenants.current import current_tenant
from tenants.field_rights import seen_by
from tenants.models import Membership, Tenant


def land(lead: Lead, channel: LeadChannel | None, *, now: dt.datetime) -> bool:
    """Turn the lead into a deal where the channel or the company says so.

    What the stage refuses stays in Unsorted, and its history says why. In the simple mode, and in a pipeline that
    shows one deal a client, an inquiry of somebody who has an open deal there joins it.
    """
    is_simple = _is_simple()
    pipeline = _destination(channel, is_simple) if lead.is_open else None
    if pipeline is None:
        return False
    try:
        with transaction.atomic(), seen_by(None):  # whoever is at work, it is the system that lands it
            joins = is_simple or pipeline.has_one_open_deal
            if joins and (deal := open_deal_of(lead.contact, pipeline)) is not None:
                attach_lead(lead=lead, deal=deal, by=None, now=now)
                mark_unread(deal, occasion=lead.pk, now=now)
            else:
                convert_lead(lead=lead, by=None, now=now, plan=DealPlan(pipeline), owner=_owner_of(lead))
    except Refusal as refusal:
        if not isinstance(refusal, Conflict):
            _say_why(lead, pipeline, refusal, now=now)
        return False
    return True


def lands(channel: LeadChannel | None) -> bool:
    """Say whether what comes by the channel becomes a deal at once, unless the stage refuses it."""
    return _destination(channel, _is_simple()) is not None


def _say_why(lead: Lead, pipeline: Pipeline, refusal: Refusal, *, now: dt.datetime) -> None:
    """Write into the lead's history what kept it in Unsorted, once for each reason."""
    why: dict[str, Any] = {"pipeline": pipeline.name}
    if isinstance(refusal, MissingFields):
        why |= {"stage": refusal.stage, "missing": refusal.fields}
    said = Activity.objects.filter(lead=lead, kind=Activity.Kind.CHANGE, data__contains=why)
    if not said.exists():
        record(lead, by=None, now=now, code="lead_stayed", **why)


def waiting() -> LeadQuerySet:
    """Open leads that would have landed in the simple mode: nothing worthless, no call that is still going on."""
    worthy = Lead.objects.open().exclude(quality=Lead.Quality.NON_TARGETED)
    found: LeadQuerySet = worthy.filter(Q(call=None) | Q(call__state=Call.State.FINISHED))
    return found


@transaction.atomic
def land_waiting(*, lead_id: uuid.UUID, now: dt.datetime) -> bool:
    """Do for a lead that waits what its arrival would do now; say whether it has become a deal. Raises LeadGone."""
    lead = lock_lead(lead=Lead(pk=lead_id), by=None)
    return land(lead, lead.channel, now=now)


def open_deal_of(contact: Contact | None, pipeline: Pipeline) -> Deal | None:
    """Find the open deal of a client in a pipeline: of several the one something happened in last."""
    if contact is None:
        return None
    deals = Deal.objects.open().filter(contact=contact, pipeline=pipeline)
    found: Deal | None = deals.order_by(F("last_activity_at").desc(nulls_last=True), "-id").first()
    return found


def _is_simple() -> bool:
    return current_tenant().mode == Tenant.Mode.SIMPLE


def _destination(channel: LeadChannel | None, is_simple: bool) -> Pipeline | None:
    """The channel's pipeline; in the simple mode any channel's leads go on, by default into the first pipeline."""
    chosen = channel.pipeline if channel is not None else None
    if is_simple and (chosen is None or chosen.is_archived):
        return Pipeline.objects.active().first()
    return chosen


def _owner_of(lead: Lead) -> Membership | None:
    """A deal needs a person where a lead may wait for a role: whoever of the role has the fewest open deals."""
    person = lead.taken_by or lead.responsible
    if person is not None or lead.responsible_role_id is None:
        return person
    open_deals = Count("deals", filter=Q(deals__state=Stage.Kind.OPEN, deals__deleted_at=None))
    people = Membership.objects.active().filter(role=lead.responsible_role_id)
    return people.annotate(load=open_deals).order_by("load", "name", "id").first()
