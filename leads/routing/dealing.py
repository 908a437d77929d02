"""Handing one lead out: reads what the decision needs, holds the queue of those who deal, remembers the turn."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from core.remembering import forget
from leads.models import Lead, RoutingDecision, RoutingRule, RoutingTurn
from leads.routing.decide import Decision, Fallback, decide
from leads.routing.facts import facts_of
from leads.routing.people import read_staff
from leads.routing.rules import Rule, active_rules, needs_of
from tenants.hours import HoursBook

NOBODY: frozenset[uuid.UUID] = frozenset()


def route(
    lead: Lead,
    *,
    book: HoursBook,
    now: dt.datetime,
    text: str | None = None,
    skip: frozenset[uuid.UUID] = NOBODY,
    avoid: frozenset[uuid.UUID] = NOBODY,
) -> Decision:
    """Decide whom a lead goes to; nothing is written. It was loaded with its contact and channel.

    `text` is what an inquiry says that is not stored yet. Between reading turns and loads and the commit
    nobody else deals by these rules: take the lead's number, and locks of contacts and leads, before and
    never after.
    """
    texts = {lead.pk: text} if text is not None else None
    return route_all([lead], book=book, now=now, texts=texts, skip=skip, avoid=avoid)[0]


def route_all(
    leads: Sequence[Lead],
    *,
    book: HoursBook,
    now: dt.datetime,
    texts: Mapping[uuid.UUID, str] | None = None,
    skip: frozenset[uuid.UUID] = NOBODY,
    avoid: frozenset[uuid.UUID] = NOBODY,
) -> list[Decision]:
    """Decide as route() does about leads that came together, each as if those before it had gone out already."""
    rules = active_rules()
    at = {lead.pk: now for lead in leads}
    facts = facts_of(leads, needs=needs_of(rules), book=book, at=at, texts=texts)
    met = [[rule for rule in rules if rule.matches(one)] for one in facts]
    asked = [rule for rule in rules if any(rule in mine for mine in met)]
    if asked and not _queue_up(asked):
        forget()  # one of them has been deleted since they were read
        return route_all(leads, book=book, now=now, texts=texts, skip=skip, avoid=avoid)
    staff, decisions = read_staff(book, asked, at=now), []
    for lead, about, mine in zip(leads, facts, met, strict=True):
        channel = lead.channel
        fallback = Fallback(channel.responsible_id, channel.responsible_role_id) if channel else Fallback()
        chosen = decide(about, mine, staff, fallback, skip=skip, avoid=avoid)
        staff = staff.dealt(chosen.member_id, chosen.rule, chosen.turn)
        decisions.append(chosen)
    return decisions


def _queue_up(rules: Collection[Rule]) -> bool:
    """Lock the rules, all in one order, so that of two leads at once each sees whom the other went to.

    Say whether all of them are still there.
    """
    rows = RoutingRule.objects.select_for_update(no_key=True).filter(pk__in=[rule.id for rule in rules])
    return len(rows.order_by("id").values_list("pk", flat=True)) == len(rules)


def give(lead: Lead, decision: Decision, *, now: dt.datetime) -> None:
    """Put the lead into the hands the decision chose; nothing is saved."""
    lead.responsible_id, lead.responsible_role_id = decision.member_id, decision.role_id
    lead.assignment_reason, lead.assignment_params = decision.reason, dict(decision.params)
    lead.routing_rule_id = decision.rule.id if decision.rule else None
    lead.step_started_at = now


def remember(lead: Lead, decision: Decision, *, now: dt.datetime, step: int = 0) -> None:
    """Write down to whom a saved lead went and why, and that somebody has had a turn."""
    remember_all([(lead, decision)], now=now, step=step)


def remember_all(dealt: Sequence[tuple[Lead, Decision]], *, now: dt.datetime, step: int = 0) -> None:
    """The same of leads that went out one after the other."""
    RoutingDecision.objects.bulk_create(
        RoutingDecision(
            lead=lead,
            at=now,
            step=step,
            rule_id=decision.rule.id if decision.rule else None,
            member_id=decision.member_id,
            role_id=decision.role_id,
            reason=decision.reason,
            params=decision.params,
        )
        for lead, decision in dealt
    )
    turns = {
        (decision.rule.id, decision.member_id): decision.turn
        for _lead, decision in dealt
        if decision.rule is not None and decision.turn is not None
    }
    if turns:
        RoutingTurn.objects.bulk_create(
            [RoutingTurn(rule_id=rule, member_id=who, serial=turn) for (rule, who), turn in turns.items()],
            update_conflicts=True,
            unique_fields=["tenant", "rule", "member"],
            update_fields=["serial"],
        )
