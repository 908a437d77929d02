"""Inquiries that become deals as they arrive: a channel's pipeline (L12), the simple mode (L11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from activities.changes import describe
from activities.models import Activity, Notification
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import set_requirements as demand
from leads import switching, tasks
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.services import create_manual_lead, receive_call, set_quality, take_lead
from leads.tests.factories import NOW, Person, make_channel, make_lead, make_pipeline
from tenants.models import Job, Membership, Role, Tenant

SignIn = Callable[[Membership], Client]
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


def test_history_says_once_what_kept_the_lead_in_the_queue(simple: Tenant) -> None:
    pipeline = make_pipeline()
    demand(stage=pipeline.stages.order_by("position")[0], enter=["city", "amount"])
    channel = make_channel("mango", "call")
    for key in ("1", "2"):
        lead = call(channel, key=key, state="finished", result="missed")
    said = Activity.objects.get(lead=lead, data__code="lead_stayed").data
    assert (said["missing"], said["pipeline"]) == (["amount", "city"], pipeline.name)
    with translation.override("en"):
        text = str(describe(said).html)
    assert "stays in Unsorted" in text and "needs: amount and city" in text


def test_lead_of_an_archived_pipeline_stays_and_says_so(scope: Tenant) -> None:
    pipeline = make_pipeline()
    pipeline.is_archived = True
    pipeline.save()
    lead = make_lead(channel=make_channel(pipeline=pipeline))
    assert lead.state == Lead.State.NEW
    assert pipeline.name in str(describe(Activity.objects.get(data__code="lead_stayed").data).html)


def test_simple_mode_lands_what_an_archived_pipeline_was_meant_for(simple: Tenant) -> None:
    old, first = make_pipeline(), make_pipeline()
    old.is_archived = True
    old.save()
    lead = make_lead(channel=make_channel(pipeline=old))
    assert lead.deal is not None and lead.deal.pipeline == first


# --- Switching ---------------------------------------------------------------------------------------
def switch(mode: str) -> None:
    Tenant.objects.update(mode=mode)


def everything() -> dict[str, list[object]]:
    names = ("pk", "state", "deal_id", "contact_id", "responsible_id", "quality")
    return {
        "leads": list(Lead.objects.order_by("pk").values_list(*names)),
        "deals": list(Deal.objects.order_by("pk").values_list("pk", "stage_id", "contact_id", "state")),
    }


def test_switching_both_ways_loses_nothing(scope: Tenant) -> None:
    make_pipeline()
    channel = make_channel()
    waiting = make_lead(person=ANNA, channel=channel)
    before = everything()
    switch(Tenant.Mode.SIMPLE)
    assert everything() == before
    joined = make_lead(person=ANNA, channel=channel)
    assert joined == waiting  # what came before is still decided about by a person
    landed = make_lead(person=Person(phone="+79165550001"))
    before = everything()
    switch(Tenant.Mode.CLASSIC)
    assert everything() == before
    assert make_lead(person=Person(phone="+79165550002")).state == Lead.State.NEW
    assert Lead.objects.get(pk=landed.pk).deal is not None


def test_what_waited_becomes_deals_with_whoever_has_it(
    simple: Tenant, alice: Membership, bob: Membership
) -> None:
    switch(Tenant.Mode.CLASSIC)
    make_pipeline()
    first, spam, held = (make_lead(person=Person(phone=f"+7916555000{n}")) for n in range(3))
    channel = make_channel("mango", "call")
    ringing = receive_call(
        update=CallUpdate("9", NOW, "c9", "in", "+79165550009", state="ringing"), channel=channel, now=NOW
    ).lead
    take_lead(lead=held, by=bob, now=NOW)
    set_quality(lead=spam, quality=Lead.Quality.NON_TARGETED, by=alice, now=NOW)
    switch(Tenant.Mode.SIMPLE)
    report = switching.run(tenant_id=simple.pk, progress=lambda done, total: None)
    assert report == {"landed": 2, "stayed": 0}
    assert set(Lead.objects.exclude(deal=None)) == {first, held}
    assert Lead.objects.get(pk=held.pk).deal.owner == bob
    assert Lead.objects.get(pk=spam.pk).state == Lead.State.NEW
    assert ringing is not None and Lead.objects.get(pk=ringing.pk).deal is None


def test_what_the_stage_refuses_is_counted_as_staying(scope: Tenant) -> None:
    demand(stage=make_pipeline().stages.order_by("position")[0], enter=["city"])
    make_lead(person=ANNA)
    switch(Tenant.Mode.SIMPLE)
    assert switching.run(tenant_id=scope.pk, progress=lambda done, total: None) == {"landed": 0, "stayed": 1}
    switch(Tenant.Mode.CLASSIC)
    assert switching.run(tenant_id=scope.pk, progress=lambda done, total: None)["landed"] == 0
    assert Activity.objects.filter(data__code="lead_stayed").count() == 1


def test_unsorted_offers_to_turn_what_waits_into_deals(
    tenant: Tenant, admin: Membership, alice: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        make_pipeline()
        make_lead(person=ANNA, channel=make_channel(responsible=alice))
    page, land = reverse("leads:unsorted"), reverse("leads:land_all")
    assert land not in client_of(admin).get(page).content.decode()
    Tenant.objects.filter(pk=tenant.pk).update(mode=Tenant.Mode.SIMPLE)
    assert land in client_of(admin).get(page).content.decode()
    assert land not in client_of(alice).get(page).content.decode()
    assert client_of(alice).post(land).status_code == 403
    assert client_of(admin).post(land)["Location"] == page
    with tenant_scope(tenant):
        job = Job.objects.get(kind=switching.KIND)
    tasks.land_all(tenant_id=tenant.pk, job_id=str(job.pk))
    with tenant_scope(tenant):
        assert Lead.objects.get().deal is not None
        assert Job.objects.get(pk=job.pk).report == {"landed": 1, "stayed": 0}
    assert land not in client_of(admin).get(page).content.decode()


# --- Typed in ----------------------------------------------------------------------------------------
def test_inquiry_typed_in_is_a_deal_at_once_and_the_answer_says_so(
    tenant: Tenant, admin: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        make_pipeline()
    Tenant.objects.filter(pk=tenant.pk).update(mode=Tenant.Mode.SIMPLE)
    typed = {"name": "Anna", "phone": ANNA.phone, "responsible": admin.pk}
    answer = client_of(admin).post(reverse("leads:create"), typed, headers={"HX-Request": "true"})
    with tenant_scope(tenant):
        deal = Deal.objects.get()
    assert reverse("deals:detail", args=[deal.pk]) in answer["HX-Trigger"]


def test_known_client_is_used_for_an_inquiry_typed_in(
    tenant: Tenant, admin: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        anna, other = (create_contact(by=admin, now=NOW, name=name) for name in ("Anna Petrova", "Boris"))
        other.keys.create(kind="phone", value="+79165550077", reversed_value="77")
    client, url = client_of(admin), reverse("leads:create")
    typed = {"name": "Ann", "phone": ANNA.phone, "responsible": admin.pk, "use": anna.pk}
    assert client.post(url, typed).status_code == 302
    with tenant_scope(tenant):
        assert Lead.objects.get().contact == anna
        assert anna.keys.get().value == ANNA.phone
    refused = client.post(url, typed | {"phone": "+79165550077"})
    assert refused.status_code == 422
    assert client.post(url, typed | {"use": "nobody"}).status_code == 404
