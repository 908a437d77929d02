"""Inquiries that become deals as they arrive: a channel's pipeline (L12), the simple mode (L11)."""

from __future__ import annotations

import pytest

from activities.models import Notification
from deals.models import Deal
from deals.services import set_requirements as demand
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.services import create_manual_lead, receive_call
from leads.tests.factories import NOW, Person, make_channel, make_lead, make_pipeline
from tenants.models import Membership, Role, Tenant

ANNA = Person(name="Anna", phone="+79165551234")


@pytest.fixture
def simple(scope: Tenant) -> Tenant:
    Tenant.objects.filter(pk=scope.pk).update(mode=Tenant.Mode.SIMPLE)
    return scope


def managers() -> Role:
    return Role.objects.get(code=Role.Code.MANAGER)


def call(channel: object, **facts: object) -> Lead:
    usual = {"key": "1", "occurred_at": NOW, "call_id": "c1", "direction": "in", "phone": ANNA.phone}
    update = CallUpdate(**usual | {"started_at": NOW} | facts)  # type: ignore[arg-type]
    receive_call(update=update, channel=channel, now=NOW)  # type: ignore[arg-type]
    return Lead.objects.get()


def test_simple_mode_makes_a_contact_and_a_deal_of_every_inquiry(simple: Tenant) -> None:
    first = make_pipeline()
    lead = make_lead(person=ANNA, subject="Aurora")
    assert lead.state == Lead.State.CONVERTED
    assert lead.deal is not None and lead.contact is not None
    assert (lead.deal.pipeline, lead.deal.stage) == (first, first.stages.order_by("position")[0])
    assert (lead.deal.contact, lead.deal.title) == (lead.contact, "Aurora")


def test_classic_mode_leaves_the_decision_to_people(scope: Tenant) -> None:
    make_pipeline()
    assert make_lead(person=ANNA).state == Lead.State.NEW


def test_simple_mode_without_a_pipeline_keeps_the_queue(simple: Tenant) -> None:
    assert make_lead(person=ANNA).state == Lead.State.NEW


def test_simple_mode_lands_what_is_typed_in(simple: Tenant, alice: Membership) -> None:
    make_pipeline()
    lead = create_manual_lead(by=alice, now=NOW, name="Anna", phone=ANNA.phone)
    assert lead.deal is not None and lead.deal.owner == alice


def test_second_inquiry_joins_the_clients_open_deal(
    simple: Tenant, alice: Membership, bob: Membership
) -> None:
    make_pipeline()
    first = make_lead(person=ANNA, channel=make_channel(responsible=alice))
    Notification.objects.all().delete()
    second = make_lead(person=ANNA, channel=make_channel(responsible=bob))
    assert first.deal is not None and second.deal == first.deal
    deal = Deal.objects.get()
    assert (deal.owner, deal.unread_count) == (alice, 1)
    assert (second.responsible, second.assignment_reason) == (alice, "landed")
    assert [one.member for one in Notification.objects.all()] == [alice]


def test_deal_of_a_role_goes_to_whoever_has_fewest(scope: Tenant, alice: Membership, bob: Membership) -> None:
    channel = make_channel(pipeline=make_pipeline(), responsible_role=managers())
    owners = [
        make_lead(person=Person(phone=f"+7916555000{n}"), channel=channel).responsible for n in range(4)
    ]
    assert owners == [alice, bob, alice, bob]


def test_call_lands_when_it_is_over(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", pipeline=make_pipeline(), responsible=alice)
    assert call(channel, state="ringing").state == Lead.State.NEW
    over = call(channel, key="2", state="finished", result="missed")
    assert over.state == Lead.State.CONVERTED
    assert over.deal is not None and over.deal.owner == alice


def test_call_too_short_to_count_does_not_land(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", pipeline=make_pipeline(), responsible=alice)
    assert call(channel, state="finished", result="answered", talk_s=3, answered_at=NOW).deal is None


def test_stage_that_demands_more_keeps_the_lead_in_the_queue(simple: Tenant) -> None:
    demand(stage=make_pipeline().stages.order_by("position")[0], enter=["city"])
    lead = make_lead(person=ANNA)
    assert (lead.state, lead.deal) == (Lead.State.NEW, None)
