"""Who gets a new lead, and why (L5); docs/routing.md tells how the parts fit.

`decide` is the one answer, a pure function of facts, rules and people; `route` asks it about a real lead.
"""

from leads.routing.conditions import CONDITIONS, Value
from leads.routing.dealing import give, remember, remember_all, route, route_all
from leads.routing.decide import Decision, Fallback, decide
from leads.routing.facts import Facts, facts_of
from leads.routing.people import Person, Roster, Staff
from leads.routing.regions import region_of
from leads.routing.rules import Rule, active_rules, compiled, needs_of
from leads.routing.words import AUTOMATIC, reason_text

__all__ = [
    "AUTOMATIC",
    "CONDITIONS",
    "Decision",
    "Facts",
    "Fallback",
    "Person",
    "Roster",
    "Rule",
    "Staff",
    "Value",
    "active_rules",
    "compiled",
    "decide",
    "facts_of",
    "give",
    "needs_of",
    "reason_text",
    "region_of",
    "remember",
    "remember_all",
    "route",
    "route_all",
]
