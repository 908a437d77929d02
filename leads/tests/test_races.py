"""Two people on one lead at once, with committed rows: one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from channels.models import Channel
from contacts.identity import email_keys, get_or_create_contact
from contacts.merging import CardsAlreadyMerged, MergeAlreadyUndone, merge_cards, undo_merge
from contacts.models import Contact, Merge
from contacts.services import create_contact
from core.errors import Refusal
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline
from leads import errors
from leads.inquiry import Person
from leads.models import Lead
from leads.services import DealPlan, convert_lead, receive_call, receive_inquiry, take_lead
from leads.tests.factories import NOW, call_update, inquiry, make_channel, make_lead, make_pipeline
from tenants.models import Membership, Role, Tenant

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(tenant: Tenant, *steps: Callable[[], Any]) -> list[Any]:
    """Run the steps in threads of their own, each in a transaction; give back what each answered or raised."""
    start = threading.Barrier(len(steps))
    results: list[Any] = [None] * len(steps)

    def run(place: int, step: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            with tenant_scope(tenant):
                results[place] = step()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, step)) for place, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def shared(tenant: Tenant) -> Lead:
    with tenant_scope(tenant):
        return make_lead(channel=make_channel(responsible_role=Role.objects.get(code=Role.Code.MANAGER)))


def test_two_take_one_lead(tenant: Tenant, alice: Membership, bob: Membership, shared: Lead) -> None:
    results = at_once(
        tenant,
        lambda: take_lead(lead=shared, by=alice, now=NOW),
        lambda: take_lead(lead=shared, by=bob, now=NOW),
    )
    refused = [one for one in results if isinstance(one, errors.LeadTakenByOther)]
    assert len(refused) == 1
    with tenant_scope(tenant):
        lead = Lead.objects.select_related("taken_by").get()
        assert lead.taken_by is not None and refused[0].who == lead.taken_by.name


def test_double_click_on_convert_makes_one_deal(tenant: Tenant, alice: Membership, shared: Lead) -> None:
    with tenant_scope(tenant):
        pipeline: Pipeline = make_pipeline()

    def convert() -> Any:
        return convert_lead(lead=shared, by=alice, now=NOW, plan=DealPlan(pipeline)).deal

    results = at_once(tenant, convert, convert, convert)
    refused = [one for one in results if isinstance(one, errors.LeadAlreadyConverted)]
    with tenant_scope(tenant):
        deal = Deal.objects.get()
        assert len(refused) == 2 and {one.deal for one in refused} == {deal}


def test_double_click_on_a_form_makes_one_lead_and_one_contact(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        channel: Channel = make_channel()
    person = Person(name="Anna", phone="+79165551234", email="anna@example.com")

    def post() -> Any:
        return receive_inquiry(inquiry=inquiry(person=person), channel=channel, now=NOW).outcome

    results = at_once(tenant, post, post, post, post)
    assert sorted(results) == ["joined", "joined", "joined", "lead"]
    with tenant_scope(tenant):
        assert (Lead.objects.count(), Contact.objects.count()) == (1, 1)


def test_first_events_of_one_call_meet_at_one_call(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        channel: Channel = make_channel("mango", "call")
    told: dict[str, Any] = {"phone": "+79160000001"}
    updates = [
        call_update("one", state="ringing", **told),
        call_update("one", state="answered", answered_at=NOW, **told),
        call_update("one", state="finished", result="answered", talk_s=60, **told),
    ]
    results = at_once(
        tenant,
        *(
            lambda update=update: receive_call(update=update, channel=channel, now=NOW).outcome
            for update in updates
        ),
    )
    assert sorted(results) == ["joined", "joined", "lead"]
    with tenant_scope(tenant):
        lead = Lead.objects.select_related("call").get()
        assert lead.call is not None and (lead.call.talk_s, lead.call.state) == (60, "finished")


# --- Merging -----------------------------------------------------------------------------------------
def test_two_merge_one_card(tenant: Tenant, admin: Membership, head: Membership) -> None:
    with tenant_scope(tenant):
        maria, masha, anna = (
            create_contact(by=admin, now=NOW, name=name) for name in ("Мария", "Маша", "Анна")
        )
    results = at_once(
        tenant,
        lambda: merge_cards(survivor=maria, others=[masha], by=admin, now=NOW),
        lambda: merge_cards(survivor=anna, others=[masha], by=head, now=NOW),
    )
    [refused] = [one for one in results if isinstance(one, Refusal)]
    [done] = [one for one in results if isinstance(one, Merge)]
    assert isinstance(refused, CardsAlreadyMerged)
    with tenant_scope(tenant):
        gone = Contact.objects.get(pk=masha.pk)
        assert gone.merged_into == done.survivor and refused.survivor == done.survivor.pk


def test_two_merge_each_others_cards(tenant: Tenant, admin: Membership, head: Membership) -> None:
    with tenant_scope(tenant):
        maria, masha = (create_contact(by=admin, now=NOW, name=name) for name in ("Мария", "Маша"))
    results = at_once(
        tenant,
        lambda: merge_cards(survivor=maria, others=[masha], by=admin, now=NOW),
        lambda: merge_cards(survivor=masha, others=[maria], by=head, now=NOW),
    )
    assert sum(isinstance(one, CardsAlreadyMerged) for one in results) == 1
    with tenant_scope(tenant):
        assert Contact.objects.present().count() == 1


def test_two_undo_one_merge(tenant: Tenant, admin: Membership, head: Membership) -> None:
    with tenant_scope(tenant):
        maria, masha = (create_contact(by=admin, now=NOW, name=name) for name in ("Мария", "Маша"))
        merge = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    results = at_once(
        tenant,
        lambda: undo_merge(merge=merge, by=admin, now=NOW),
        lambda: undo_merge(merge=merge, by=head, now=NOW),
    )
    assert sum(isinstance(one, MergeAlreadyUndone) for one in results) == 1


def test_inquiries_that_arrive_while_their_contact_is_merged_lose_nothing(
    tenant: Tenant, admin: Membership
) -> None:
    with tenant_scope(tenant):
        channel: Channel = make_channel()
        known = make_lead(channel=channel, person=Person(phone="+79165551234")).contact
        maria = create_contact(by=admin, now=NOW, name="Мария")
        pipeline = make_pipeline()
        lead = Lead.objects.get()

    def arrive(number: int) -> Callable[[], Any]:
        person = Person(name="Anna", phone="+79165551234", email=f"anna{number}@example.com")
        return lambda: receive_inquiry(inquiry=inquiry(person=person), channel=channel, now=NOW).outcome

    results = at_once(
        tenant,
        lambda: merge_cards(survivor=maria, others=[known], by=admin, now=NOW),
        *(arrive(number) for number in range(3)),
        lambda: convert_lead(lead=lead, by=admin, now=NOW, plan=DealPlan(pipeline)),
    )
    broken = [one for one in results if one is None]
    assert broken == [], results
    with tenant_scope(tenant):
        assert set(Lead.objects.values_list("contact", flat=True)) == {maria.pk}
        assert set(Deal.objects.values_list("contact", flat=True)) == {maria.pk}
        found = get_or_create_contact(name="", keys=email_keys("anna1@example.com"), now=NOW)
        assert found == (maria, False)
