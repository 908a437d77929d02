"""Planned activities: from plan to result."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from activities import notices
from activities.models import Activity, Notification
from activities.services import (
    ActivityAlreadyDone,
    NotMarkedDone,
    add_note,
    cancel_activity,
    change_activity,
    complete_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    reschedule_activity,
    restore_activity,
)
from activities.tests.factories import make_contact, make_deal, make_lead
from leads.models import Lead
from tenants import handover

NOW = timezone.now().replace(microsecond=0)
TOMORROW = NOW + dt.timedelta(days=1)


def plan(owner, *, due_at=TOMORROW, by=None, **fields):
    defaults = {"kind": "task", "subject": "Send the offer"}
    return plan_activity(due_at=due_at, owner=owner, by=by or owner, now=NOW, **defaults | fields)


def test_plan_activity_becomes_the_next_step_of_deal_and_lead(scope, alice):
    deal, lead = make_deal(), make_lead()
    plan(alice, deal=deal, lead=lead, subject="Later", due_at=TOMORROW)
    plan(alice, deal=deal, subject="Sooner", kind="call", due_at=NOW)
    deal.refresh_from_db()
    lead = Lead.objects.get(pk=lead.pk)
    assert (deal.next_activity_title, deal.next_activity_kind, deal.next_activity_at) == (
        "Sooner",
        "call",
        NOW,
    )
    assert lead.next_activity_title == "Later"


def test_plan_activity_is_about_the_client_of_the_deal_too(scope, alice):
    contact = make_contact()
    deal = make_deal(contact=contact)
    assert plan(alice, deal=deal).contact == contact


def test_plan_activity_reminds_when_due_unless_told_earlier(scope, alice):
    assert plan(alice).remind_at == TOMORROW
    assert plan(alice, remind_at=NOW).remind_at == NOW


def test_plan_activity_for_a_colleague_tells_them(scope, alice, bob):
    deal = make_deal()
    plan(bob, by=alice, deal=deal)
    [notice] = Notification.objects.all()
    assert (notice.member, notice.code, notice.params["by"]) == (bob, "activity_assigned", "Alice")
    assert str(deal.pk) in notice.url or notice.url == ""


def test_complete_activity_moves_it_into_the_past_with_its_result(scope, alice):
    deal = make_deal()
    task = complete_activity(activity=plan(alice, deal=deal), by=alice, now=NOW, result="Sent")
    deal.refresh_from_db()
    assert (task.is_done, task.result, task.occurred_at) == (True, "Sent", NOW)
    assert (deal.next_activity_at, deal.next_activity_title, deal.next_activity_kind) == (None, "", "")
    assert deal.last_activity_at == NOW


def test_complete_activity_tells_the_slower_one(scope, alice, bob):
    task = plan(alice)
    complete_activity(activity=task, by=alice, now=NOW)
    with pytest.raises(ActivityAlreadyDone):
        complete_activity(activity=task, by=bob, now=NOW)


def test_reopen_activity_undoes_a_completion(scope, alice):
    deal = make_deal()
    task = complete_activity(activity=plan(alice, deal=deal), by=alice, now=NOW, result="Sent")
    reopen_activity(activity=task, by=alice, now=NOW)
    deal.refresh_from_db()
    task.refresh_from_db()
    assert (task.is_done, task.result, task.occurred_at, task.data) == (False, "", TOMORROW, {})
    assert deal.next_activity_at == TOMORROW


def test_reopen_activity_calls_the_follow_up_off(scope, alice):
    task = complete_activity(
        activity=plan(alice, deal=make_deal()),
        by=alice,
        now=NOW,
        next_subject="Ask again",
        next_due_at=TOMORROW,
    )
    assert Activity.objects.planned().get().subject == "Ask again"
    reopen_activity(activity=task, by=alice, now=NOW)
    assert Activity.objects.planned().get() == task
    assert "follow_up" not in Activity.objects.get(pk=task.pk).data


def test_reopen_activity_leaves_a_follow_up_that_is_done(scope, alice):
    task = complete_activity(
        activity=plan(alice), by=alice, now=NOW, next_subject="Ask again", next_due_at=TOMORROW
    )
    follow_up = complete_activity(activity=Activity.objects.planned().get(), by=alice, now=NOW)
    reopen_activity(activity=task, by=alice, now=NOW)
    assert Activity.objects.done().get() == follow_up


def test_reopen_activity_refuses_what_nobody_marked_done(scope, alice):
    note = add_note(text="x", by=alice, now=NOW, deal=make_deal())
    call = log_activity(kind="call", occurred_at=NOW, author=alice)
    for row in (note, call, plan(alice)):
        with pytest.raises(NotMarkedDone):
            reopen_activity(activity=row, by=alice, now=NOW)
    assert Activity.objects.done().count() == 2


def test_reschedule_activity_keeps_the_reminders_distance(scope, alice):
    deal = make_deal()
    task = plan(alice, deal=deal, remind_at=TOMORROW - dt.timedelta(minutes=30))
    Activity.objects.update(reminded_at=NOW)
    later = TOMORROW + dt.timedelta(days=1)
    task = reschedule_activity(activity=task, due_at=later, by=alice, now=NOW)
    deal.refresh_from_db()
    assert (task.remind_at, task.reminded_at) == (later - dt.timedelta(minutes=30), None)
    assert task.data["moved_count"] == 1
    assert deal.next_activity_at == later


def test_cancel_activity_leaves_a_line_from_which_it_is_restored(scope, alice):
    deal = make_deal()
    task = cancel_activity(activity=plan(alice, deal=deal, text="with price"), by=alice, now=NOW)
    deal.refresh_from_db()
    assert (task.kind, task.data["code"], task.data["subject"]) == (
        "change",
        "activity_cancelled",
        "Send the offer",
    )
    assert deal.next_activity_at is None
    assert not Activity.objects.planned().exists()
    restore_activity(activity=task, by=alice, now=NOW)
    task = Activity.objects.get(pk=task.pk)
    deal.refresh_from_db()
    assert (task.kind, task.is_done, task.text, task.due_at, task.author) == (
        "task",
        False,
        "with price",
        TOMORROW,
        alice,
    )
    assert deal.next_activity_at == TOMORROW


def test_change_activity_hands_it_over_and_tells_the_new_owner(scope, alice, bob):
    task = plan(alice)
    change_activity(activity=task, by=alice, now=NOW, subject="Call", owner=bob, due_at=NOW, text="x")
    task.refresh_from_db()
    assert (task.subject, task.owner, task.due_at, task.text) == ("Call", bob, NOW, "x")
    assert Notification.objects.get().member == bob


def test_handover_gives_plans_away_and_tells_once(scope, alice, bob, admin):
    deal = make_deal()
    plan(alice, deal=deal)
    plan(alice)
    done = complete_activity(activity=plan(alice), by=alice, now=NOW)
    Notification.objects.all().delete()
    assert handover.hand_over(member=alice, to=bob, by=admin, now=NOW)["activities"] == 2
    assert Activity.objects.planned().filter(owner=bob).count() == 2
    done.refresh_from_db()
    assert done.owner == alice
    told = Notification.objects.get()
    with translation.override("en"):
        assert (told.member, notices.describe(told).title) == (bob, "2 activities for you")
