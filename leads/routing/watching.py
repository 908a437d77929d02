"""When somebody has to look whether a lead was taken or answered: the next step of its escalation (L5, K4).

The steps are those of the rule that handed the lead out, else those of its channel. The moment is kept with
the lead and looked at again under its lock, so one that is out of date does no harm: the step is put off.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db.models import Q

from core.remembering import remembered_for_a_while
from leads.models import EscalationStep, Lead
from tenants.hours import HoursBook, current_book

Watch = EscalationStep.Watch
BATCH = 500  # leads looked at together when hours or steps have changed
MOVING = ("escalate_at", "escalation_step")
SOON = dt.timedelta(minutes=2)  # the sweeper comes once a minute: what is due before rings by itself
_followers: list[Callable[[], object]] = []
_ringers: list[Callable[[uuid.UUID, dt.timedelta], object]] = []


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The steps of every rule and channel."""

    by_rule: Mapping[uuid.UUID, Sequence[EscalationStep]]
    by_channel: Mapping[uuid.UUID, Sequence[EscalationStep]]

    def steps_of(self, lead: Lead) -> Sequence[EscalationStep]:
        own = self.by_rule.get(lead.routing_rule_id, ()) if lead.routing_rule_id else ()
        return own or (self.by_channel.get(lead.channel_id, ()) if lead.channel_id else ())

    def next_of(self, lead: Lead) -> EscalationStep | None:
        """Return the next step; one that waits for a taker says nothing about a lead somebody has taken."""
        rest = self.steps_of(lead)[lead.escalation_step :]
        is_taken = lead.taken_by_id is not None
        return next((step for step in rest if not (is_taken and step.watch == Watch.TAKEN)), None)


def watch(lead: Lead, *, now: dt.datetime) -> None:
    """Set when to look whether the lead was answered; the caller saves MOVING.

    The lead was read with its taker and responsible. Nothing is read for a lead nobody waits in.
    """
    lead.escalate_at = None
    if not (lead.is_open and lead.deleted_at is None and lead.waiting_since is not None):
        return
    plan = plan_of(lead)
    if plan.by_rule or plan.by_channel:
        _set(lead, plan, current_book(now=now))
    if lead.escalate_at is not None and (wait := lead.escalate_at - now) <= SOON:
        for ring in _ringers:
            ring(lead.pk, max(wait, dt.timedelta()))


def follow_steps(callback: Callable[[], object]) -> None:
    """Call back inside the scope of a tenant whose steps have changed; for the background step of leads."""
    _followers.append(callback)


def ring_soon(callback: Callable[[uuid.UUID, dt.timedelta], object]) -> None:
    """Call back with a lead that is due before the sweeper may come, and after how long."""
    _ringers.append(callback)


def steps_changed() -> None:
    """Have all waiting leads counted anew, after commit: whoever saves a rule must not wait for leads."""
    for callback in _followers:
        callback()


def watch_all(*, now: dt.datetime) -> tuple[int, int]:
    """Count anew when all waiting leads are due: hours or steps have changed.

    Leads nobody watched so far are watched from now on. Waits for nobody, so it can stand in no one's way:
    returns how many changed, and how many somebody was at, who counts them anew by themselves as a rule.
    """
    plan, book, changed, missed = _plan(EscalationStep.objects.all()), current_book(now=now), 0, 0
    waiting = Lead.objects.open().exclude(waiting_since=None, escalate_at=None)
    ids = list(waiting.order_by("id").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        rows = Lead.objects.select_for_update(of=("self",), skip_locked=True)
        batch = rows.filter(pk__in=ids[start : start + BATCH]).order_by("id")
        leads = list(batch.select_related("taken_by", "responsible"))
        moved = [lead for lead in leads if _moves(lead, plan, book, now)]
        Lead.objects.bulk_update(moved, [*MOVING, "step_started_at"])
        changed += len(moved)
        missed += len(ids[start : start + BATCH]) - len(leads)
    return changed, missed


def _moves(lead: Lead, plan: Plan, book: HoursBook, now: dt.datetime) -> bool:
    before = (lead.escalate_at, lead.escalation_step)
    if (
        lead.escalate_at is None
    ):  # nobody watched it so far: a new step is no reason to hand out all that waits
        lead.step_started_at = now
    lead.escalate_at = None
    if lead.waiting_since is not None:
        _set(lead, plan, book)
    return before != (lead.escalate_at, lead.escalation_step)


def _set(lead: Lead, plan: Plan, book: HoursBook) -> None:
    assert lead.waiting_since is not None
    started = lead.step_started_at or lead.received_at
    if lead.escalation_step and lead.waiting_since > started:
        lead.escalation_step = 0  # we answered since, and the client has written again
    step = plan.next_of(lead)
    if step is None:
        return
    since = max(filter(None, (started, lead.waiting_since, lead.snoozed_until)))
    lead.escalate_at = book.of(lead.taken_by or lead.responsible).after(since, step.after_min, step.after_s)


def plan_of(lead: Lead) -> Plan:
    """Return the steps that concern a lead. One query."""
    steps = EscalationStep.objects.filter(Q(rule=lead.routing_rule_id) | Q(channel=lead.channel_id))
    return remembered_for_a_while(("steps", lead.routing_rule_id, lead.channel_id), lambda: _plan(steps))


def _plan(steps: Iterable[EscalationStep]) -> Plan:
    by_rule: dict[uuid.UUID, list[EscalationStep]] = {}
    by_channel: dict[uuid.UUID, list[EscalationStep]] = {}
    for step in steps:
        if step.rule_id is not None:
            by_rule.setdefault(step.rule_id, []).append(step)
        elif step.channel_id is not None:
            by_channel.setdefault(step.channel_id, []).append(step)
    return Plan(by_rule, by_channel)
