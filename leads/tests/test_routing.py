"""Rules hand out real inquiries: on arrival, when a call turns out missed, when somebody gives one back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import translation

from activities.models import Activity
from conftest import make_member
from contacts.models import Contact, IdentityKey
from core.remembering import remembering
from core.tenancy import tenant_scope
from deals.services import create_deal
from leads import errors
from leads.models import Lead, RoutingDecision, RoutingRule, RoutingTurn
from leads.routing import Value, reason_text
from leads.services import (
    RuleValues,
    Step,
    create_manual_lead,
    delete_rule,
    order_rules,
    receive_inquiry,
    release_lead,
    save_rule,
    switch_rule,
    take_lead,
    undo_action,
)
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    inquiry,
    make_call,
    make_channel,
    make_lead,
    make_pipeline,
    make_source,
)
from tenants.models import Department, Membership, Role, Tenant, WorkSchedule
from tenants.services import set_absence, set_hours, set_shifts

HOUR = dt.timedelta(hours=1)
NIGHT = NOW - 8 * HOUR  # 03:00 in Moscow
Method = RoutingRule.Method


def make_rule(by: Membership, name: str = "Rule", **fields: Any) -> RoutingRule:
    values = {"method": Method.TURN} | fields
    return save_rule(values=RuleValues(name=name, **values), by=by, now=NOW)


def asks(kind: str, *values: str) -> dict[str, list[Value]]:
    return {kind: [Value(value) for value in values]}


def managers() -> Role:
    return Role.objects.get(code=Role.Code.MANAGER)


# --- On arrival ----------------------------------------------------------------------------------------
def test_rule_hands_out_and_the_lead_says_why(scope: Tenant, admin: Membership, bob: Membership) -> None:
    make_rule(admin, "Wholesale", people=[bob], method=Method.ORDER, conditions=asks("text", "оптом"))
    lead = make_lead(text="Хочу купить ОПТОМ")
    assert (lead.responsible, lead.responsible_role) == (bob, None)
    with translation.override("ru"):
        assert reason_text(lead.assignment_reason, lead.assignment_params) == "правило «Wholesale»"
    entry = Activity.objects.get(lead=lead, data__code="lead_routed")
    assert entry.data["to"] == "Bob"
    decision = RoutingDecision.objects.get(lead=lead)
    assert (decision.member, decision.step, decision.at) == (bob, 0, NOW)
    other = make_lead(text="В розницу")
    assert other.assignment_reason == "default_role" and other.routing_rule is None
    assert not Activity.objects.filter(lead=other, data__code="lead_routed").exists()


def test_turns_go_round(scope: Tenant, admin: Membership, alice: Membership, bob: Membership) -> None:
    rule = make_rule(admin, people=[alice, bob])
    got = [make_lead().responsible for _lead in range(4)]
    assert got == [alice, bob, alice, bob]
    assert set(RoutingTurn.objects.filter(rule=rule).values_list("member__name", "serial")) == {
        ("Alice", 3),
        ("Bob", 4),
    }


def test_fewest_open_inquiries(scope: Tenant, admin: Membership, alice: Membership, bob: Membership) -> None:
    make_lead(channel=make_channel(responsible=alice))
    make_rule(admin, people=[alice, bob], method=Method.LOAD)
    got = [make_lead().responsible for _lead in range(3)]
    assert got == [bob, alice, bob]


def test_capacity_of_shift_and_person(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.INHERITED, lead_capacity=1)
    set_shifts(by=admin, member=bob, on=NOW.date(), spans=((0, 1440),), lead_capacity=2)
    make_rule(admin, people=[alice, bob])
    got = [make_lead().responsible for _lead in range(4)]
    assert got == [alice, bob, bob, None]
    assert Lead.objects.filter(assignment_reason="default_role").count() == 1


def test_only_who_is_at_work_and_not_away(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    make_rule(admin, people=[alice, bob])
    set_absence(by=admin, member=alice, starts_on=NOW.date(), ends_on=NOW.date(), substitute=head)
    assert [make_lead().responsible for _lead in range(2)] == [bob, bob]
    assert make_lead(at=NIGHT).assignment_reason == "default_role"
    set_shifts(by=admin, member=bob, on=NOW.date(), spans=((0, 6 * 60),))
    assert make_lead(at=NIGHT).responsible == bob
    lead = make_lead()  # at eleven only Alice would be there, who is away
    assert (lead.responsible, lead.assignment_params["for"]) == (head, "Alice")


def test_after_hours_rule(scope: Tenant, admin: Membership, alice: Membership, bob: Membership) -> None:
    make_rule(admin, "Night", people=[bob], conditions=asks("hours", "out"), is_on_duty_only=False)
    make_rule(admin, "Day", people=[alice])
    assert make_lead(at=NIGHT).responsible == bob and make_lead().responsible == alice


def test_department_and_role_are_pools(
    scope: Tenant, admin: Membership, alice: Membership, head: Membership
) -> None:
    service = Department.objects.create(name="Service")
    dave = make_member(scope, "Dave", Role.Code.MANAGER, service)
    make_rule(admin, department=service, conditions=asks("kind", "request"))
    assert make_lead().responsible == dave
    RoutingRule.objects.all().delete()
    make_rule(admin, role=managers(), method=Method.ANYONE)
    lead = make_lead()
    assert (lead.responsible, lead.responsible_role) == (None, managers())
    assert RoutingDecision.objects.get(lead=lead).role == managers()


def test_conditions_about_channel_source_region_field_and_client(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    channel, source = make_channel(), make_source("Avito", utm_source="avito")
    options: dict[str, Any] = {"people": [bob], "is_on_duty_only": False, "method": Method.ORDER}
    make_rule(admin, "Channel", conditions={"channel": [Value(ref=channel.pk)]}, **options)
    make_rule(admin, "Source", conditions={"source": [Value(ref=source.pk)]}, **options)
    make_rule(admin, "Region", conditions=asks("region", "Свердловская"), **options)
    make_rule(admin, "Field", conditions={"field": [Value("опт", label="Тип")]}, **options)
    make_rule(admin, "Client", conditions=asks("client", "owned"), **options)

    def rule_of(told: Any, by: Any = None) -> str:
        receipt = receive_inquiry(inquiry=told, channel=by or make_channel(), now=NOW)
        assert receipt.lead is not None
        return receipt.lead.assignment_params.get("rule", "")

    from leads.tests.factories import Marks

    contact = Contact.objects.create(name="Anna", owner=alice, created_at=NOW - HOUR)
    IdentityKey.objects.create(contact=contact, kind="phone", value="+79165551234")
    assert rule_of(inquiry(), channel) == "Channel"
    assert rule_of(inquiry(marks=Marks(source="Avito"))) == "Source"
    assert rule_of(inquiry(person=Person("Ural", "+7 343 222-33-44"))) == "Region"
    assert rule_of(inquiry(fields=(("Тип", "Оптовая закупка"),))) == "Field"
    assert rule_of(inquiry(person=Person("Anna", "+79165551234"))) == "Client"
    assert rule_of(inquiry()) == ""
    assert set(Lead.objects.exclude(region="").values_list("region", flat=True)) == {"Свердловская область"}


def test_open_deal_and_load_are_read_when_asked(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    contact = Contact.objects.create(name="Anna", created_at=NOW - HOUR)
    IdentityKey.objects.create(contact=contact, kind="phone", value="+79165551234")
    create_deal(title="Old", pipeline=make_pipeline(), by=admin, now=NOW - HOUR, contact=contact)
    make_rule(admin, "Deal", people=[alice], conditions=asks("client", "deal"))
    make_rule(admin, "Crowd", people=[bob], conditions=asks("load", "2"))
    assert make_lead(person=Person("Anna", "+79165551234")).responsible == alice
    assert make_lead().assignment_reason == "default_role"  # one waits
    assert make_lead().responsible == bob  # two do


def test_clients_manager_first(scope: Tenant, admin: Membership, alice: Membership, bob: Membership) -> None:
    contact = Contact.objects.create(name="Anna", owner=alice)
    IdentityKey.objects.create(contact=contact, kind="phone", value="+79165551234")
    make_rule(admin, "All", people=[bob], is_owner_first=True)
    lead = make_lead(person=Person("Anna", "+79165551234"))
    assert (lead.responsible, lead.assignment_reason) == (alice, "rule_owner")
    assert make_lead().responsible == bob


def test_what_somebody_types_in_stays_with_them(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[bob])
    lead = create_manual_lead(by=alice, now=NOW, name="Told", phone="+7 343 222-33-44")
    assert (lead.responsible, lead.assignment_reason) == (alice, "created")
    assert lead.region == "Свердловская область" and not RoutingDecision.objects.exists()


def test_order_and_switch_of_rules(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    first, second = make_rule(admin, "A", people=[alice]), make_rule(admin, "B", people=[bob])
    assert make_lead().responsible == alice
    order_rules(order=[second, first], by=admin)
    assert make_lead().responsible == bob
    switch_rule(rule=RoutingRule.objects.get(pk=second.pk), is_active=False, by=admin)
    lead = make_lead()
    assert lead.responsible == alice
    delete_rule(rule=RoutingRule.objects.get(pk=first.pk), by=admin)
    lead.refresh_from_db(fields=["routing_rule", "assignment_reason", "assignment_params"])
    assert lead.routing_rule is None and lead.assignment_params["rule"] == "A"
    assert make_lead().assignment_reason == "default_role"


def test_dismissed_person_gets_nothing(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[alice, bob])
    Membership.objects.filter(pk=alice.pk).update(is_active=False)
    assert [make_lead().responsible for _lead in range(2)] == [bob, bob]


def test_person_dismissed_since_it_was_read_who_works_here_gets_nothing(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[alice, bob])
    with remembering(stays_s=60):
        assert make_lead().responsible == alice
        make_lead()
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
        assert [make_lead().responsible for _lead in range(2)] == [bob, bob]


def test_rule_deleted_since_the_rules_were_read_decides_nothing(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    rule = make_rule(admin, people=[alice])
    with remembering(stays_s=60):
        assert make_lead().responsible == alice
        delete_rule(rule=rule, by=admin)
        assert make_lead().assignment_reason == "default_role"


def test_arrival_costs_the_same_for_few_and_many_rules_and_people(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        channel = make_channel()
        make_lead(channel=channel)
        with CaptureQueriesContext(connection) as queries:
            make_lead(channel=channel)
        return len(queries)

    make_rule(admin, "First", people=[alice, bob])
    few = cost()
    for number in range(10):
        make_member(scope, f"Person{number}", Role.Code.MANAGER)
        make_rule(admin, f"Rule {number}", role=managers(), conditions=asks("language", "ru"))
    order_rules(order=list(RoutingRule.objects.order_by("-position")), by=admin)
    assert cost() == few


# --- Later ---------------------------------------------------------------------------------------------
def test_given_back_lead_goes_to_somebody_else_if_there_is_one(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[alice, bob])
    lead = make_lead()
    take_lead(lead=lead, by=alice, now=NOW)
    action = release_lead(lead=lead, by=alice, now=NOW)
    assert action.lead.responsible == bob and action.lead.assignment_reason == "rule_turn"
    undone = undo_action(action=action, by=alice, now=NOW)
    assert (undone.responsible, undone.taken_by, undone.assignment_reason) == (alice, alice, "taken")


def test_missed_call_goes_by_the_rules_of_missed_calls(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, "Missed", people=[bob], conditions=asks("kind", "missed_call"))
    make_rule(admin, "Calls", people=[alice], conditions=asks("kind", "call"))
    told: dict[str, Any] = {"phone": "89160000001", "started_at": NOW}
    ringing = call_update("one", state="ringing", **told)
    missed = call_update("one", at=NOW + dt.timedelta(seconds=30), state="finished", result="missed", **told)
    for order in ([ringing, missed], [missed, ringing]):
        Lead.objects.all().delete()
        Activity.objects.all().delete()
        line = make_channel("mango", "call")
        first = make_call(order[0], channel=line)
        assert first.responsible == (alice if order[0] is ringing else bob)
        assert make_call(order[1], channel=line).responsible == bob


def test_same_rule_keeps_its_choice_when_a_call_turns_out_missed(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, "All", people=[alice, bob])
    told: dict[str, Any] = {"phone": "89160000001", "started_at": NOW}
    lead = make_call(
        call_update("one", state="ringing", **told),
        call_update("one", at=NOW + dt.timedelta(seconds=30), state="finished", result="missed", **told),
    )
    assert lead.responsible == alice and RoutingDecision.objects.filter(lead=lead).count() == 1
    assert RoutingTurn.objects.get().serial == 1


# --- Refusals ------------------------------------------------------------------------------------------
def test_rules_that_name_nobody_are_refused(scope: Tenant, admin: Membership, alice: Membership) -> None:
    with pytest.raises(errors.RuleWithoutPeople):
        make_rule(admin)
    with pytest.raises(errors.RuleNeedsRole):
        make_rule(admin, method=Method.ANYONE, people=[alice])
    step = {"after_min": 5, "watch": "taken"}
    for action in ("member", "tell_member", "role"):
        with pytest.raises(errors.StepNeedsTarget):
            make_rule(admin, people=[alice], steps=[Step(action=action, **step)])
    gone = dataclasses.replace(RuleValues("x", "turn"), people=[alice])
    alice.is_active = False
    with pytest.raises(errors.MemberDismissed):
        save_rule(values=gone, by=admin, now=NOW)
    with pytest.raises(errors.MemberDismissed):
        make_rule(admin, role=managers(), steps=[Step(action="member", member=alice, **step)])
    assert not RoutingRule.objects.exists()


def test_changed_rule_forgets_what_it_said_and_keeps_its_place(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    rule = make_rule(admin, "Old", people=[alice], conditions=asks("text", "a"))
    make_rule(admin, "Next", people=[bob])
    values = RuleValues("New", Method.ORDER, people=[bob], conditions=asks("text", "b", "c"))
    save_rule(values=values, by=admin, now=NOW, rule=rule)
    rule = RoutingRule.objects.get(name="New")
    assert rule.position == 1 and list(rule.conditions.values_list("value", flat=True)) == ["b", "c"]
    assert [row.member for row in rule.people.all()] == [bob]


# --- At once -------------------------------------------------------------------------------------------
def at_once(tenant: Tenant, *steps: Callable[[], Any]) -> list[Any]:
    """Run the steps in threads of their own, each in a transaction."""
    start = threading.Barrier(len(steps))
    results: list[Any] = [None] * len(steps)

    def run(place: int, step: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            with tenant_scope(tenant):
                results[place] = step()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, step)) for place, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_inquiries_at_once_go_to_two_people(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        make_rule(admin, people=[alice, bob])
        channel = make_channel()

    def arrive() -> Any:
        receipt = receive_inquiry(inquiry=inquiry(), channel=channel, now=NOW)
        return receipt.lead.responsible.name if receipt.lead and receipt.lead.responsible else ""

    for _round in range(3):
        assert sorted(at_once(tenant, arrive, arrive, arrive, arrive)) == ["Alice", "Alice", "Bob", "Bob"]


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_more_than_fit_when_inquiries_and_releases_meet(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        make_rule(admin, people=[alice, bob], method=Method.LOAD, lead_capacity=2)
        channel = make_channel()
        held = make_lead(channel=channel)  # Alice's
        take_lead(lead=held, by=alice, now=NOW)

    def arrive() -> Any:
        return receive_inquiry(inquiry=inquiry(), channel=channel, now=NOW).lead is not None

    def release() -> Any:
        return release_lead(lead=held, by=alice, now=NOW).lead.responsible is not None

    at_once(tenant, arrive, arrive, arrive, arrive, release)
    with tenant_scope(tenant):
        counts = [Lead.objects.filter(responsible=member).count() for member in (alice, bob)]
        assert counts == [2, 2] and Lead.objects.filter(responsible=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_given_back_at_once_go_to_two_people(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    """Arrivals queue up at the series of numbers in any case; these meet only at the rule."""
    cat = make_member(tenant, "Cat", Role.Code.MANAGER)
    with tenant_scope(tenant):
        channel = make_channel(responsible=cat)
        rounds = [[make_lead(channel=channel) for _lead in range(2)] for _round in range(4)]
        for lead in (lead for pair in rounds for lead in pair):
            take_lead(lead=lead, by=cat, now=NOW)
        make_rule(admin, people=[alice, bob])
    for first, second in rounds:
        got = at_once(
            tenant,
            lambda lead=first: release_lead(lead=lead, by=cat, now=NOW).lead.responsible.name,
            lambda lead=second: release_lead(lead=lead, by=cat, now=NOW).lead.responsible.name,
        )
        assert sorted(got) == ["Alice", "Bob"]
