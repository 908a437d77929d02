"""Pipelines that take leads straight into their first stage (L12)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from core.errors import Refusal
from leads.models import Lead
from leads.seams import LeadChannel
from leads.services.conversion import DealPlan, convert_lead


def land(lead: Lead, channel: LeadChannel, *, now: dt.datetime) -> bool:
    """Turn the lead into a deal in the channel's pipeline; what the stage refuses stays in Unsorted."""
    if channel.pipeline is None:
        return False
    try:
        with transaction.atomic():
            convert_lead(lead=lead, by=None, now=now, plan=DealPlan(channel.pipeline))
    except Refusal:
        return False
    return True
