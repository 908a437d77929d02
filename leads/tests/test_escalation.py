"""Nobody takes or answers: the lead goes on, or somebody is told; counted in working minutes."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import translation

from activities.models import Activity, Notification
from conftest import make_member
from core.tenancy import tenant_scope
from leads.models import Lead, RoutingDecision, RoutingRule
from leads.routing import reason_text
from leads.routing.watching import watch_all
from leads.services import (
    RuleValues,
    Step,
    assign_lead,
    due_leads,
    escalate_lead,
    note_answer,
    receive_inquiry,
    recount_answers,
    reject_lead,
    release_lead,
    reopen_lead,
    save_rule,
    set_steps,
    snooze_lead,
    take_lead,
    undo_action,
    wake_lead,
)
from leads.tasks import escalate_waiting
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    inquiry,
    make_call,
    make_channel,
    make_lead,
    make_reason,
)
from tenants.models import Membership, Role, Tenant, WorkSchedule
from tenants.services import set_absence, set_holiday, set_hours

MIN = dt.timedelta(minutes=1)
LONG = NOW + 600 * MIN


def step(after_min: int = 15, action: str = "next", watch: str = "taken", **target: Any) -> Step:
    return Step(after_min=after_min, action=action, watch=watch, **target)


def make_rule(by: Membership, *steps: Step, **fields: Any) -> RoutingRule:
    values = RuleValues(name="Rule", method=fields.pop("method", "turn"), steps=steps, **fields)
    return save_rule(values=values, by=by, now=NOW)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("responsible", "responsible_role", "taken_by").get(pk=lead.pk)


def run(now: dt.datetime) -> int:
    """What the sweeper does for one tenant."""
    return sum(escalate_lead(lead_id=pk, now=now) for pk in due_leads(now=now))


def told(code: str) -> list[str]:
    return sorted(Notification.objects.filter(code=code).values_list("member__name", flat=True))


# --- When ----------------------------------------------------------------------------------------------
def test_step_is_due_after_its_working_minutes(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(15), people=[alice, bob])
    lead = make_lead()
    assert lead.escalate_at == NOW + 15 * MIN
    assert run(NOW + 14 * MIN) == 0 and run(NOW + 15 * MIN) == 1


def test_night_and_holidays_don_t_count(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(30), people=[alice, bob])
    evening = NOW.replace(hour=14, minute=50)  # ten minutes before the end of the day in Moscow
    assert make_lead(at=evening).escalate_at == NOW.replace(day=18, hour=6, minute=20)
    set_holiday(by=admin, on=dt.date(2026, 11, 18), name="Rest")
    assert make_lead(at=evening).escalate_at == NOW.replace(day=19, hour=6, minute=20)


def test_clock_is_that_of_whoever_has_the_lead(scope: Tenant, admin: Membership, alice: Membership) -> None:
    late = ((14 * 60, 22 * 60),)
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.WEEK, week=(late,) * 7)
    make_rule(admin, step(15), people=[alice], is_on_duty_only=False)
    assert make_lead().escalate_at == NOW.replace(hour=11, minute=15)  # 14:15 in Moscow


def test_without_steps_nothing_is_watched(scope: Tenant, admin: Membership, alice: Membership) -> None:
    make_rule(admin, people=[alice])
    assert make_lead().escalate_at is None and make_lead(channel=make_channel()).escalate_at is None


def test_steps_of_the_rule_come_before_those_of_the_channel(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    channel = make_channel()
    set_steps(by=admin, steps=[step(40, "tell_head")], channel_id=channel.pk)
    assert make_lead(channel=channel).escalate_at == NOW + 40 * MIN
    make_rule(admin, step(10, "tell_head"), people=[alice])
    assert make_lead(channel=channel).escalate_at == NOW + 10 * MIN


# --- What happens --------------------------------------------------------------------------------------
def test_next_one_gets_it_and_all_are_told(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(15), people=[alice, bob])
    lead = make_lead()
    Notification.objects.all().delete()
    now = NOW + 15 * MIN
    assert run(now) == 1 and run(now) == 0  # once a step
    lead = fresh(lead)
    assert (lead.responsible, lead.state, lead.escalation_step) == (bob, "new", 1)
    with translation.override("en"):
        why = reason_text(lead.assignment_reason, lead.assignment_params)
    assert why == "nobody answered for 15 working min; rule “Rule”: whose turn it is"
    assert told("lead_escalated") == ["Bob"] and told("lead_passed_on") == ["Alice"]
    entry = Activity.objects.get(lead=lead, data__code="lead_escalate")
    assert (entry.author, entry.data["from"], entry.data["to"]) == (None, "Alice", "Bob")
    assert list(RoutingDecision.objects.order_by("at").values_list("step", "member__name")) == [
        (0, "Alice"),
        (1, "Bob"),
    ]
    assert lead.escalate_at is None  # there is no other step


def test_steps_follow_each_other_and_nobody_gets_it_twice(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    make_rule(admin, step(10), step(20), step(30, "tell_head"), people=[alice, bob])
    lead = make_lead()
    assert run(NOW + 10 * MIN) == 1 and fresh(lead).responsible == bob
    assert fresh(lead).escalate_at == NOW + 30 * MIN
    assert run(NOW + 30 * MIN) == 1  # both had it: the rules have nobody, so the managers see it
    lead = fresh(lead)
    assert (lead.responsible, lead.responsible_role) == (None, Role.objects.get(code="manager"))
    assert run(NOW + 60 * MIN) == 1 and told("lead_late") == ["Helen"]
    assert run(LONG) == 0


def test_plan_goes_on_when_another_rule_has_somebody(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    """The first rule's steps were promised; those of the rule that helps out are for its own leads."""
    make_rule(admin, step(10), step(20, "tell_head"), people=[alice])
    make_rule(admin, step(1), step(1), step(1), people=[bob])
    lead = make_lead()
    assert run(NOW + 10 * MIN) == 1 and fresh(lead).responsible == bob
    assert fresh(lead).escalate_at == NOW + 30 * MIN
    assert run(NOW + 30 * MIN) == 1 and told("lead_late") == ["Helen"]


