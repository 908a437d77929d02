"""A dry run says what the rules would have done: the same as they do."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from core.tenancy import tenant_scope
from deals.services import create_deal
from leads.models import Lead, RoutingRule
from leads.routing import Rule, Value, active_rules, dry_run
from leads.routing.dry_run import DryRun, Trial, try_rules
from leads.routing.rules import pack, unpack
from leads.services import (
    assign_lead,
    create_manual_lead,
    reject_lead,
    run_trial,
    start_trial,
    take_lead,
    trials,
)
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    make_call,
    make_channel,
    make_lead,
    make_pipeline,
    make_reason,
)
from leads.tests.test_routing import asks, make_rule
from tenants.hours import current_book
from tenants.models import Job, Membership, Role, Tenant
from tenants.services import set_absence, set_shifts

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
START = NOW - 20 * DAY
Method = RoutingRule.Method


def tried(
    rules: list[Rule] | None = None, since: dt.datetime = START, until: dt.datetime = NOW + DAY
) -> Trial:
    chosen = active_rules() if rules is None else rules
    return try_rules(chosen, book=current_book(now=until), since=since, until=until)


def key(member: Membership) -> tuple[str, str]:
    return "member", str(member.pk)


def test_dry_run_agrees_with_what_the_rules_did(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    """Many inquiries, every method, shifts, absences, capacity, working hours: not one differs."""
    dice = random.Random(7)
    day = START.date()
    set_absence(by=admin, member=alice, starts_on=day + 3 * DAY, ends_on=day + 6 * DAY, substitute=head)
    set_shifts(by=admin, member=bob, on=day + 2 * DAY, spans=((0, 1440),), lead_capacity=9)
    channels = [
        make_channel(responsible=head),
        make_channel(responsible_role=Role.objects.get(code="head")),
        make_channel(),
    ]
    options: dict[str, Any] = {"is_on_duty_only": False}
    make_rule(admin, "Urgent", people=[alice, bob], conditions=asks("text", "срочно"))
    make_rule(
        admin, "Ural", people=[bob], conditions=asks("region", "Свердловская"), method=Method.ORDER, **options
    )
    make_rule(
        admin,
        "Night",
        role=Role.objects.get(code="manager"),
        conditions=asks("hours", "out"),
        method=Method.ANYONE,
    )
    make_rule(admin, "Crowd", people=[head], conditions=asks("load", "25"), **options)
    make_rule(admin, "Rest", people=[alice, bob, head], method=Method.LOAD, lead_capacity=14)
    for number in range(60):
        at = START + number * 7 * HOUR
        phone = f"+7343{number:07}" if dice.random() < 0.2 else f"+7916{number:07}"
        text = "Срочно нужно" if dice.random() < 0.3 else "Сколько стоит?"
        make_lead(at=at, channel=dice.choice(channels), person=Person(f"C{number}", phone), text=text)
    trial = tried()
    assert trial.total == 60 and len(trial.by_rule) == 5
    assert trial.changed == 0, trial.changes
    assert trial.before == trial.after


def test_dry_run_agrees_when_inquiries_are_taken_and_closed(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[alice, bob], method=Method.LOAD, is_on_duty_only=False)
    leads = []
    for number in range(12):
        at = START + number * HOUR
        leads.append(make_lead(at=at))
        if number % 3 == 2:
            lead = leads[number - 1]
            assert lead.responsible is not None
            take_lead(lead=lead, by=lead.responsible, now=at + HOUR / 4)
            reject_lead(lead=lead, by=lead.responsible, now=at + HOUR / 2, reason=make_reason())
    assert tried().changed == 0


def test_changed_rule_shows_who_would_have_had_what(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership
) -> None:
    set_absence(by=admin, member=head, starts_on=START.date(), ends_on=START.date())
    channel = make_channel(responsible=alice)
    leads = [make_lead(at=START + n * HOUR, channel=channel, text="опт" if n else "x") for n in range(3)]
    take_lead(lead=leads[1], by=alice, now=START + 2 * HOUR)
    assign_lead(lead=leads[2], member=bob, by=admin, now=START + 3 * HOUR)  # by hand, later
    rule = make_rule(admin, people=[bob], conditions=asks("text", "опт"), is_on_duty_only=False)
    away = make_rule(admin, "Away", people=[head], conditions=asks("text", "x"))
    trial = tried()
    assert (trial.total, trial.changed) == (3, 2)
    assert trial.before == {key(alice): 3} and trial.after == {key(alice): 1, key(bob): 2}
    assert trial.by_rule == {str(rule.pk): 2} and trial.stuck == {str(away.pk): 1}
    first = trial.changes[0]
    assert (first.lead_id, first.before, first.after) == (str(leads[1].pk), key(alice), key(bob))
    assert first.params == {"rule": "Rule"}


def test_past_without_written_decisions_is_read_from_what_was_done_first(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    lead = make_lead(at=START, channel=make_channel(responsible=alice))
    lead.routing_decisions.all().delete()
    assign_lead(lead=lead, member=bob, by=admin, now=START + HOUR)
    assert tried([]).before == {key(alice): 1}


def test_what_rules_never_see_is_left_out(scope: Tenant, admin: Membership, alice: Membership) -> None:
    create_manual_lead(by=alice, now=START, name="Told")
    Membership.objects.filter(pk=alice.pk).update(phone_extension="101")
    answered = {"state": "finished", "result": "answered", "extension": "101", "talk_s": 60}
    make_call(call_update(at=START, answered_at=START, **answered))
    make_call(call_update(at=START, direction="out", state="finished", result="missed"))
    make_call(call_update(at=START, state="finished", result="missed"))
    assert tried([]).total == 1


def test_missed_calls_are_compared_with_where_they_went_in_the_end(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, "Missed", people=[bob], conditions=asks("kind", "missed_call"), is_on_duty_only=False)
    make_rule(admin, "Calls", people=[alice], conditions=asks("kind", "call"), is_on_duty_only=False)
    told: dict[str, Any] = {"phone": "89160000001", "started_at": START}
    lead = make_call(
        call_update("one", at=START, state="ringing", **told),
        call_update("one", at=START + HOUR / 60, state="finished", result="missed", **told),
    )
    assert lead.routing_decisions.count() == 2
    trial = tried()
    assert trial.changed == 0 and trial.before == {key(bob): 1}


def test_deals_of_then_count_not_those_of_today(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    make_rule(admin, people=[bob], conditions=asks("client", "deal"), is_on_duty_only=False)
    channel, person = make_channel(new_lead_after_h=1), Person("Anna", "+79165551234")
    first = make_lead(at=START, channel=channel, person=person)
    create_deal(title="New", pipeline=make_pipeline(), by=admin, now=START + HOUR, contact=first.contact)
    second = make_lead(at=START + 5 * HOUR, channel=channel, person=person)
    assert second.responsible == bob
    assert tried().changed == 0


def test_portions_make_no_difference(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule(admin, people=[alice, bob], is_on_duty_only=False)
    for number in range(7):
        make_lead(at=START + (number // 2) * HOUR)  # some at the same moment
    whole = tried([]).packed()
    monkeypatch.setattr(dry_run, "CHUNK", 2)
    assert tried([]).packed() == whole and tried().changed == 0


def test_report_names_only_so_many_changes(
    scope: Tenant, admin: Membership, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "SHOWN", 2)
    for _number in range(3):
        make_lead(at=START)
    make_rule(admin, people=[alice], is_on_duty_only=False)
    trial = tried()
    assert trial.changed == 3 and len(trial.changes) == 2


def test_dry_run_reads_in_a_constant_number_of_queries(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    conditions = asks("text", "x") | asks("client", "deal") | asks("load", "1")
    make_rule(admin, people=[alice, bob], conditions=conditions)

    def cost() -> int:
        rules, book = active_rules(), current_book(now=NOW)
        with CaptureQueriesContext(connection) as queries:
            try_rules(rules, book=book, since=START, until=NOW + DAY)
        return len(queries)

    make_lead(at=START)
    few = cost()
    for number in range(20):
        make_lead(at=START + number * HOUR)
    assert cost() == few <= 9


def test_rule_kept_in_json_reads_back(scope: Tenant, admin: Membership, alice: Membership) -> None:
    channel = make_channel()
    conditions = asks("text", "a", "b") | {
        "channel": [Value(ref=channel.pk)],
        "field": [Value("v", label="L")],
    }
    make_rule(admin, people=[alice], conditions=conditions, department=alice.department, lead_capacity=3)
    (rule,) = active_rules()
    import json

    assert unpack(json.loads(json.dumps(pack(rule)))) == rule


# --- As a job ------------------------------------------------------------------------------------------
def test_few_inquiries_are_tried_at_once(scope: Tenant, admin: Membership, alice: Membership) -> None:
    make_lead(at=NOW - DAY)
    make_lead(at=NOW - 40 * DAY)
    make_rule(admin, people=[alice], is_on_duty_only=False)
    job = start_trial(by=admin, now=NOW, rules=active_rules(), days=30, title="Try")
    assert (job.state, job.total_count, job.report["changed"]) == (Job.State.DONE, 1, 1)
    assert not Lead.objects.filter(responsible=alice).exists()  # nothing was done


def test_many_are_tried_in_the_background(
    tenant: Tenant, admin: Membership, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "AT_ONCE", 1)
    monkeypatch.setattr(dry_run, "CHUNK", 2)
    with tenant_scope(tenant):
        for _number in range(5):
            make_lead(at=NOW - DAY)
        make_rule(admin, people=[alice], is_on_duty_only=False)
        job = start_trial(by=admin, now=NOW, rules=active_rules(), days=30, title="Try")
        assert job.state == Job.State.QUEUED
    run_trial(tenant_id=tenant.pk, job_id=str(job.pk))
    run_trial(tenant_id=tenant.pk, job_id=str(job.pk))  # a second bell changes nothing
    with tenant_scope(tenant):
        done = Job.objects.get(pk=job.pk)
        assert (done.state, done.done_count, done.report["changed"]) == (Job.State.DONE, 5, 5)


def test_run_can_be_stopped_between_portions(
    scope: Tenant, admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "CHUNK", 1)
    for _number in range(2):
        make_lead(at=START)
    run = DryRun([], book=current_book(now=NOW), since=START, until=NOW)
    assert run.total_count == 2 and run.step() and run.trial.total == 1
    assert run.step() and not run.step()
