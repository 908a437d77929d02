"""Calls: any order of the events of one call gives the same call and the same lead."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import Activity, Call, Notification
from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.services import create_deal
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.services import assign_lead, receive_call
from leads.services.call_facts import fold, pack, unpack
from leads.tests.factories import NOW, call_update, inquiry, make_call, make_channel, make_lead, make_pipeline
from tenants.models import Membership, Role, Tenant

SECOND = dt.timedelta(seconds=1)
PHONE = "+79160000001"


def at(seconds: int) -> dt.datetime:
    return NOW + seconds * SECOND


def event(seconds: int, **fields: Any) -> CallUpdate:
    told = {"call_id": "one", "phone": "89160000001", "line": "84951204011"} | fields
    return call_update(at=at(seconds), **told)


ANSWERED = [
    event(0, state="ringing", started_at=at(0)),
    event(12, state="answered", answered_at=at(12), extension="101"),
    event(
        95, state="finished", result="answered", ended_at=at(95), duration_s=95, talk_s=83, extension="101"
    ),
    event(97, direction="", phone="", line="", recording_ref="rec-1"),
]
MISSED = [
    event(0, state="ringing", started_at=at(0), extension="101"),
    event(8, state="ringing", extension="102"),
    event(38, state="finished", result="missed", ended_at=at(38), duration_s=38, talk_s=0),
]
OUTGOING = [
    event(0, direction="out", state="ringing", extension="101"),
    event(9, direction="out", state="answered", extension="101"),
    event(60, direction="out", state="finished", extension="101"),
]
INTERNAL = [
    event(0, direction="", phone="", state="ringing"),
    event(5, direction="internal", phone="", state="answered", extension="102"),
    event(30, direction="internal", phone="", state="finished", result="answered", talk_s=25),
]
GROUP = [  # three phones ring, each leg has an id; one is answered
    event(0, state="ringing", leg="a", extension="101"),
    event(0, state="ringing", leg="b", extension="102"),
    event(4, state="finished", leg="a", result="busy", extension="101"),
    event(9, state="answered", leg="b", extension="102"),
    event(9, state="ringing", leg="c", extension="103"),
    event(10, state="finished", leg="c", extension="103"),
    event(60, state="finished", leg="b", result="answered", extension="102", talk_s=51),
]
UNNAMED = [  # a hidden number
    event(0, phone="", state="ringing"),
    event(30, phone="", state="finished", result="missed"),
]


class Undone(Exception):
    """Rolls an experiment back."""


def facts_of_everything() -> dict[str, Any]:
    """Read all that calls have made, without ids."""
    calls = Call.objects.values(
        "direction", "phone", "line", "extension", "state", "result", "started_at", "answered_at", "ended_at",
        "duration_s", "talk_s", "recording_ref", "last_sequence", "answered_by__name",
    )  # fmt: skip
    leads = Lead.objects.values(
        "kind", "state", "received_at", "last_inquiry_at", "waiting_since", "first_response_at", "phone",
        "responsible__name", "responsible_role__code", "taken_by__name", "assignment_reason", "quality",
        "quality_reason", "quality_params", "is_advertising", "contact__name",
    )  # fmt: skip
    lines = Activity.objects.filter(kind="call").values("occurred_at", "direction", "author__name")
    return {"calls": list(calls), "leads": list(leads), "lines": list(lines)}


def outcome_of(updates: list[CallUpdate], channel: Any) -> tuple[dict[str, Any], list[str]]:
    """Receive the events, read the result, and roll everything back."""
    found: dict[str, Any] = {}
    outcomes: list[str] = []
    try:
        with transaction.atomic():
            for update in updates:
                outcomes.append(receive_call(update=update, channel=channel, now=at(200)).outcome)
            found = facts_of_everything()
            raise Undone
    except Undone:
        return found, outcomes


@pytest.mark.parametrize("events", [ANSWERED, MISSED, OUTGOING, INTERNAL, GROUP, UNNAMED])
def test_any_order_of_events_gives_the_same_call_and_lead(
    tenant: Tenant, alice: Membership, bob: Membership, events: list[CallUpdate]
) -> None:
    with tenant_scope(tenant):
        for member, extension in ((alice, "101"), (bob, "102")):
            Membership.objects.filter(pk=member.pk).update(phone_extension=extension)
        channel = make_channel("mango", "call", responsible_role=Role.objects.get(code="dispatcher"))
        expected, _ = outcome_of(events, channel)

        @given(
            st.lists(st.sampled_from(events), max_size=4).flatmap(lambda more: st.permutations(events + more))
        )
        @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        def check(order: list[CallUpdate]) -> None:
            found, outcomes = outcome_of(order, channel)
            assert found == expected
            assert outcomes.count("lead") == len(expected["leads"])

        check()


@given(st.permutations(ANSWERED))
def test_fold_does_not_depend_on_the_order(order: list[CallUpdate]) -> None:
    assert fold(order) == fold(ANSWERED)


def test_packed_event_reads_back_as_it_was() -> None:
    for update in (*ANSWERED, *MISSED):
        assert unpack(pack(update)) == update


def test_fold_believes_the_end_of_the_call_before_its_legs() -> None:
    leg = event(5, direction="out", state="answered", extension="102")
    assert fold([leg, *ANSWERED]).direction == "in"
    assert fold([leg, *ANSWERED]).extension == "101"


def test_fold_counts_the_talk_when_nobody_told_it() -> None:
    bare = [dataclasses.replace(update, talk_s=None) for update in ANSWERED]
    assert fold(bare).talk_s == 83


def test_call_of_several_legs_ends_with_its_last_and_is_answered_by_one() -> None:
    facts = fold(GROUP)
    assert (facts.state, facts.result, facts.extension, facts.talk_s) == ("finished", "answered", "102", 51)
    rings_on = fold([update for update in GROUP if update.leg in ("a", "b")][:3])
    assert (rings_on.state, rings_on.result, rings_on.is_missed) == ("ringing", "", False)
    talks = fold(GROUP[:-1])
    assert (talks.state, talks.is_answered, talks.extension) == ("answered", True, "102")
    nobody = fold([update for update in GROUP if update.leg == "a"])
    assert (nobody.state, nobody.result) == ("finished", "busy")


def test_end_of_the_whole_call_is_believed_before_its_legs() -> None:
    whole = event(70, state="finished", result="missed")
    assert (fold([*GROUP, whole]).result, fold([whole, *GROUP[:2]]).state) == ("missed", "finished")


def test_answered_call_belongs_to_whoever_talked(scope: Tenant, alice: Membership) -> None:
    Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
    lead = make_call(*ANSWERED)
    assert (lead.kind, lead.responsible, lead.assignment_reason) == ("call", alice, "answered")
    assert (lead.first_response_at, lead.waiting_since) == (at(12), None)
    assert (lead.quality, lead.quality_reason) == ("targeted", "first")
    assert lead.call is not None and (lead.call.talk_s, lead.call.recording_ref) == (83, "rec-1")


def test_missed_call_waits_and_its_responsible_is_told_once(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    lead = make_call(*MISSED, *MISSED, channel=channel)
    assert (lead.kind, lead.waiting_since) == ("missed_call", at(0))
    assert [notice.code for notice in Notification.objects.all()] == ["call_missed"]


def test_second_call_joins_and_an_answer_settles_the_missed_one(scope: Tenant) -> None:
    channel = make_channel("mango", "call")
    make_call(*MISSED, channel=channel)
    again = [
        dataclasses.replace(u, call_id="two", occurred_at=u.occurred_at + 300 * SECOND) for u in ANSWERED
    ]
    again = [dataclasses.replace(u, started_at=None, answered_at=None, ended_at=None) for u in again]
    lead = make_call(*again, channel=channel)
    assert Lead.objects.count() == 1
    assert (lead.kind, lead.waiting_since, lead.received_at) == ("call", None, at(0))
    assert lead.call is not None and lead.call.external_id == "two"


def test_calling_back_answers_the_missed_call(scope: Tenant) -> None:
    channel = make_channel("mango", "call")
    make_call(*MISSED, channel=channel)
    back = event(
        600, call_id="back", direction="out", state="finished", result="answered", answered_at=at(605)
    )
    lead = make_call(back, channel=channel)
    assert (lead.kind, lead.waiting_since, lead.first_response_at) == ("missed_call", None, at(605))
    assert lead.is_advertising and lead.quality_params["guess"] == "targeted"


def test_calling_back_answers_a_form_of_another_channel(scope: Tenant) -> None:
    lead = make_lead(person=inquiry().person)
    update = event(
        60, phone=lead.phone, direction="out", state="finished", result="answered", answered_at=at(65)
    )
    assert make_call(update) == lead
    fresh = Lead.objects.get()
    assert (fresh.first_response_at, fresh.kind) == (at(65), "request")


def test_outgoing_call_is_non_advertising_and_taken_by_whoever_dialled(
    scope: Tenant, alice: Membership
) -> None:
    Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
    lead = make_call(*OUTGOING)
    assert (lead.is_advertising, lead.taken_by, lead.state) == (False, alice, "in_work")


def test_outgoing_call_about_an_open_deal_makes_no_lead(scope: Tenant, admin: Membership) -> None:
    contact = Contact.objects.create(name="Anna")
    contact.keys.create(kind="phone", value=PHONE)
    deal = create_deal(title="Old", pipeline=make_pipeline(), by=admin, now=NOW, contact=contact)
    channel = make_channel("mango", "call")
    receipts = [receive_call(update=update, channel=channel, now=NOW) for update in OUTGOING]
    assert {receipt.outcome for receipt in receipts} == {"joined"}
    assert not Lead.objects.exists() and Activity.objects.get(kind="call").deal == deal


def test_internal_call_is_written_down_and_makes_no_lead(scope: Tenant) -> None:
    channel = make_channel("mango", "call")
    receipts = [receive_call(update=update, channel=channel, now=NOW) for update in INTERNAL]
    assert receipts[-1].outcome == "ignored" and receipts[-1].reason
    assert Call.objects.get().direction == "internal" and not Lead.objects.exists()


def test_line_that_is_no_source_of_leads_only_writes_down(scope: Tenant) -> None:
    channel = make_channel("mango", "call", is_lead_source=False)
    receipt = receive_call(update=MISSED[-1], channel=channel, now=NOW)
    assert receipt.outcome == "ignored" and not Lead.objects.exists()
    assert Activity.objects.get(kind="call").contact == Contact.objects.get()


def test_events_after_a_handover_leave_the_new_responsible(
    scope: Tenant, alice: Membership, bob: Membership, admin: Membership
) -> None:
    Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
    channel = make_channel("mango", "call")
    lead = make_call(*ANSWERED[:2], channel=channel)
    assign_lead(lead=lead, member=bob, by=admin, now=NOW)
    assert make_call(*ANSWERED[2:], channel=channel).responsible == bob


def test_calls_of_two_lines_are_two_calls(scope: Tenant) -> None:
    for line in (make_channel("mango", "call"), make_channel("mango", "call")):
        receive_call(update=MISSED[-1], channel=line, now=NOW)
    assert Call.objects.count() == 2 and uuid.UUID(str(Call.objects.first().pk))  # type: ignore[union-attr]
