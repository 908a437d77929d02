"""Cards of calls: who sees them, taking, notes, what they show and for how long."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.urls import reverse

from activities.models import Activity
from activities.services import add_note
from contacts.identity import Key
from contacts.services import create_contact
from core import live
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal
from leads.calling import cards_of
from leads.errors import LeadTakenByOther, NotAllowed
from leads.models import CallCard, Lead
from leads.services import assign_lead, dismiss_card, note_on_call, receive_call, take_call, take_lead
from leads.tasks import clear_call_cards
from leads.tests.factories import NOW, call_update, make_channel, make_pipeline
from tenants.models import Membership, Role, Tenant

SECOND = dt.timedelta(seconds=1)
MIN = 60 * SECOND
PHONE = "+79160000001"


@pytest.fixture(autouse=True)
def extensions(alice: Membership, bob: Membership) -> None:
    with tenant_scope(alice.tenant_id):
        Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
        Membership.objects.filter(pk=bob.pk).update(phone_extension="102")


def line(**fields: Any) -> Any:
    return make_channel("mango", "call", **({"responsible_role": Role.objects.get(code="manager")} | fields))


def event(channel: Any, seconds: int = 0, **fields: Any) -> Any:
    told = {"call_id": "one", "phone": PHONE, "line": "+74951204011", "started_at": NOW} | fields
    moment = NOW + seconds * SECOND
    return receive_call(update=call_update(at=moment, **told), channel=channel, now=moment)


def names() -> list[str]:
    return sorted(CallCard.objects.values_list("member__name", flat=True))


def card_of(member: Membership) -> CallCard:
    return CallCard.objects.select_related("call__activity__lead").get(member=member)


# --- Who sees it ---------------------------------------------------------------------------------------
def test_card_goes_to_whose_phones_ring(scope: Tenant, alice: Membership, bob: Membership) -> None:
    channel = line()
    event(channel, state="ringing", extension="101")
    assert names() == ["Alice"]
    event(channel, 3, state="ringing", extension="102")
    assert names() == ["Alice", "Bob"]


def test_without_a_known_extension_whoever_the_inquiry_waits_for_sees_it(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    event(line(responsible_role=None, responsible=bob), state="ringing", extension="999")
    assert names() == ["Bob"]
    event(line(), state="ringing", call_id="two", phone="+79160000002")
    everybody = Membership.objects.active().filter(role__code="manager").values_list("name", flat=True)
    assert names() == sorted(["Bob", *everybody])


def test_clients_manager_sees_an_incoming_call_too(scope: Tenant, alice: Membership, bob: Membership) -> None:
    create_contact(name="Anna", keys=[Key("phone", PHONE)], owner=bob, by=bob, now=NOW - MIN)
    event(line(), state="ringing", extension="101")
    assert names() == ["Alice", "Bob"]


def test_outgoing_call_is_shown_to_the_caller_alone(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    create_contact(name="Anna", keys=[Key("phone", PHONE)], owner=bob, by=bob, now=NOW - MIN)
    event(line(), direction="out", state="ringing", extension="101")
    assert names() == ["Alice"]
    (card,) = cards_of(alice, now=NOW)
    assert (card.is_out, card.state, card.name) == (True, "ringing", "Anna")


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"state": "finished", "result": "missed"}, 0),  # told only after its end
        ({"state": "ringing"}, 600),  # told late: nobody's phone rings now
        ({"state": "ringing", "direction": "internal"}, 0),
    ],
)
def test_no_card_when_nothing_rings(scope: Tenant, alice: Membership, fields: Any, seconds: int) -> None:
    event(line(), seconds, extension="101", **fields)
    assert not CallCard.objects.exists()


def test_channel_that_is_no_source_still_shows_who_calls(scope: Tenant, alice: Membership) -> None:
    receipt = event(line(is_lead_source=False), state="ringing", extension="101")
    assert receipt.lead is None and names() == ["Alice"]
    (card,) = cards_of(alice, now=NOW)
    assert not card.may_take and not card.lead_id


def test_events_in_any_order_and_twice_give_one_card(scope: Tenant, alice: Membership) -> None:
    channel = line()
    updates = [
        call_update("one", at=NOW + seconds * SECOND, phone=PHONE, extension="101", **told)
        for seconds, told in ((0, {"state": "ringing"}), (4, {"state": "answered"}), (4, {"state": ""}))
    ]
    for update in [updates[1], updates[2], updates[0], *updates]:
        receive_call(update=update, channel=channel, now=NOW + 5 * SECOND)
    (card,) = cards_of(alice, now=NOW + 5 * SECOND)
    assert (card.state, CallCard.objects.count()) == ("talking", 1)


# --- Live ----------------------------------------------------------------------------------------------
def test_only_those_concerned_hear_of_it(
    scope: Tenant, alice: Membership, bob: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, list[Any]]] = []
    monkeypatch.setattr(live, "publish", lambda **told: heard.append((told["topic"], told.get("member_ids"))))
    channel = line()
    event(channel, state="ringing", extension="101")
    event(channel, 5, state="ringing", extension="102")
    told = [set(members or ()) for topic, members in heard if topic == "call.changed"]
    assert told == [{alice.pk}, {alice.pk, bob.pk}]


# --- Taking --------------------------------------------------------------------------------------------
def test_whose_phone_rings_may_take_what_waits_for_somebody_else(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    event(line(responsible_role=None, responsible=bob), state="ringing", extension="101")
    assert not Lead.objects.visible_to(alice).exists()
    action = take_call(card=card_of(alice), by=alice, now=NOW)
    assert action.lead.taken_by == alice
    (card,) = cards_of(alice, now=NOW)
    assert card.is_mine and not card.may_take and not card.holder


def test_taken_call_shows_the_others_by_whom_and_goes_by_itself(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    event(line(), state="ringing", extension="101")
    event(Lead.objects.get().channel, 1, state="ringing", extension="102")
    take_call(card=card_of(alice), by=alice, now=NOW + 5 * SECOND)
    with pytest.raises(LeadTakenByOther) as refused:
        take_call(card=card_of(bob), by=bob, now=NOW + 6 * SECOND)
    assert refused.value.who == "Alice"
    (card,) = cards_of(bob, now=NOW + 7 * SECOND)
    assert (card.holder, card.may_take, card.is_mine) == ("Alice", False, False)
    assert cards_of(bob, now=NOW + 3 * MIN) == []
    assert len(cards_of(alice, now=NOW + 2 * MIN)) == 1


def test_client_of_a_colleague_who_calls_again_rings_like_any_other(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    channel = line()
    event(channel, state="finished", result="missed", ended_at=NOW, extension="101")
    take_lead(lead=Lead.objects.get(), by=alice, now=NOW)
    later = NOW + 60 * MIN
    event(channel, 3600, call_id="again", started_at=later, state="ringing", extension="102")
    (card,) = cards_of(bob, now=later + SECOND)
    assert (card.state, card.holder, card.may_take) == ("ringing", "Alice", False)
    answer = {"state": "answered", "answered_at": later + 5 * SECOND, "started_at": later}
    event(channel, 3605, call_id="again", extension="102", **answer)
    (card,) = cards_of(bob, now=later + 30 * MIN)
    assert card.is_mine and not card.holder


def test_talk_of_nobody_known_is_soon_no_news(scope: Tenant, alice: Membership) -> None:
    channel = line()
    event(channel, state="ringing")
    event(channel, 5, state="answered", answered_at=NOW + 5 * SECOND)
    assert len(cards_of(alice, now=NOW + MIN)) == 1 and cards_of(alice, now=NOW + 3 * MIN) == []


def test_somebody_elses_card_is_nobodys_to_use(scope: Tenant, alice: Membership, bob: Membership) -> None:
    event(line(), state="ringing", extension="101")
    for refused in (take_call, dismiss_card):
        with pytest.raises(NotAllowed):
            refused(card=card_of(alice), by=bob, now=NOW)
    with pytest.raises(NotAllowed):
        note_on_call(card=card_of(alice), text="x", by=bob, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_takes_at_once_have_one_winner(tenant: Tenant, alice: Membership, bob: Membership) -> None:
    people = [alice, bob]
    with tenant_scope(tenant):
        channel = line()
        event(channel, state="ringing", extension="101")
        event(channel, 1, state="ringing", extension="102")
    barrier, outcomes = threading.Barrier(2), []

    def take(member: Membership) -> None:
        try:
            with tenant_scope(tenant):
                card = card_of(member)
                barrier.wait()
                take_call(card=card, by=member, now=NOW)
            outcomes.append("taken")
        except LeadTakenByOther as refusal:
            outcomes.append(refusal.who)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(member,)) for member in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_scope(tenant):
        winner = Lead.objects.select_related("taken_by").get().taken_by
    assert winner is not None and sorted(outcomes) == sorted(["taken", winner.name])


# --- What it shows -------------------------------------------------------------------------------------
def test_card_tells_who_calls(scope: Tenant, alice: Membership) -> None:
    contact = create_contact(name="Anna", keys=[Key("phone", PHONE)], owner=alice, by=alice, now=NOW - MIN)
    pipeline = make_pipeline()
    for number in range(4):
        create_deal(
            title=f"Deal {number}", pipeline=pipeline, contact=contact, amount=1000 + number, currency="RUB",
            by=alice, owner=alice, now=NOW - (10 - number) * MIN,
        )  # fmt: skip
    add_note(text="Wants it in blue", by=alice, now=NOW - MIN, contact=contact)
    event(line(), state="ringing", extension="101")
    (card,) = cards_of(alice, now=NOW + SECOND)
    assert (card.name, card.phone, card.note) == ("Anna", "+7 916 000-00-01", "Wants it in blue")
    assert [deal.title for deal in card.deals] == ["Deal 3", "Deal 2", "Deal 1"]
    assert card.deals[0].stage and card.deals[0].amount == "1\xa0003\xa0₽"
    assert card.line == "+7 495 120-40-11" and card.lead_number


def test_nobody_learns_of_clients_and_deals_they_may_not_see(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    contact = create_contact(name="Anna", keys=[Key("phone", PHONE)], owner=bob, by=bob, now=NOW - MIN)
    create_deal(title="Secret", pipeline=make_pipeline(), contact=contact, by=bob, owner=bob, now=NOW - MIN)
    grants = {"contacts": {"view": "own"}, "leads": {"view": "own", "edit": "own"}, "deals": {"view": "own"}}
    role = Role.objects.create(name="Narrow", grants=grants)
    Membership.objects.filter(pk=alice.pk).update(role=role)
    narrow = Membership.objects.select_related("role", "tenant").get(pk=alice.pk)
    assert Deal.objects.count() == 1
    event(line(responsible_role=None, responsible=bob), state="ringing", extension="101")
    (card,) = cards_of(narrow, now=NOW)
    assert (card.name, list(card.deals), card.card_url) == ("", [], "")
    assert card.phone == "+7 916 000-00-01" and card.remark


def test_card_follows_the_call_to_its_end(scope: Tenant, alice: Membership, bob: Membership) -> None:
    channel = line()
    event(channel, state="ringing", extension="101")
    event(channel, 9, state="answered", answered_at=NOW + 9 * SECOND, extension="101")
    (card,) = cards_of(alice, now=NOW + 10 * SECOND)
    assert card.state == "talking" and card.since == int((NOW + 9 * SECOND).timestamp() * 1000)
    ended = NOW + 69 * SECOND
    event(
        channel, 69, state="finished", result="answered", ended_at=ended, talk_s=60, extension="101",
        recording_ref="rec-1",
    )  # fmt: skip
    (card,) = cards_of(alice, now=ended)
    assert (card.state, card.duration, card.is_missed) == ("ended", "1:00", False)
    assert card.recording_url and card.may_plan
    assert len(cards_of(alice, now=ended + 14 * MIN)) == 1 and not cards_of(alice, now=ended + 16 * MIN)


def test_cards_of_many_calls_cost_the_same_queries(
    scope: Tenant, alice: Membership, django_assert_num_queries: Any
) -> None:
    channel = line()
    event(channel, state="ringing", extension="101")
    with django_assert_num_queries(7):
        cards_of(alice, now=NOW)
    for number in range(4):
        event(channel, state="ringing", extension="101", call_id=f"c{number}", phone=f"+7916111000{number}")
    with django_assert_num_queries(7):
        assert len(cards_of(alice, now=NOW)) == 5


def test_cards_of_calls_long_over_are_deleted(tenant: Tenant, alice: Membership) -> None:
    with tenant_scope(tenant):
        event(line(), state="ringing", extension="101")
        for hours, left in ((23, 1), (25, 0)):
            with time_machine.travel(NOW + dt.timedelta(hours=hours), tick=False):
                clear_call_cards()
            assert CallCard.objects.count() == left


# --- The pages -----------------------------------------------------------------------------------------
def test_pages_take_note_and_close(
    client_of: Any, tenant: Tenant, alice: Membership, bob: Membership
) -> None:
    with time_machine.travel(NOW, tick=False):
        with tenant_scope(tenant):
            channel = line()
            event(channel, state="ringing", extension="101")
            event(channel, 1, state="ringing", extension="102")
            mine, his = card_of(alice), card_of(bob)
        page = client_of(alice)
        html = page.get(reverse("leads:calls")).content.decode()
        assert f'data-call="{mine.pk}"' in html and f'data-call="{his.pk}"' not in html
        headers = {"HX-Request": "true"}
        assert page.post(reverse("leads:call_take", args=[his.pk]), headers=headers).status_code == 404
        assert page.post(reverse("leads:call_take", args=[mine.pk]), headers=headers).status_code == 204
        late = client_of(bob).post(reverse("leads:call_take", args=[his.pk]), headers=headers)
        assert late.status_code == 409 and "Alice" in late.content.decode()
        assert "Alice" in client_of(bob).get(reverse("leads:calls")).content.decode()
        url = reverse("leads:call_note", args=[mine.pk])
        assert page.post(url, {"text": " "}, headers=headers).status_code == 422
        assert page.post(url, {"text": "Two machines"}, headers=headers).status_code == 204
        with tenant_scope(tenant):
            note = Activity.objects.get(kind="note")
            assert (note.text, note.lead_id, note.author_id) == (
                "Two machines",
                Lead.objects.get().pk,
                alice.pk,
            )
        assert page.post(reverse("leads:call_dismiss", args=[mine.pk])).status_code == 204
        assert "data-call=" not in page.get(reverse("leads:calls")).content.decode()
        assert "data-call=" in client_of(bob).get(reverse("leads:calls")).content.decode()


def test_lead_taken_elsewhere_takes_the_button_away(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    event(line(), state="ringing", extension="101")
    take_lead(lead=Lead.objects.get(), by=bob, now=NOW)
    (card,) = cards_of(alice, now=NOW)
    assert (card.holder, card.may_take) == ("Bob", False)
    assign_lead(lead=Lead.objects.get(), by=bob, now=NOW, member=alice)
    (card,) = cards_of(alice, now=NOW)
    assert card.may_take and not card.holder
