"""Inquiries, and what was decided about them."""

from leads.models.leads import Lead, LeadAction, LeadQuerySet
from leads.models.rules import InternalNumber, RecomputedLead

__all__ = ["InternalNumber", "Lead", "LeadAction", "LeadQuerySet", "RecomputedLead"]
