"""Reminders: once, to the owner, in every tenant."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone, translation

from activities import notices
from activities.models import Activity, Notification
from activities.services import complete_activity, plan_activity, reschedule_activity
from activities.services.reminding import remind
from activities.tasks import remind_due
from activities.tests.factories import make_contact
from core.tenancy import tenant_scope

NOW = timezone.now()


def plan(owner, *, due_at=NOW, **fields):
    return plan_activity(
        kind="call", subject="Call back", due_at=due_at, owner=owner, by=owner, now=NOW, **fields
    )


def test_remind_tells_the_owner_once(scope, alice):
    plan(alice, contact=make_contact())
    assert [remind(now=NOW), remind(now=NOW)] == [1, 0]
    [notice] = Notification.objects.all()
    assert (notice.member, notice.code) == (alice, "activity_due")
    with translation.override("en"):
        line = notices.describe(notice)
    assert line.title == "Time for: Call back"
    assert line.text.endswith("Мария Иванова")


def test_remind_waits_for_the_moment_and_leaves_done_and_old_ones(scope, alice):
    plan(alice, due_at=NOW + dt.timedelta(minutes=5))
    plan(alice, due_at=NOW - dt.timedelta(days=3))
    complete_activity(activity=plan(alice), by=alice, now=NOW)
    assert remind(now=NOW) == 0


def test_remind_tells_again_after_a_move(scope, alice):
    task = plan(alice)
    remind(now=NOW)
    reschedule_activity(activity=task, due_at=NOW + dt.timedelta(hours=1), by=alice, now=NOW)
    assert remind(now=NOW + dt.timedelta(hours=2)) == 1


def test_remind_leaves_out_dismissed_people(scope, alice):
    plan(alice)
    alice.is_active = False
    alice.save()
    assert remind(now=NOW) == 0


def test_remind_due_goes_through_active_tenants(tenant, other_tenant, alice, charlie):
    for member in (alice, charlie):
        with tenant_scope(member.tenant):
            plan(member)
    other_tenant.is_active = False
    other_tenant.save()
    assert remind_due() >= 1
    with tenant_scope(tenant):
        assert Activity.objects.get().reminded_at is not None
    with tenant_scope(other_tenant):
        assert Activity.objects.get().reminded_at is None
