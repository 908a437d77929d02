"""Pipelines that take leads straight into their first stage (L12)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from contacts.models import Contact
from core.errors import Refusal
from deals.models import Deal, Pipeline
from leads.models import Lead
from leads.seams import LeadChannel
from leads.services.conversion import DealPlan, attach_lead, convert_lead


def land(lead: Lead, channel: LeadChannel, *, now: dt.datetime) -> bool:
    """Turn the lead into a deal in the channel's pipeline; what the stage refuses stays in Unsorted.

    Where the pipeline shows one deal a client, the lead joins the one that is open there already.
    """
    if channel.pipeline is None:
        return False
    present = open_deal_of(lead.contact, channel.pipeline)
    try:
        with transaction.atomic():
            if present is not None:
                attach_lead(lead=lead, deal=present, by=None, now=now)
            else:
                convert_lead(lead=lead, by=None, now=now, plan=DealPlan(channel.pipeline))
    except Refusal:
        return False
    return True


def open_deal_of(contact: Contact | None, pipeline: Pipeline) -> Deal | None:
    """Find the open deal of a client in a pipeline that shows no more than one; None in any other pipeline."""
    if contact is None or not pipeline.has_one_open_deal:
        return None
    rows = Deal.objects.open().filter(contact=contact, pipeline=pipeline)
    found: Deal | None = rows.order_by("-stage__position", "created_at", "pk").first()
    return found
