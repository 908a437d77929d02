"""My day: what is planned, by when, and what can be done with it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from activities.counters import badge, due_counts
from activities.day import Day
from activities.models import Activity
from activities.plan_fact import PlanFact
from activities.services import complete_activity, plan_activity
from activities.tests.factories import make_contact, make_deal
from core.shell import Badge
from core.tenancy import tenant_scope

WEDNESDAY = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
NOON = timezone.make_aware(dt.datetime(2026, 11, 25, 12))


def plan(owner, due_at=None, **fields):
    values = {"kind": "task", "subject": "x", "now": NOON - dt.timedelta(days=9)} | fields
    return plan_activity(due_at=due_at, owner=owner, by=owner, **values)


@pytest.fixture
def planned(scope, alice, bob):
    """One of each part for Alice, and one of Bob's."""
    hours = {"overdue": -2, "today": 2, "tomorrow": 24, "later": 72}
    for subject, distance in hours.items():
        plan(alice, NOON + dt.timedelta(hours=distance), subject=subject)
    plan(alice, subject="undated")
    plan(bob, NOON, subject="bob's", kind="call")


def titles(day: Day) -> dict[str, list[str]]:
    return {group.key: [row.title for row in group.rows] for group in day.groups}


def test_day_sorts_into_parts_with_counts(planned, alice):
    day = Day(alice, {}, now=NOON)
    assert titles(day) == {key: [key] for key in ("overdue", "today", "tomorrow", "later", "undated")}
    assert set(day.counts.values()) == {1}


def test_day_shows_a_manager_only_their_own(planned, alice, bob):
    assert titles(Day(alice, {"owner": str(bob.pk)}, now=NOON)) == titles(Day(alice, {}, now=NOON))


def test_day_shows_a_head_any_of_the_department(planned, alice, bob, head):
    assert titles(Day(head, {}, now=NOON)) == {}
    assert titles(Day(head, {"owner": str(bob.pk)}, now=NOON)) == {"today": ["bob's"]}
    assert sum(Day(head, {"owner": "all"}, now=NOON).counts.values()) == 6
    assert [name for _pk, name in Day(head, {}, now=NOON).people] == ["Alice", "Bob"]


def test_day_filters_by_kind_and_part(planned, alice, bob):
    assert titles(Day(bob, {"kind": "call"}, now=NOON)) == {"today": ["bob's"]}
    assert titles(Day(bob, {"kind": "task"}, now=NOON)) == {}
    assert titles(Day(alice, {"section": "later"}, now=NOON)) == {"later": ["later"]}


def test_day_shows_what_was_done(scope, alice):
    complete_activity(activity=plan(alice, NOON, subject="Sent"), by=alice, now=NOON, result="ok\nmore")
    [group] = Day(alice, {"section": "done"}, now=NOON).groups
    assert [(row.title, row.result) for row in group.rows] == [("Sent", "ok")]


def test_day_pages_by_keyset(scope, alice):
    for number in range(45):
        plan(alice, NOON + dt.timedelta(days=5), subject=str(number))
    seen, after = [], ""
    for _page in range(3):
        [group] = Day(alice, {"section": "later", "after": after}, now=NOON).groups
        seen += [row.id for row in group.rows]
        after = group.next_cursor
    assert after == "" and len(seen) == len(set(seen)) == 45


def test_day_costs_the_same_for_three_rows_and_for_three_hundred(scope, alice, django_assert_num_queries):
    def read() -> None:
        assert Day(alice, {}, now=NOON).groups

    contact = make_contact()
    for days in (-1, 0, 1, 5):
        plan(alice, NOON + dt.timedelta(days=days, hours=1), deal=make_deal(contact=contact))
    with django_assert_num_queries(5):
        read()
    for number in range(100):
        plan(alice, NOON + dt.timedelta(days=number % 7 - 2, hours=1), contact=contact)
    with django_assert_num_queries(5):
        read()


