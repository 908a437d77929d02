"""Inquiries, and what was decided about them."""

from leads.models.leads import Lead, LeadAction, LeadQuerySet

__all__ = ["Lead", "LeadAction", "LeadQuerySet"]
