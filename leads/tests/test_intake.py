"""Inquiries become leads, or join what is going on."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from activities.models import Activity, Notification
from channels.models import Message
from contacts.models import Contact, IdentityKey
from deals.models import Deal, Stage
from deals.services import move_deal
from deals.services import set_requirements as demand
from leads.models import Lead
from leads.services import (
    DealPlan,
    Receipt,
    convert_lead,
    create_manual_lead,
    note_answer,
    receive_inquiry,
    reject_lead,
    snooze_lead,
)
from leads.tests.factories import (
    NOW,
    Inquiry,
    Marks,
    Person,
    inquiry,
    make_channel,
    make_dialog,
    make_lead,
    make_pipeline,
    make_source,
)
from tenants.models import Membership, Role, Tenant

HOUR = dt.timedelta(hours=1)
ANNA = Person(name="Anna", phone="8 (916) 555-12-34", email="Anna@Example.com")


def receive(told: Inquiry, channel: object = None, **about: object) -> Receipt:
    return receive_inquiry(
        inquiry=told,
        channel=channel or make_channel(),
        now=told.occurred_at,
        **about,  # type: ignore[arg-type]
    )


def test_inquiry_becomes_a_lead_with_everything_it_told(scope: Tenant) -> None:
    source = make_source("Yandex", utm_source="yandex")
    channel = make_channel(response_limit_min=7)
    told = inquiry(
        person=ANNA,
        text="\n  Two machines\nfor an office",
        marks=Marks(source="Yandex", medium="cpc", campaign="autumn", page_url="https://x.example/"),
        fields=(("City", "Moscow"),),
        product={"title": "Aurora 2", "price": "289 000"},
    )
    receipt = receive(told, channel)
    lead = receipt.lead
    assert receipt.outcome == "lead" and lead is not None and receipt.activity is not None
    assert (lead.kind, lead.channel_kind, lead.state) == ("request", "request", "new")
    assert (lead.phone, lead.email, lead.summary) == ("+79165551234", "anna@example.com", "Two machines")
    assert (lead.source, lead.utm_source, lead.medium, lead.campaign) == (source, "Yandex", "cpc", "autumn")
    assert (lead.fields, lead.object_of_interest) == ([["City", "Moscow"]], "Aurora 2")
    assert (lead.received_at, lead.waiting_since, lead.response_limit_min) == (NOW, NOW, 7)
    assert lead.contact is not None and lead.contact.name == "Anna"
    assert receipt.activity.lead == lead and receipt.activity.contact == lead.contact
    assert "anna" in lead.search_text and "79165551234" in lead.search_text


def test_leads_are_numbered_one_after_the_other(scope: Tenant) -> None:
    first, second = make_lead(), make_lead()
    assert second.number == first.number + 1


def test_marks_nobody_knows_leave_the_channels_source(scope: Tenant) -> None:
    source = make_source("Site")
    lead = make_lead(channel=make_channel(source=source), marks=Marks(source="mystery"))
    assert (lead.source, lead.utm_source) == (source, "mystery")


def test_second_post_of_a_form_joins_the_open_lead(scope: Tenant) -> None:
    channel = make_channel()
    first = receive(inquiry(person=ANNA), channel)
    again = receive(inquiry(person=ANNA, at=NOW + dt.timedelta(seconds=1), text="Hello?"), channel)
    assert (again.outcome, again.lead) == ("joined", first.lead)
    lead = Lead.objects.get()
    assert (lead.unread_count, lead.last_inquiry_at, lead.waiting_since) == (
        2,
        NOW + dt.timedelta(seconds=1),
        NOW,
    )
    assert Activity.objects.filter(lead=lead, kind="request").count() == 2


def test_message_that_was_overtaken_is_the_leads_first_all_the_same(scope: Tenant) -> None:
    """Whatever order deliveries come in, the inquiry began with what was said first; quality goes by it too."""
    channel, other = make_channel(), make_channel()
    lead = make_lead(channel=channel, person=ANNA, at=NOW + 2 * HOUR, text="And in red?", subject="Red")
    between = make_lead(channel=other, person=ANNA, at=NOW + HOUR)
    assert between.quality_params["code"] == "first"
    receipt = receive(inquiry(person=ANNA, at=NOW, text="How much is it?", subject="Price"), channel)
    lead, between = Lead.objects.get(pk=lead.pk), Lead.objects.get(pk=between.pk)
    assert receipt.lead == lead
    assert (lead.received_at, lead.last_inquiry_at) == (NOW, NOW + 2 * HOUR)
    assert (lead.subject, lead.summary) == ("Price", "How much is it?")
    assert (lead.quality_params["code"], between.quality_params["code"]) == ("first", "repeat")


def test_mail_from_long_ago_does_not_move_the_lead(scope: Tenant) -> None:
    channel = make_channel(new_lead_after_h=24)
    lead = make_lead(channel=channel, person=ANNA, at=NOW)
    receive(inquiry(person=ANNA, at=NOW - 25 * HOUR), channel)
    assert Lead.objects.get(pk=lead.pk).received_at == NOW


def test_same_client_by_another_channel_is_another_lead(scope: Tenant) -> None:
    receive(inquiry(person=ANNA), make_channel())
    assert receive(inquiry(person=ANNA), make_channel()).outcome == "lead"
    assert Contact.objects.count() == 1


def test_message_joins_the_open_lead_of_its_dialog_without_any_key(scope: Tenant) -> None:
    channel = make_channel("telegram", "messenger")
    dialog = make_dialog(channel)
    first = receive(inquiry(person=Person(name="Guest")), channel, dialog=dialog)
    second = receive(inquiry(person=Person(name="Guest"), at=NOW + HOUR), channel, dialog=dialog)
    assert first.lead is not None and first.lead.contact is None
    assert (second.outcome, second.lead) == ("joined", first.lead)


def test_silence_longer_than_the_channels_hours_starts_a_new_lead(scope: Tenant) -> None:
    channel = make_channel("telegram", "messenger", new_lead_after_h=24)
    dialog = make_dialog(channel)
    person = Person(name="Guest", messenger_id="777")
    receive(inquiry(person=person), channel, dialog=dialog)
    assert receive(inquiry(person=person, at=NOW + 24 * HOUR), channel, dialog=dialog).outcome == "joined"
    assert receive(inquiry(person=person, at=NOW + 49 * HOUR), channel, dialog=dialog).outcome == "lead"


def test_message_after_a_rejection_starts_a_new_lead(scope: Tenant, admin: Membership) -> None:
    channel = make_channel()
    lead = make_lead(channel=channel, person=ANNA)
    reject_lead(lead=lead, by=admin, now=NOW)
    assert receive(inquiry(person=ANNA, at=NOW + HOUR), channel).outcome == "lead"


def test_message_in_a_dialog_that_became_a_deal_joins_the_deal(scope: Tenant, admin: Membership) -> None:
    channel = make_channel("telegram", "messenger")
    dialog = make_dialog(channel)
    person = Person(name="Guest", messenger_id="42")
    first = receive(inquiry(person=person), channel, dialog=dialog)
    Message.objects.create(activity=first.activity, dialog=dialog, channel=channel, lead=first.lead)
    assert first.lead is not None
    deal = convert_lead(lead=first.lead, by=admin, now=NOW, plan=DealPlan(make_pipeline())).deal
    assert deal is not None
    later = receive(inquiry(person=person, at=NOW + HOUR), channel, dialog=dialog)
    assert (later.outcome, Lead.objects.count()) == ("joined", 1)
    assert later.activity is not None and later.activity.deal == deal
    assert Deal.objects.get(pk=deal.pk).unread_count == 1


def test_message_in_the_dialog_of_a_closed_deal_is_a_new_lead(scope: Tenant, admin: Membership) -> None:
    channel = make_channel("telegram", "messenger")
    dialog = make_dialog(channel)
    person = Person(name="Guest", messenger_id="43")
    first = receive(inquiry(person=person), channel, dialog=dialog)
    Message.objects.create(activity=first.activity, dialog=dialog, channel=channel, lead=first.lead)
    assert first.lead is not None
    deal = convert_lead(lead=first.lead, by=admin, now=NOW, plan=DealPlan(make_pipeline())).deal
    assert deal is not None
    archived = Stage.objects.get(pipeline=deal.pipeline, kind=Stage.Kind.ARCHIVED)
    move_deal(deal=deal, stage=archived, by=admin, now=NOW)
    assert receive(inquiry(person=person, at=NOW + HOUR), channel, dialog=dialog).outcome == "lead"


def test_a_new_word_of_the_client_wakes_a_snoozed_lead(scope: Tenant, admin: Membership) -> None:
    channel = make_channel()
    lead = make_lead(channel=channel, person=ANNA)
    snooze_lead(lead=lead, until=NOW + 5 * HOUR, by=admin, now=NOW)
    receive(inquiry(person=ANNA, at=NOW + HOUR), channel)
    assert Lead.objects.get().snoozed_until is None


@pytest.mark.parametrize("is_known", [False, True])
def test_own_message_never_makes_a_lead(scope: Tenant, is_known: bool) -> None:
    channel = make_channel("telegram", "messenger")
    person = Person(name="Guest", messenger_id="99")
    if is_known:
        contact = Contact.objects.create(name="Guest")
        IdentityKey.objects.create(contact=contact, kind="telegram", value="99")
    receipt = receive(inquiry(person=person, is_own=True), channel, dialog=make_dialog(channel))
    assert receipt.outcome == ("joined" if is_known else "ignored")
    assert not Lead.objects.exists()
    assert receipt.activity is not None and receipt.activity.direction == "out"


def test_own_message_answers_the_open_lead(scope: Tenant) -> None:
    channel = make_channel("telegram", "messenger")
    dialog = make_dialog(channel)
    person = Person(name="Guest", messenger_id="5")
    receive(inquiry(person=person), channel, dialog=dialog)
    receive(inquiry(person=person, is_own=True, at=NOW + HOUR), channel, dialog=dialog)
    lead = Lead.objects.get()
    assert (lead.first_response_at, lead.waiting_since, lead.unread_count) == (NOW + HOUR, None, 0)
    receive(inquiry(person=person, at=NOW + 2 * HOUR), channel, dialog=dialog)
    assert Lead.objects.get().waiting_since == NOW + 2 * HOUR


def test_own_message_older_than_the_question_answers_nothing(scope: Tenant) -> None:
    lead = make_lead()
    note_answer(lead=lead, at=NOW - HOUR)
    assert Lead.objects.get(pk=lead.pk).waiting_since == NOW


def test_automatic_message_is_stored_but_makes_no_lead(scope: Tenant) -> None:
    channel = make_channel("email", "email")
    receipt = receive(inquiry(is_automatic=True, automatic_reason="A mailing list"), channel)
    assert (receipt.outcome, receipt.reason, Lead.objects.count()) == ("ignored", "A mailing list", 0)
    assert Contact.objects.count() == 0 and receipt.activity is not None


def test_automatic_answer_in_a_thread_joins_its_lead_and_asks_nothing(scope: Tenant) -> None:
    channel = make_channel("email", "email")
    dialog = make_dialog(channel)
    first = receive(inquiry(person=ANNA), channel, dialog=dialog)
    assert first.lead is not None
    note_answer(lead=first.lead, at=NOW + HOUR)
    bounce = receive(inquiry(person=ANNA, is_automatic=True, at=NOW + 2 * HOUR), channel, dialog=dialog)
    assert (bounce.outcome, Lead.objects.get().waiting_since) == ("joined", None)


def test_channel_that_is_no_source_of_leads_only_stores(scope: Tenant) -> None:
    channel = make_channel("email", "email", is_lead_source=False)
    receipt = receive(inquiry(person=ANNA), channel)
    assert (receipt.outcome, Lead.objects.count()) == ("ignored", 0)
    assert receipt.activity is not None and receipt.activity.contact == Contact.objects.get()


def test_responsible_is_the_channels_person_and_is_told(scope: Tenant, alice: Membership) -> None:
    lead = make_lead(channel=make_channel(responsible=alice))
    assert (lead.responsible, lead.assignment_reason) == (alice, "channel_person")
    assert Notification.objects.get().member == alice


def test_responsible_is_the_clients_manager_before_the_channels_role(
    scope: Tenant, alice: Membership
) -> None:
    role = Role.objects.get(code=Role.Code.DISPATCHER)
    contact = Contact.objects.create(name="Anna", owner=alice)
    IdentityKey.objects.create(contact=contact, kind="phone", value="+79165551234")
    lead = make_lead(channel=make_channel(responsible_role=role), person=ANNA)
    assert (lead.responsible, lead.responsible_role, lead.assignment_reason) == (alice, None, "contact_owner")
    other = make_lead(channel=make_channel(responsible_role=role))
    assert (other.responsible, other.responsible_role, other.assignment_reason) == (
        None,
        role,
        "channel_role",
    )


def test_dismissed_people_get_no_leads(scope: Tenant, alice: Membership) -> None:
    Membership.objects.filter(pk=alice.pk).update(is_active=False)
    alice.is_active = False
    lead = make_lead(channel=make_channel(responsible=alice))
    assert (lead.responsible, lead.assignment_reason) == (None, "default_role")
    assert lead.responsible_role == Role.objects.get(code=Role.Code.MANAGER)


def test_lead_lands_in_the_channels_pipeline(scope: Tenant) -> None:
    pipeline = make_pipeline()
    lead = make_lead(channel=make_channel(pipeline=pipeline), subject="Aurora")
    assert lead.state == Lead.State.CONVERTED
    assert lead.deal is not None and (lead.deal.pipeline, lead.deal.title) == (pipeline, "Aurora")
    assert (lead.quality, lead.deal.quality) == ("targeted", "targeted")


def test_lead_the_first_stage_refuses_stays_in_the_queue(scope: Tenant) -> None:
    pipeline = make_pipeline()
    demand(stage=pipeline.stages.order_by("position").first(), enter=["city"])  # type: ignore[arg-type]
    lead = make_lead(channel=make_channel(pipeline=pipeline))
    assert (lead.state, lead.deal) == (Lead.State.NEW, None)


def test_manual_lead_is_opened_and_waits_for_its_author(scope: Tenant, alice: Membership) -> None:
    lead = create_manual_lead(by=alice, now=NOW, name="Anna", phone="89165551234", text="Wants a price list")
    assert (lead.kind, lead.responsible, lead.opened_at) == ("manual", alice, NOW)
    assert (lead.quality, lead.summary, lead.created_by) == ("targeted", "Wants a price list", alice)
    assert not Notification.objects.exists()


def test_what_a_later_message_tells_more_is_kept(scope: Tenant) -> None:
    channel = make_channel("telegram", "messenger")
    dialog = make_dialog(channel)
    receive(inquiry(person=Person(messenger_id="8")), channel, dialog=dialog)
    receive(
        inquiry(person=Person(name="Igor", messenger_id="8", phone="89165557788"), at=NOW + HOUR),
        channel,
        dialog=dialog,
    )
    lead = Lead.objects.get()
    assert (lead.name, lead.phone) == ("Igor", "+79165557788")
    assert "igor" in lead.search_text


def test_colleagues_with_one_office_number_in_their_signatures_are_two_people(scope):
    mailbox = make_channel("email", "email")
    leads = [
        receive_inquiry(
            inquiry=inquiry(person=Person(email=f"{who}@corp.example", shown_phone="8 (812) 555-55-55")),
            channel=mailbox,
            now=NOW,
        ).lead
        for who in ("alice", "bob")
    ]
    assert leads[0].contact_id != leads[1].contact_id
    assert [lead.phone for lead in leads] == ["+78125555555"] * 2


def test_everything_told_beside_the_first_phone_is_a_key_too(scope: Tenant) -> None:
    person = dataclasses.replace(
        ANNA, other_phones=("+7 916 555-12-35", "no number"), other_emails=("a@firm.example", ANNA.email)
    )
    lead = receive(inquiry(person=person)).lead
    assert lead is not None and lead.contact is not None
    assert (lead.phone, lead.email) == ("+79165551234", "anna@example.com")
    assert set(lead.contact.keys.values_list("value", "is_primary")) == {
        ("+79165551234", True),
        ("anna@example.com", True),
        ("+79165551235", False),
        ("a@firm.example", False),
    }
    by_the_other = receive(inquiry(person=Person(phone="+79165551235"))).lead
    assert by_the_other is not None and by_the_other.contact_id == lead.contact_id


def test_number_told_beside_finds_who_is_known_by_it(scope: Tenant) -> None:
    known = receive(inquiry(person=Person(name="Anna", phone="+79165550000"))).lead
    moved = receive(inquiry(person=dataclasses.replace(ANNA, other_phones=("+79165550000",)))).lead
    assert known is not None and moved is not None and moved.contact_id == known.contact_id


def test_number_told_beside_stays_with_whom_it_belongs_to(scope: Tenant) -> None:
    """Who writes is told by the first key somebody is known by."""
    boss = receive(inquiry(person=Person(name="Boss", phone="+79165550000"))).lead
    hers = receive(inquiry(person=ANNA)).lead
    again = receive(inquiry(person=dataclasses.replace(ANNA, other_phones=("+79165550000",)))).lead
    assert boss is not None and hers is not None and again is not None
    assert again.contact_id == hers.contact_id != boss.contact_id
    assert IdentityKey.objects.get(value="+79165550000").contact_id == boss.contact_id
