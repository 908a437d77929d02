"""Inquiries, what was decided about them, and the rules by which they are handed out."""

from leads.models.actions import LeadAction
from leads.models.calls import CallCard
from leads.models.exclusions import Exclusion
from leads.models.leads import Lead, LeadQuerySet, lead_reach
from leads.models.quality import InternalNumber, RecomputedLead
from leads.models.routing import (
    EscalationStep,
    RoutingCondition,
    RoutingDecision,
    RoutingPerson,
    RoutingRule,
    RoutingTurn,
)

__all__ = [
    "CallCard",
    "EscalationStep",
    "Exclusion",
    "InternalNumber",
    "Lead",
    "LeadAction",
    "LeadQuerySet",
    "RecomputedLead",
    "RoutingCondition",
    "RoutingDecision",
    "RoutingPerson",
    "RoutingRule",
    "RoutingTurn",
    "lead_reach",
]
