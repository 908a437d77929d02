"""Inquiries, and what was decided about them."""

from leads.models.exclusions import Exclusion
from leads.models.leads import Lead, LeadAction, LeadQuerySet

__all__ = ["Exclusion", "Lead", "LeadAction", "LeadQuerySet"]