def test_given_back_lead_starts_its_steps_anew(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    lead = make_lead()
    run(NOW + 10 * MIN)
    take_lead(lead=lead, by=bob, now=NOW + 11 * MIN)
    later = NOW + 30 * MIN
    action = release_lead(lead=lead, by=bob, now=later)
    assert (action.lead.responsible, action.lead.escalation_step) == (alice, 0)
    assert fresh(lead).escalate_at == later + 10 * MIN
    assert undo_action(action=action, by=bob, now=later).escalation_step == 1


def test_where_nobody_else_could_take_it_the_head_hears(
    scope: Tenant, admin: Membership, alice: Membership, head: Membership
) -> None:
    role = Role.objects.get(code="manager")
    channel = make_channel(responsible_role=role)
    set_steps(by=admin, steps=[step(15)], channel_id=channel.pk)
    lead = make_lead(channel=channel)
    assert run(NOW + 15 * MIN) == 1
    assert fresh(lead).responsible_role == role and told("lead_late") == ["Helen"]
    assert Activity.objects.get(lead=lead, data__code="lead_late").data["to"] == "Helen"


def test_person_role_and_who_is_told_by_name(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    channel = make_channel(responsible=alice)
    dispatchers = Role.objects.get(code="dispatcher")
    dora = make_member(scope, "Dora", Role.Code.DISPATCHER)
    steps = [
        step(10, "tell_member", member=dora),
        step(10, "member", member=bob),
        step(10, "role", role=dispatchers),
    ]
    set_steps(by=admin, steps=steps, channel_id=channel.pk)
    lead = make_lead(channel=channel)
    run(NOW + 10 * MIN)
    assert fresh(lead).responsible == alice and told("lead_late") == ["Dora"]
    run(NOW + 20 * MIN)
    assert fresh(lead).responsible == bob and fresh(lead).assignment_reason == "step_member"
    run(NOW + 30 * MIN)
    assert fresh(lead).responsible_role == dispatchers and told("lead_escalated") == ["Bob", "Dora"]


def test_absent_person_of_a_step_is_stood_in_for(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    channel = make_channel(responsible=alice)
    set_steps(by=admin, steps=[step(10, "member", member=bob)], channel_id=channel.pk)
    absence = {"by": admin, "member": bob, "starts_on": NOW.date(), "ends_on": NOW.date()}
    row = set_absence(substitute=head, **absence)
    lead = make_lead(channel=channel)
    run(NOW + 10 * MIN)
    assert fresh(lead).responsible == head
    set_absence(absence=row, **absence)
    other = make_lead(channel=channel)
    run(NOW + 10 * MIN)
    assert fresh(other).responsible == alice and told("lead_late") == ["Helen"]


def test_head_is_the_nearest_one_above(
    scope: Tenant, admin: Membership, alice: Membership, head: Membership
) -> None:
    from tenants.services import create_department

    north = create_department(name="North", parent=alice.department, by=admin)
    eve = make_member(scope, "Eve", Role.Code.MANAGER, north)
    make_member(scope, "Hugo", Role.Code.HEAD)  # of no department
    for person in (eve, alice):
        channel = make_channel(responsible=person)
        set_steps(by=admin, steps=[step(10, "tell_head")], channel_id=channel.pk)
        make_lead(channel=channel)
        run(NOW + 10 * MIN)
    assert told("lead_late") == ["Helen", "Helen"]
    nobody = make_channel()
    set_steps(by=admin, steps=[step(10, "tell_head")], channel_id=nobody.pk)
    make_lead(channel=nobody)
    run(NOW + 10 * MIN)
    assert told("lead_late") == ["Helen", "Helen", "Helen", "Hugo"]


# --- What stops it -------------------------------------------------------------------------------------
def test_taken_lead_is_left_alone_unless_an_answer_is_watched(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), step(20, watch="answered"), people=[alice, bob])
    lead = make_lead()
    take_lead(lead=lead, by=alice, now=NOW + MIN)
    assert run(NOW + 10 * MIN) == 0
    assert fresh(lead).escalate_at == NOW + 20 * MIN  # counted since she got it
    assert run(NOW + 20 * MIN) == 1
    lead = fresh(lead)
    assert (lead.responsible, lead.taken_by, lead.state, lead.escalation_step) == (bob, None, "new", 2)


def test_answer_stops_it_until_the_client_writes_again(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    channel, person = make_channel(), Person("Anna", "+79165551234")
    lead = make_lead(channel=channel, person=person)
    assert run(NOW + 10 * MIN) == 1
    note_answer(lead=lead, at=NOW + 11 * MIN)
    assert run(LONG) == 0 and fresh(lead).escalate_at is None
    again = NOW + 60 * MIN
    receive_inquiry(inquiry=inquiry(at=again, person=person), channel=channel, now=again)
    lead = fresh(lead)
    assert (lead.escalate_at, lead.escalation_step) == (again + 10 * MIN, 0)


def test_answer_that_did_not_arrive_starts_the_clock_again(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    lead = make_lead()
    note_answer(lead=lead, at=NOW + MIN)
    run(LONG)
    recount_answers(lead=lead, now=NOW + 5 * MIN)  # no message of ours stands
    assert fresh(lead).escalate_at == NOW + 10 * MIN


def test_closed_deleted_and_snoozed_leads_are_not_handed_on(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    closed, snoozed = make_lead(), make_lead()
    action = reject_lead(lead=closed, by=admin, now=NOW, reason=make_reason())
    snooze_lead(lead=snoozed, until=NOW + 60 * MIN, by=admin, now=NOW)
    assert run(NOW + 30 * MIN) == 0
    assert fresh(closed).escalate_at is None and fresh(snoozed).escalate_at == NOW + 70 * MIN
    undo_action(action=action, by=admin, now=NOW + 30 * MIN)
    assert fresh(closed).escalate_at == NOW + 10 * MIN


def test_lead_that_comes_back_waits_anew(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    channel, person = make_channel(), Person("Anna", "+79165551234")
    rejected, woken, asked = make_lead(), make_lead(), make_lead(channel=channel, person=person)
    reject_lead(lead=rejected, by=admin, now=NOW, reason=make_reason())
    for lead in (woken, asked):
        snooze_lead(lead=lead, until=NOW + 600 * MIN, by=admin, now=NOW)
    later = NOW + 120 * MIN
    reopen_lead(lead=rejected, by=admin, now=later)
    wake_lead(lead=woken, by=admin, now=later)
    receive_inquiry(inquiry=inquiry(at=later, person=person), channel=channel, now=later)
    assert {fresh(lead).escalate_at for lead in (rejected, woken, asked)} == {later + 10 * MIN}


def test_dismissed_person_of_a_step_is_told_nothing_but_the_head_is(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    channel = make_channel(responsible=alice)
    steps = [step(10, "tell_member", member=bob), step(10, "member", member=bob)]
    set_steps(by=admin, steps=steps, channel_id=channel.pk)
    make_lead(channel=channel)
    Membership.objects.filter(pk=bob.pk).update(is_active=False)
    run(NOW + 10 * MIN)
    run(NOW + 20 * MIN)
    assert told("lead_late") == ["Helen", "Helen"]


def test_handing_over_by_hand_starts_the_step_anew(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    lead = make_lead()
    assign_lead(lead=lead, member=bob, by=admin, now=NOW + 8 * MIN)
    assert fresh(lead).escalate_at == NOW + 18 * MIN


def test_moment_that_is_out_of_date_puts_the_step_off(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(10), people=[alice, bob])
    lead = make_lead(escalate_at=NOW)
    assert run(NOW + MIN) == 0 and fresh(lead).escalate_at == NOW + 10 * MIN


def test_missed_call_goes_up_by_levels(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    set_steps(by=admin, steps=[step(1, "member", member=bob), step(2, "tell_head")], channel_id=channel.pk)
    call: dict[str, Any] = {"phone": "89160000001", "started_at": NOW}
    make_call(call_update("one", state="ringing", **call), channel=channel)
    lead = make_call(call_update("one", state="finished", result="missed", **call), channel=channel)
    assert lead.escalate_at == NOW + MIN
    assert run(NOW + MIN) == 1 and fresh(lead).responsible == bob
    assert run(NOW + 3 * MIN) == 1 and told("lead_late") == ["Helen"]


# --- Changes of steps and hours ------------------------------------------------------------------------
def test_new_steps_watch_what_waits_from_now_on(scope: Tenant, admin: Membership, alice: Membership) -> None:
    channel = make_channel(responsible=alice)
    lead = make_lead(channel=channel)
    later = NOW + 120 * MIN
    set_steps(by=admin, steps=[step(15, "tell_head")], channel_id=channel.pk)
    assert watch_all(now=later) == (1, 0)
    assert fresh(lead).escalate_at == later + 15 * MIN
    set_steps(by=admin, steps=[], channel_id=channel.pk)
    assert watch_all(now=later) == (1, 0)
    assert fresh(lead).escalate_at is None


def test_changed_hours_move_what_is_watched(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, step(15), people=[alice, bob])
    lead = make_lead()
    set_holiday(by=admin, on=NOW.date(), name="Rest")
    assert watch_all(now=NOW) == (1, 0)
    assert fresh(lead).escalate_at == NOW.replace(day=18, hour=6, minute=15)
    assert watch_all(now=NOW) == (0, 0)


def test_steps_that_are_none_before_and_after_ring_no_bell(
    scope: Tenant, admin: Membership, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leads.routing import watching

    rung: list[int] = []
    monkeypatch.setattr(watching, "_followers", [lambda: rung.append(1)])
    make_rule(admin, people=[alice])
    assert rung == []
    make_rule(admin, step(5), people=[alice])
    assert rung == [1]


@pytest.mark.django_db(transaction=True)
def test_counting_anew_waits_for_nobody(tenant: Tenant, admin: Membership, alice: Membership) -> None:
    """Whoever holds a lead and wants a rule, and whoever has saved the rule, never wait for each other."""
    with tenant_scope(tenant):
        channel = make_channel(responsible=alice)
        leads = [make_lead(channel=channel) for _lead in range(2)]
        set_steps(by=admin, steps=[step(15, "tell_head")], channel_id=channel.pk)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with tenant_scope(tenant):
                list(Lead.objects.select_for_update().filter(pk=leads[0].pk))
                held.set()
                free.wait(20)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with tenant_scope(tenant):
        assert watch_all(now=NOW) == (1, 1)
    free.set()
    holder.join(10)
    with tenant_scope(tenant):
        assert watch_all(now=NOW) == (1, 0)


# --- The sweeper ---------------------------------------------------------------------------------------
@time_machine.travel(NOW + 20 * MIN, tick=False)
def test_sweeper_finds_the_tenants_that_have_late_leads(
    tenant: Tenant,
    other_tenant: Tenant,
    admin: Membership,
    charlie: Membership,
    alice: Membership,
    bob: Membership,
) -> None:
    with tenant_scope(tenant):
        make_rule(admin, step(15), people=[alice, bob])
        late = make_lead()
    with tenant_scope(other_tenant):
        make_lead()
    assert escalate_waiting() == 1
    with tenant_scope(tenant):
        assert fresh(late).responsible == bob
    assert escalate_waiting() == 0


@time_machine.travel(NOW + 20 * MIN, tick=False)
def test_trouble_with_one_lead_keeps_no_other_waiting(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leads import tasks

    with tenant_scope(tenant):
        make_rule(admin, step(15), people=[alice, bob])
        leads = [make_lead() for _lead in range(3)]

    def careful(*, lead_id: Any, now: dt.datetime) -> bool:
        if lead_id == leads[0].pk:
            raise RuntimeError("poison")
        return escalate_lead(lead_id=lead_id, now=now)

    monkeypatch.setattr(tasks, "escalate_lead", careful)
    assert escalate_waiting() == 2


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_take_a_step_once(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        make_rule(admin, step(15), people=[alice, bob, make_member(tenant, "Cat", Role.Code.MANAGER)])
        leads = [make_lead() for _lead in range(4)]
    start, done = threading.Barrier(3), []

    def sweep() -> None:
        try:
            start.wait(10)
            for lead in leads:
                with tenant_scope(tenant):
                    done.append(escalate_lead(lead_id=lead.pk, now=NOW + 15 * MIN))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with tenant_scope(tenant):
        assert sum(done) == 4
        assert [fresh(lead).escalation_step for lead in leads] == [1, 1, 1, 1]
        assert RoutingDecision.objects.filter(step=1).count() == 4
