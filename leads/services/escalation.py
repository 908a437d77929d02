"""Leads nobody takes or answers in time go on to somebody else, or somebody is told (L5, K4).

leads.routing.watching tells when. Missed calls wait from the moment nobody picked up, like any other lead.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from django.db import transaction

from leads.models import EscalationStep, Lead, RoutingDecision
from leads.routing import Decision, give, remember, route
from leads.routing.watching import MOVING, plan_of, watch
from leads.services.arrival import notify_about
from leads.services.common import HOLDING, decided, lock_lead, record, snapshot, tell
from tenants.hours import current_book
from tenants.models import Department, Membership, Role

Action = EscalationStep.Action
BATCH = 500  # leads of a sweep
TOLD = 50  # people who hear of one lead at most


def due_leads(*, now: dt.datetime) -> list[uuid.UUID]:
    """List leads of the active tenant that have waited too long, the longest first."""
    due = Lead.objects.open().filter(escalate_at__lte=now).order_by("escalate_at", "id")
    return list(due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def escalate_lead(*, lead_id: uuid.UUID, now: dt.datetime) -> bool:
    """Take the next step of a lead that is due; say whether there was one.

    One transaction a lead: it holds the queue of those who deal. Whoever comes second finds nothing due.
    """
    lead = lock_lead(lead=Lead(pk=lead_id), by=None)
    if lead.escalate_at is None or lead.escalate_at > now:
        return False
    plan = plan_of(lead)
    watch(lead, now=now)
    step = plan.next_of(lead)
    if step is None or lead.escalate_at is None or lead.escalate_at > now:
        lead.save(update_fields=MOVING)
        return False
    lead.escalation_step = [*plan.steps_of(lead)].index(step) + 1
    _take(lead, step, now=now)
    return True


def _take(lead: Lead, step: EscalationStep, *, now: dt.datetime) -> None:
    if step.action in (Action.TELL_HEAD, Action.TELL_MEMBER):
        _tell(lead, step, now=now)
        return
    decision = _decision(lead, step, now=now)
    if decision is None:  # nobody else could take it: whoever leads the team has to know
        _tell(lead, step, now=now)
    else:
        _hand_on(lead, step, decision, now=now)


def _decision(lead: Lead, step: EscalationStep, *, now: dt.datetime) -> Decision | None:
    """Choose who gets the lead next; None where that would change nothing."""
    late = {"late_min": step.after_min, "late_s": step.after_s}
    had = {lead.taken_by_id, lead.responsible_id} - {None}
    if step.action == Action.ROLE:
        is_other = lead.responsible_role_id != step.role_id
        return Decision(None, step.role_id, "step_role", late) if is_other else None
    if step.action == Action.MEMBER:
        member_id = _present(step.member, now)
        return Decision(member_id, None, "step_member", late) if member_id and member_id not in had else None
    given = RoutingDecision.objects.filter(lead=lead).values_list("member_id", flat=True)
    tried = frozenset(pk for pk in {*given, *had} if pk is not None)
    chosen = route(lead, book=current_book(now=now), now=now, skip=tried)
    if chosen.member_id is None and chosen.role_id in (None, lead.responsible_role_id):
        return None
    return dataclasses.replace(chosen, params=chosen.params | late)


def _present(member: Membership | None, now: dt.datetime) -> uuid.UUID | None:
    """Return the person of a step, or while they are away who stands in; None for nobody."""
    if member is None or not member.is_active:
        return None
    away = current_book(now=now).absence_at(member.pk, member.department_id, now)
    if away is None:
        return member.pk
    return Membership.objects.active().filter(pk=away.substitute_id).values_list("pk", flat=True).first()


def _hand_on(lead: Lead, step: EscalationStep, decision: Decision, *, now: dt.datetime) -> None:
    """Give the lead to whom the step chose; whoever had it no longer has it, and hears of it."""
    before = snapshot(lead, HOLDING)
    had = lead.taken_by or lead.responsible
    name_before = had or lead.responsible_role
    if lead.state == Lead.State.IN_WORK:
        lead.release()
    lead.taken_by = lead.taken_at = None
    rule_id = lead.routing_rule_id
    give(lead, decision, now=now)
    lead.routing_rule_id = rule_id  # its steps go on, whatever rule has chosen
    to = lead.responsible or lead.responsible_role
    told = {"from": str(name_before or ""), "to": str(to or ""), **step.patience}
    why = {"reason": decision.reason, "params": decision.params}
    decided(lead, action="escalate", by=None, now=now, before=before, **told, **why)
    remember(lead, decision, now=now, step=lead.escalation_step)
    people = [lead.responsible] if lead.responsible else members_of(lead.responsible_role)
    tell(lead, topic="lead.new", members=people)  # their queues have not shown it so far
    notify_about(lead, members=people, code="lead_escalated", now=now, **step.patience)
    if had is not None and had not in people:
        notify_about(lead, members=[had], code="lead_passed_on", now=now, by=str(to or ""))


def _tell(lead: Lead, step: EscalationStep, *, now: dt.datetime) -> None:
    """Tell who has to know; the lead stays where it is, and its next step counts from now."""
    named = step.member if step.action == Action.TELL_MEMBER else None
    people = [named] if named is not None and named.is_active else heads_over(lead)
    lead.step_started_at = now
    watch(lead, now=now)
    lead.save(update_fields=["step_started_at", *MOVING])
    names = ", ".join(member.name for member in people)
    record(lead, by=None, now=now, code="lead_late", **step.patience, to=names)
    notify_about(lead, members=people, code="lead_late", now=now, **step.patience)
    tell(lead)


def heads_over(lead: Lead) -> list[Membership]:
    """List who leads the people of the lead: heads of the department or above it, else all heads, else administrators."""
    person = lead.taken_by or lead.responsible
    heads = list(Membership.objects.active().filter(role__code=Role.Code.HEAD))
    parents = dict(Department.objects.values_list("pk", "parent_id"))
    department, seen = (person.department_id if person else None), set()
    while department is not None and department not in seen:
        seen.add(department)
        if found := [head for head in heads if head.department_id == department and head != person]:
            return found
        department = parents.get(department)
    others = [head for head in heads if head != person]
    return others or list(Membership.objects.active().filter(role__is_admin=True)[:TOLD])


def members_of(role: Role | None) -> list[Membership]:
    """List who works in a role, as many as are told of one lead."""
    return list(Membership.objects.active().filter(role=role)[:TOLD]) if role else []
