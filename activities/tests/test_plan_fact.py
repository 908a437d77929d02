"""Plan against fact: norms, what counts, who sees whom."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity, Call, DayNorm
from activities.plan_fact import PlanFact
from activities.services import complete_activity, log_activity, plan_activity, remove_norm, set_norm
from activities.tests.factories import make_deal
from core.tenancy import tenant_scope
from core.tests.filling import fill

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
NOW = dt.datetime(2026, 11, 25, 15, tzinfo=MOSCOW)  # a Wednesday
PAGE = "/activities/plan-and-fact/"


def line(viewer, member, **params):
    with timezone.override(MOSCOW):
        state = PlanFact(viewer, {"day": "2026-11-25"} | params, now=NOW)
        return next(found for found in state.lines if found.member.pk == member.pk)


def call(owner, *, talk_s=None, outcome="", hour=12):
    row = log_activity(
        kind="call", direction="out", occurred_at=NOW.replace(hour=hour), author=owner, subject="x"
    )
    Activity.objects.filter(pk=row.pk).update(outcome=outcome)
    if talk_s is not None:
        fill(Call, activity=row, direction="out", talk_s=talk_s)
    return row


def test_own_norm_wins_over_the_roles(scope, alice, bob):
    set_norm(by=alice, role=alice.role, calls=20, meetings=1, min_call_s=0)
    norm = set_norm(by=alice, member=alice, calls=10, meetings=2, min_call_s=0)
    assert (line(alice, alice).calls.norm, line(alice, alice).meetings.norm) == (10, 2)
    assert line(bob, bob).calls.norm == 20
    remove_norm(norm=norm, by=alice)
    assert line(alice, alice).calls.norm == 20


def test_set_norm_replaces(scope, alice):
    for calls in (5, 7):
        set_norm(by=alice, member=alice, calls=calls, meetings=0, min_call_s=0)
    assert DayNorm.objects.get().calls == 7


def test_only_calls_that_reached_somebody_count(scope, alice):
    set_norm(by=alice, member=alice, calls=4, meetings=0, min_call_s=30)
    call(alice, talk_s=30)
    call(alice, talk_s=29)
    call(alice, talk_s=0)
    call(alice, outcome="talked")  # written down by hand
    call(alice, outcome="no_answer")
    figure = line(alice, alice).calls
    assert (figure.done, figure.norm, figure.percent, figure.is_met) == (2, 4, 50, False)


def test_meetings_planned_and_held(scope, alice):
    for outcome in ("held", "absent"):
        meeting = plan_activity(
            kind="meeting", subject="x", due_at=NOW.replace(hour=11), owner=alice, by=alice, now=NOW
        )
        complete_activity(activity=meeting, by=alice, now=NOW, outcome=outcome)
    figure = line(alice, alice).meetings
    assert (figure.planned, figure.done) == (2, 1)


def test_week_sums_its_working_days(scope, alice):
    set_norm(by=alice, member=alice, calls=10, meetings=0, min_call_s=0)
    call(alice, outcome="talked")
    found = line(alice, alice, view="week")
    assert (found.calls.norm, found.calls.done, len(found.days)) == (50, 1, 7)
    assert [calls.norm for _day, calls, _m in found.days] == [10] * 5 + [0, 0]


def test_a_call_at_night_belongs_to_the_day_on_the_wall(scope, alice):
    row = call(alice, outcome="talked")
    Activity.objects.filter(pk=row.pk).update(occurred_at=dt.datetime(2026, 11, 25, 21, 30, tzinfo=dt.UTC))
    assert line(alice, alice).calls.done == 0  # half past midnight of the 26th in Moscow
    assert line(alice, alice, day="2026-11-26").calls.done == 1


def test_zero_is_won(scope, alice):
    assert line(alice, alice).is_won
    make_deal(owner=alice)
    found = line(alice, alice)
    assert (found.without_step, found.is_won) == (1, False)
    plan_activity(
        kind="task", subject="x", due_at=NOW - dt.timedelta(hours=1), owner=alice, by=alice, now=NOW
    )
    plan_activity(
        kind="task", subject="x", due_at=NOW + dt.timedelta(hours=1), owner=alice, by=alice, now=NOW
    )
    found = line(alice, alice)
    assert (found.overdue, found.today) == (1, 1)


def test_page_shows_the_team_to_its_head_and_nobody_else(scope, alice, bob, head):
    def names(viewer):
        return [p.name for p in PlanFact(viewer, {}, now=NOW).people]

    assert names(alice) == ["Alice"]
    assert names(head) == ["Alice", "Bob", "Helen"]


def test_page_costs_the_same_for_one_and_for_many(tenant, head, alice, client_of):
    from conftest import make_member

    client = client_of(head)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGE}?view=week").status_code == 200
        return len(queries)

    cost()
    few = cost()
    with tenant_scope(tenant):
        department = head.department
    for number in range(5):
        make_member(tenant, f"M{number}", "manager", department)
    assert cost() == few


def test_norm_pages_set_and_remove(tenant, admin, alice, client_of):
    client = client_of(admin)
    assert client.get("/settings/day-norms/").status_code == 200
    url = "/settings/day-norms/set/"
    sent = {"calls": 10, "meetings": 2, "min_call_s": 30}
    assert client.post(url, sent).status_code == 422
    assert client.post(url, sent | {"member": str(alice.pk), "role": str(alice.role_id)}).status_code == 422
    assert client.post(url, sent | {"member": str(alice.pk)}).status_code == 302
    with tenant_scope(tenant):
        norm = DayNorm.objects.get()
    assert client.post(f"/settings/day-norms/{norm.pk}/remove/").status_code == 302
    assert client_of(alice).get("/settings/day-norms/").status_code == 403
