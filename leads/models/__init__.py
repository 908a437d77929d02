"""Inquiries, what was decided about them, and the rules by which they are handed out."""

from leads.models.exclusions import Exclusion
from leads.models.leads import Lead, LeadAction, LeadQuerySet, lead_reach
from leads.models.routing import (
    EscalationStep,
    RoutingCondition,
    RoutingDecision,
    RoutingPerson,
    RoutingRule,
    RoutingTurn,
)

__all__ = [
    "EscalationStep",
    "Exclusion",
    "Lead",
    "LeadAction",
    "LeadQuerySet",
    "RoutingCondition",
    "RoutingDecision",
    "RoutingPerson",
    "RoutingRule",
    "RoutingTurn",
    "lead_reach",
]
