"""Missed calls whose client was spoken to since, the tasks to call back, and calls whose end never came."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest

from activities.models import Activity, Call, Notification
from activities.services import complete_activity
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.queue.rows import line_of
from leads.queue.state import condition, counted
from leads.services import (
    assign_lead,
    end_of_silence,
    note_answer,
    plan_callback,
    receive_call,
    release_lead,
    set_steps,
    take_lead,
)
from leads.services.call_facts import fold, pack, unpack
from leads.services.escalation import due_leads, escalate_lead
from leads.services.rules import Step
from leads.tests.factories import NOW, call_update, make_channel, make_lead
from tenants.models import Membership, Role, Tenant

SECOND = dt.timedelta(seconds=1)
MIN = 60 * SECOND
HOUR = 60 * MIN
PHONE = "+79160000001"


def ring(channel: Any, seconds: int, call_id: str = "one", **fields: Any) -> Lead | None:
    moment = NOW + seconds * SECOND
    told = {
        "phone": PHONE,
        "started_at": moment,
        "ended_at": moment + 20 * SECOND,
        "state": "finished",
    } | fields
    return receive_call(update=call_update(call_id, at=moment, **told), channel=channel, now=moment).lead


def missed(channel: Any, seconds: int = 0, call_id: str = "one", **fields: Any) -> Lead:
    lead = ring(channel, seconds, call_id, result="missed", **fields)
    assert lead is not None
    return lead


def answered(channel: Any, seconds: int, call_id: str = "two", **fields: Any) -> Lead | None:
    moment = NOW + seconds * SECOND
    return ring(channel, seconds, call_id, result="answered", answered_at=moment, talk_s=60, **fields)


def plan(lead: Lead, *, now: dt.datetime = NOW, within_min: int = 30) -> Activity | None:
    call = Call.objects.filter(activity__lead=lead).order_by("started_at").last()
    assert call is not None
    fresh = Lead.objects.select_related("taken_by", "responsible").get(pk=lead.pk)
    return plan_callback(call=call, lead=fresh, within_min=within_min, now=now)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("taken_by", "responsible", "call", "call__answered_by").get(pk=lead.pk)


# --- Spoken to since ------------------------------------------------------------------------------------
def test_client_who_gets_through_by_another_line_is_not_missed_any_more(scope: Tenant) -> None:
    first, second = make_channel("mango", "call"), make_channel("zadarma", "call")
    lead = missed(first)
    assert fresh(lead).is_missed and fresh(lead).waiting_since
    other = answered(second, 300)
    assert other is not None and other.pk != lead.pk
    now = fresh(lead)
    assert not now.is_missed and now.waiting_since is None and now.first_response_at == NOW + 300 * SECOND
    assert line_of(now) == "Пропущен, потом поговорили"
    assert now.kind == Lead.Kind.MISSED_CALL and now.call.result == "missed"  # reports count it (R4)
    assert Activity.objects.filter(lead=lead, data__code="lead_spoken").count() == 1


def test_order_of_the_two_calls_events_is_no_matter(scope: Tenant) -> None:
    first, second = make_channel("mango", "call"), make_channel("zadarma", "call")
    answered(second, 300)
    lead = missed(first)  # told late
    assert fresh(lead).waiting_since is None and not fresh(lead).is_missed


def test_earlier_talk_answers_no_later_missed_call(scope: Tenant) -> None:
    answered(make_channel("zadarma", "call"), 0)
    lead = missed(make_channel("mango", "call"), 300)
    assert fresh(lead).is_missed


def test_calling_back_settles_every_missed_call_of_the_client(scope: Tenant) -> None:
    leads = [missed(make_channel("mango", "call"), n, f"c{n}") for n in range(3)]
    answered(make_channel("mango", "call"), 300, direction="out")
    assert [fresh(lead).waiting_since for lead in leads] == [None] * 3


# --- The task -------------------------------------------------------------------------------------------
def test_task_is_due_in_working_minutes_for_whoever_has_the_lead(scope: Tenant, alice: Membership) -> None:
    lead = missed(make_channel("mango", "call", responsible=alice))
    task = plan(lead)
    assert task is not None
    assert (task.owner, task.due_at, task.lead_id) == (alice, NOW + 30 * MIN, lead.pk)
    assert task.subject == "Перезвонить +7 916 000-00-01"
    assert plan(lead) is None  # each call once
    assert Notification.objects.filter(member=alice, code="activity_assigned").count() == 1


def test_second_missed_call_shares_the_open_task(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    first = plan(missed(channel))
    assert plan(missed(channel, 60, "again")) == first
    assert Activity.objects.planned().count() == 1


@pytest.mark.parametrize("direction", ["in", "out"])
def test_talk_closes_the_task_and_says_why(scope: Tenant, alice: Membership, direction: str) -> None:
    Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
    channel = make_channel("mango", "call", responsible=alice)
    task = plan(missed(channel))
    assert task is not None
    answered(channel, 300, direction=direction, extension="101")
    task.refresh_from_db()
    assert task.is_done and task.data["done_by"] == "Alice"
    assert {"in": "клиент перезвонил", "out": "мы перезвонили"}[direction] in task.result
    answered(channel, 300, direction=direction, extension="101")  # told twice
    assert Activity.objects.filter(kind="task").count() == 1


def test_unanswered_call_out_closes_nothing(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    task = plan(missed(channel))
    ring(channel, 300, "out", direction="out", result="missed")
    assert task is not None and not Activity.objects.get(pk=task.pk).is_done


def test_no_task_for_a_client_already_spoken_to_nor_a_hidden_number(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    answered(make_channel("zadarma", "call"), 300)
    assert plan(missed(channel)) is None
    assert plan(missed(channel, 0, "hidden", phone="")) is None


def test_task_that_was_done_by_hand_stays_done(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    lead = missed(channel)
    task = plan(lead)
    assert task is not None
    complete_activity(activity=task, by=alice, now=NOW, result="Wrong number")
    assert plan(lead) is None
    answered(channel, 300)
    task.refresh_from_db()
    assert task.result == "Wrong number"


def test_task_goes_with_the_lead(scope: Tenant, alice: Membership, bob: Membership) -> None:
    lead = missed(make_channel("mango", "call", responsible_role=Role.objects.get(code="manager")))
    task = plan(lead)
    assert task is not None and task.owner is None

    def owner() -> Membership | None:
        return Activity.objects.select_related("owner").get(pk=task.pk).owner

    take_lead(lead=lead, by=alice, now=NOW)
    assert owner() == alice
    assign_lead(lead=lead, member=bob, by=alice, now=NOW)
    assert owner() == bob
    take_lead(lead=lead, by=bob, now=NOW)
    release_lead(lead=lead, by=bob, now=NOW)
    assert owner() == fresh(lead).responsible


# --- Levels in seconds ----------------------------------------------------------------------------------
def test_level_of_thirty_seconds_is_due_at_its_second(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    steps = [Step(0, "taken", "member", member=bob, after_s=30), Step(1, "taken", "tell_head", after_s=30)]
    set_steps(by=admin, steps=steps, channel_id=channel.pk)
    lead = missed(channel)
    assert fresh(lead).escalate_at == NOW + 30 * SECOND
    assert due_leads(now=NOW + 29 * SECOND) == [] and due_leads(now=NOW + 30 * SECOND) == [lead.pk]
    assert escalate_lead(lead_id=lead.pk, now=NOW + 30 * SECOND)
    assert fresh(lead).responsible == bob
    assert fresh(lead).escalate_at == NOW + 120 * SECOND
    moved = Activity.objects.get(lead=lead, data__code="lead_escalate")
    assert (moved.data["minutes"], moved.data["seconds"]) == (0, 30)


def test_what_is_due_before_the_sweeper_rings_by_itself(
    scope: Tenant, admin: Membership, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leads import tasks

    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.escalate_soon, "later", lambda **told: rung.append(told))
    channel = make_channel("mango", "call", responsible=alice)
    set_steps(by=admin, steps=[Step(0, "taken", "tell_head", after_s=45)], channel_id=channel.pk)
    lead = missed(channel)
    assert {(one["lead_id"], one["after_s"]) for one in rung} == {(str(lead.pk), 45.0)}
    rung.clear()
    set_steps(by=admin, steps=[Step(10, "taken", "tell_head")], channel_id=channel.pk)
    missed(channel, 0, "later", phone="+79160000002")
    assert rung == []


def test_role_hears_of_a_missed_call(scope: Tenant, alice: Membership, bob: Membership) -> None:
    missed(make_channel("mango", "call", responsible_role=Role.objects.get(code="manager")))
    told = Notification.objects.filter(code="call_missed").values_list("member__name", flat=True)
    assert sorted(told) == ["Alice", "Bob"]


# --- The badge ------------------------------------------------------------------------------------------
def test_badge_counts_what_waits_and_not_what_is_in_work(scope: Tenant, alice: Membership) -> None:
    waiting, in_work, asking = make_lead(responsible=alice), make_lead(), make_lead()
    for lead in (in_work, asking):
        take_lead(lead=lead, by=alice, now=NOW)
    note_answer(lead=in_work, at=NOW + MIN)
    now = NOW + 2 * MIN
    rows = Lead.objects.filter(counted(alice, now=now))
    assert set(rows.values_list("pk", flat=True)) == {waiting.pk, asking.pk}
    mine = Lead.objects.filter(condition("mine", alice, now=now))
    assert set(mine.values_list("pk", flat=True)) == {waiting.pk, in_work.pk, asking.pk}


# --- Calls whose end never came -------------------------------------------------------------------------
def leg(seconds: int, leg: str, state: str = "", **fields: Any) -> CallUpdate:
    return call_update("one", at=NOW + seconds * SECOND, phone=PHONE, leg=leg, state=state, **fields)


def hung_up(seconds: int, name: str) -> CallUpdate:
    return leg(seconds, name, ended_at=NOW + seconds * SECOND)


TALK = [leg(0, "menu", "ringing"), hung_up(5, "menu"), leg(5, "a", "ringing", extension="101"),
        leg(9, "a", "answered", extension="101"), hung_up(69, "a")]  # fmt: skip
RUNG = [leg(0, "a", "ringing", extension="101"), hung_up(30, "a")]
SUMMARY = call_update(
    "one", at=NOW + 70 * SECOND, phone=PHONE, state="finished", result="answered", extension="101",
    started_at=NOW, answered_at=NOW + 9 * SECOND, ended_at=NOW + 70 * SECOND, talk_s=61, duration_s=70,
)  # fmt: skip


def test_call_whose_phones_have_hung_up_is_over_after_two_minutes() -> None:
    assert end_of_silence(TALK, now=NOW + 188 * SECOND) is None
    end = end_of_silence(TALK, now=NOW + 190 * SECOND)
    assert end is not None
    facts = fold([*TALK, end])
    assert (facts.state, facts.result, facts.talk_s, facts.is_end_derived) == (
        "finished",
        "answered",
        60,
        True,
    )
    missed_end = end_of_silence(RUNG, now=NOW + 200 * SECOND)
    assert missed_end is not None and fold([*RUNG, missed_end]).result == "missed"


def test_phone_that_still_talks_is_left_alone_for_hours() -> None:
    talking = TALK[:-1]
    assert end_of_silence(talking, now=NOW + 3 * HOUR) is None
    end = end_of_silence(talking, now=NOW + 5 * HOUR)
    assert end is not None
    facts = fold([*talking, end])
    assert (facts.result, facts.talk_s, facts.ended_at) == ("answered", None, None)


def test_ringing_without_end_is_missed_after_ten_minutes() -> None:
    assert end_of_silence(RUNG[:1], now=NOW + 9 * MIN) is None
    end = end_of_silence(RUNG[:1], now=NOW + 11 * MIN)
    assert end is not None and fold([RUNG[0], end]).result == "missed"


def test_summary_that_comes_later_is_believed_in_any_order() -> None:
    end = end_of_silence(TALK, now=NOW + 200 * SECOND)
    assert end is not None
    told = fold([*TALK, SUMMARY])
    for order in itertools.islice(itertools.permutations([*TALK, SUMMARY, end]), 0, None, 97):
        assert fold(order) == told
    assert not told.is_end_derived
    end = dataclasses.replace(end, call_id="one")
    assert unpack(pack(end)) == end and "is_derived" not in pack(SUMMARY)


def test_call_that_goes_on_after_all_has_not_ended() -> None:
    end = end_of_silence(RUNG, now=NOW + 200 * SECOND)
    assert end is not None
    facts = fold([*RUNG, end, leg(240, "b", "answered", extension="102")])
    assert (facts.state, facts.is_end_derived) == ("answered", False)


def test_ended_call_is_missed_like_any_other(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("mango", "call", responsible=alice)
    for update in RUNG:
        receive_call(update=update, channel=channel, now=update.occurred_at)
    end = end_of_silence([unpack(one) for one in Call.objects.get().activity.data["updates"]], now=NOW + HOUR)
    assert end is not None
    receive_call(update=dataclasses.replace(end, call_id="one"), channel=channel, now=NOW + HOUR)
    lead, call = fresh(Lead.objects.get()), Call.objects.get()
    assert lead.is_missed and call.is_end_derived
    receive_call(update=SUMMARY, channel=channel, now=NOW + HOUR)
    call = Call.objects.get()
    assert (call.result, call.talk_s, call.is_end_derived) == ("answered", 61, False)
    assert Lead.objects.get().kind == Lead.Kind.CALL