def test_due_counts_tells_late_from_today_in_one_query(planned, alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts = due_counts(alice, now=NOON)
    assert (counts.overdue, counts.today) == (1, 1)


def test_a_meeting_counts_for_every_colleague_who_takes_part(
    scope, alice, bob, admin, django_assert_num_queries
):
    """In the counters, in everybody's own day and in the head's figures; who does it marks it done."""
    meeting = plan(bob, NOON + dt.timedelta(hours=1), kind="meeting", subject="Demo", participants=[alice])
    plan(bob, NOON + dt.timedelta(hours=2), subject="Bob's own")
    with django_assert_num_queries(1):
        counts = due_counts(alice, now=NOON)
    assert (counts.overdue, counts.today) == (0, 1) and due_counts(bob, now=NOON).today == 2
    [row] = [row for group in Day(alice, {}, now=NOON).groups for row in group.rows]
    assert (row.title, row.is_asked, row.owner) == ("Demo", True, bob.name)
    assert not any(row.is_asked for group in Day(bob, {}, now=NOON).groups for row in group.rows)
    waiting = PlanFact(admin, {}, now=NOON)._waiting
    assert waiting[alice.pk] == (0, 1) and waiting[bob.pk] == (0, 2)
    complete_activity(activity=meeting, by=bob, now=NOON)
    assert due_counts(alice, now=NOON).today == 0


def test_badge_counts_late_and_todays_and_is_hot_when_late(scope, alice):
    plan(alice, timezone.now() - dt.timedelta(minutes=1))
    assert badge(alice) == Badge(1, is_hot=True)


# --- Views -------------------------------------------------------------------------------------------
@pytest.fixture
def task(tenant, alice):
    with tenant_scope(tenant):
        return plan(
            alice, timezone.now() + dt.timedelta(hours=1), subject="Send", deal=make_deal(owner=alice)
        )


def reload(task: Activity) -> Activity:
    with tenant_scope(task.tenant_id):
        return Activity.objects.get(pk=task.pk)


HX = {"HX-Request": "true"}


def test_day_page_shows_the_parts(tenant, alice, task, client_of):
    page = client_of(alice).get("/activities/")
    assert page.status_code == 200
    assert b"Send" in page.content


def test_day_page_is_forbidden_without_the_right(tenant, client_of):
    from conftest import make_member

    marketer = make_member(tenant, "Mark", "marketer")
    assert client_of(marketer).get("/activities/").status_code == 403


def test_complete_view_marks_done_with_a_result_and_plans_the_next(alice, task, client_of):
    data = {"result": "Sent", "next_subject": "Ask", "when": "tomorrow"}
    response = client_of(alice).post(f"/activities/{task.pk}/done/", data, headers=HX)
    assert response.status_code == 204
    assert (
        "activity:changed" in response["HX-Trigger"]
        and f"/activities/{task.pk}/reopen/" in response["HX-Trigger"]
    )
    done = reload(task)
    assert (done.is_done, done.result) == (True, "Sent")
    with tenant_scope(task.tenant_id):
        following = Activity.objects.planned().get()
    assert (following.subject, following.deal_id, following.kind) == ("Ask", task.deal_id, "task")


def test_complete_view_tells_the_slower_one(alice, task, client_of):
    client = client_of(alice)
    client.post(f"/activities/{task.pk}/done/", headers=HX)
    assert client.post(f"/activities/{task.pk}/done/", headers=HX).status_code == 409


def test_complete_and_undo_without_scripts_go_back_to_the_card(alice, task, client_of):
    client = client_of(alice)
    response = client.post(f"/activities/{task.pk}/done/", {"next": "https://evil.example/"})
    assert response.status_code == 302 and str(task.deal_id) in response["Location"]
    client.post(f"/activities/{task.pk}/reopen/")
    assert not reload(task).is_done


@time_machine.travel(WEDNESDAY)  # on Sundays Monday is called tomorrow
def test_move_view_takes_presets_moments_and_its_own_undo(alice, task, client_of):
    client, url = client_of(alice), f"/activities/{task.pk}/move/"
    before = task.due_at
    response = client.post(url, {"when": "monday"}, headers=HX)
    moved = reload(task).due_at
    assert (timezone.localtime(moved, alice_zone()).weekday(), response.status_code) == (0, 204)
    import json

    undo = json.loads(response["HX-Trigger"])["toast"]["undo_url"]
    client.post(undo, headers=HX)
    assert reload(task).due_at == before
    assert client.post(url, {"when": "at", "due": ""}, headers=HX).status_code == 422
    client.post(url, {"when": "at", "due": "2031-05-06T07:08"}, headers=HX)
    assert timezone.localtime(reload(task).due_at, alice_zone()).isoformat().startswith("2031-05-06T07:08")


def alice_zone():
    import zoneinfo

    return zoneinfo.ZoneInfo("Europe/Moscow")


def test_edit_view_changes_and_hands_over(alice, bob, task, client_of):
    client, url = client_of(alice), f"/activities/{task.pk}/edit/"
    assert client.get(url).status_code == 200
    data = {"subject": "New", "owner": str(bob.pk), "when": "at", "due": "2031-05-06T07:08"}
    assert client.post(url, data, headers=HX).status_code == 204
    changed = reload(task)
    assert (changed.subject, changed.owner_id) == ("New", bob.pk)


def test_cancel_view_can_be_undone(alice, task, client_of):
    client = client_of(alice)
    client.post(f"/activities/{task.pk}/cancel/", headers=HX)
    assert reload(task).kind == "change"
    client.post(f"/activities/{task.pk}/restore/", headers=HX)
    assert reload(task).kind == "task"


@pytest.mark.parametrize("action", ["done", "move", "edit", "cancel", "reopen", "restore"])
def test_actions_on_a_colleagues_task_are_missing(bob, charlie, task, client_of, action):
    for stranger in (bob, charlie):
        assert client_of(stranger).post(f"/activities/{task.pk}/{action}/", headers=HX).status_code == 404


@time_machine.travel(WEDNESDAY)
def test_bulk_finishes_or_moves_only_ones_own(tenant, alice, bob, task, client_of):
    with tenant_scope(tenant):
        foreign = plan(bob, NOON)
    client, ids = client_of(alice), [str(task.pk), str(foreign.pk), "nonsense"]
    client.post("/activities/bulk/", {"ids": ids, "when": "monday"}, headers=HX)
    assert reload(foreign).due_at == NOON and reload(task).due_at != task.due_at
    client.post("/activities/bulk/", {"ids": ids}, headers=HX)
    assert (reload(task).is_done, reload(foreign).is_done) == (True, False)


def test_create_page_plans_for_a_client(tenant, alice, client_of):
    with tenant_scope(tenant):
        contact = make_contact()
    client = client_of(alice)
    assert client.get("/activities/new/").status_code == 200
    assert client.post("/activities/new/", {"kind": "task", "subject": ""}).status_code == 422
    data = {"kind": "call", "subject": "Call", "when": "tomorrow", "contact": str(contact.pk)}
    assert client.post("/activities/new/", data).status_code == 302
    with tenant_scope(tenant):
        call = Activity.objects.get()
    assert (call.contact_id, call.owner_id, call.is_done) == (contact.pk, alice.pk, False)
