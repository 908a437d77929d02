"""The calendar: whose, which days, what is shown where, and moving it."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity
from activities.planner import Planner
from activities.services import complete_activity, plan_activity, take_activity
from activities.tests.factories import make_contact, make_deal
from core.tenancy import tenant_scope
from tenants.models import Holiday

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
HX = {"HX-Request": "true"}
PAGE = "/calendar/"


def plan(owner, *parts, zone=MOSCOW, **fields):
    due_at = dt.datetime(*parts, tzinfo=zone)
    defaults = {"kind": "meeting", "subject": "Talk", "owner": owner, "by": owner, "now": NOW}
    return plan_activity(due_at=due_at, **defaults | fields)


def planner(member, zone=MOSCOW, **params):
    with timezone.override(zone):
        found = Planner(member, {"day": "2026-11-25"} | params, now=NOW)
        _ = found.columns
        return found


def titles(found):
    return [event.title for column in found.columns for event in column.events]


def test_planner_shows_the_week_and_what_one_takes_part_in(scope, alice, bob):
    plan(alice, 2026, 11, 25, 10, subject="Mine")
    plan(bob, 2026, 11, 26, 10, subject="With me", participants=[alice])
    plan(bob, 2026, 11, 26, 12, subject="Without me")
    plan(alice, 2026, 12, 1, 10, subject="Next week")
    assert titles(planner(alice)) == ["Mine", "With me"]


def test_planner_shows_colleagues_only_to_their_head(scope, alice, bob, head):
    plan(bob, 2026, 11, 25, 10, subject="Bob's")
    assert titles(planner(alice, who=str(bob.pk))) == []
    assert titles(planner(alice, who="all")) == []
    assert titles(planner(head, who=str(bob.pk))) == ["Bob's"]
    assert titles(planner(head, who="all")) == ["Bob's"]
    assert [row.name for row in planner(head).people] == ["Alice", "Bob"]


def test_planner_shades_free_hours_and_names_holidays(scope, alice):
    Holiday.objects.create(on=dt.date(2026, 11, 25), name="Day of rest")
    columns = {column.iso: column for column in planner(alice).columns}
    assert (columns["2026-11-25"].holiday, columns["2026-11-25"].is_free) == ("Day of rest", True)
    assert columns["2026-11-29"].is_free and not columns["2026-11-26"].is_free
    assert columns["2026-11-26"].off and columns["2026-11-26"].off[0][0] == 0


def test_planner_shows_hours_that_are_needed(scope, alice):
    assert planner(alice).shown_hours == (8, 20)
    plan(alice, 2026, 11, 25, 6, 30)
    plan(alice, 2026, 11, 25, 21, duration_min=90)
    assert planner(alice).shown_hours == (6, 23)
    assert planner(alice, hours="all").shown_hours == (0, 24)


def test_planner_splits_what_goes_on_after_midnight(scope, alice):
    plan(alice, 2026, 11, 25, 23, duration_min=120, subject="Night")
    found = {column.iso: [e.place.length for e in column.events] for column in planner(alice).columns}
    assert (found["2026-11-25"], found["2026-11-26"]) == ([4], [4])


@pytest.mark.parametrize(
    ("day", "utc", "clock"),
    [("2026-10-25", dt.datetime(2026, 10, 25, 10, tzinfo=dt.UTC), "11:00"),
     ("2026-03-29", dt.datetime(2026, 3, 29, 10, tzinfo=dt.UTC), "12:00")],
)  # fmt: skip
def test_planner_stands_by_the_wall_when_the_clocks_change(scope, alice, day, utc, clock):
    plan_activity(kind="call", subject="x", due_at=utc, owner=alice, by=alice, now=NOW)
    with timezone.override(zoneinfo.ZoneInfo("Europe/Berlin")):
        found = Planner(alice, {"day": day, "view": "day"}, now=NOW)
        [event] = found.columns[0].events
        assert event.clock == clock
        assert event.place.row == (int(clock[:2]) - found.shown_hours[0]) * 4


def test_planner_of_a_month_has_whole_weeks_and_counts_the_rest(scope, alice):
    for hour in range(9, 15):
        plan(alice, 2026, 11, 25, hour)
    found = planner(alice, view="month")
    day = next(column for column in found.columns if column.iso == "2026-11-25")
    assert (len(day.first_events), day.more_count) == (3, 3)
    assert all(len(week) == 7 for week in found.weeks)


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_calendar_page_costs_the_same_for_few_and_many(tenant, head, alice, client_of, view):
    client = client_of(head)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"{PAGE}?view={view}&day=2026-11-25&who=all").status_code == 200
        return len(queries)

    with tenant_scope(tenant):
        plan(alice, 2026, 11, 25, 10)
    cost()
    few = cost()
    with tenant_scope(tenant):
        for hour in range(8, 20):
            plan(alice, 2026, 11, 25, hour, contact=make_contact(), participants=[head])
    assert cost() == few


def test_calendar_page_takes_nonsense(alice, client_of):
    client = client_of(alice)
    for query in ("view=x&day=y&who=z&kind=q", "day=9999-12-31&view=month", "day=0001-01-01"):
        assert client.get(f"{PAGE}?{query}").status_code == 200


def test_move_view_changes_the_length_and_undoes_it(tenant, alice, client_of):
    with tenant_scope(tenant):
        task = plan(alice, 2026, 11, 25, 10)
    client, url = client_of(alice), f"/activities/{task.pk}/move/"
    import json

    values = {"when": "at", "due": "2026-11-26T11:15", "duration_min": "75"}
    answer = client.post(url, values, headers=HX)
    with tenant_scope(tenant):
        moved = Activity.objects.get(pk=task.pk)
    assert (moved.due_at, moved.duration_min) == (dt.datetime(2026, 11, 26, 11, 15, tzinfo=MOSCOW), 75)
    client.post(json.loads(answer["HX-Trigger"])["toast"]["undo_url"], headers=HX)
    with tenant_scope(tenant):
        back = Activity.objects.get(pk=task.pk)
    assert (back.due_at, back.duration_min) == (task.due_at, 0)


def test_show_page_is_for_those_who_may_read(tenant, alice, bob, charlie, client_of):
    with tenant_scope(tenant):
        mine = plan(alice, 2026, 11, 25, 10, subject="Private talk")
        ours = plan(alice, 2026, 11, 25, 12, subject="Joint talk", participants=[bob])
    assert client_of(alice).get(f"/activities/{mine.pk}/").status_code == 200
    assert client_of(bob).get(f"/activities/{ours.pk}/").status_code == 200
    assert client_of(bob).get(f"/activities/{mine.pk}/").status_code == 404
    assert client_of(charlie).get(f"/activities/{ours.pk}/").status_code == 404


def test_take_view_takes_over_what_is_on_ones_own_deal(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        task = plan(bob, 2026, 11, 25, 10, deal=make_deal(owner=alice))
        private = plan(bob, 2026, 11, 25, 10)
    client = client_of(alice)
    assert client.post(f"/activities/{task.pk}/take/", headers=HX).status_code == 204
    assert client.post(f"/activities/{private.pk}/take/", headers=HX).status_code == 404
    with tenant_scope(tenant):
        assert Activity.objects.get(pk=task.pk).owner_id == alice.pk


def test_take_activity_tells_whose_it_was(scope, alice, bob):
    from activities.models import Notification

    task = plan(bob, 2026, 11, 25, 10)
    take_activity(activity=task, by=alice, now=NOW)
    assert [(n.member, n.code) for n in Notification.objects.all()] == [(bob, "activity_taken")]


def test_create_page_opens_as_the_slot_asks(tenant, head, alice, client_of):
    page = (
        client_of(head)
        .get(f"/activities/new/?at=2026-11-25T10:30&kind=meeting&length=60&owner={alice.pk}")
        .content.decode()
    )
    assert 'value="2026-11-25T10:30"' in page and f'value="{alice.pk}" selected' in page


def test_edit_page_keeps_length_place_and_people(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        task = plan(alice, 2026, 11, 25, 10)
    values = {
        "subject": "Visit", "owner": str(alice.pk), "when": "at", "due": "2026-11-25T10:00",
        "duration_min": "90", "place": "Office", "repeat": "week", "participants": [str(bob.pk)],
        "guests": "ann@example.com, Bert@example.com",
    }  # fmt: skip
    client, url = client_of(alice), f"/activities/{task.pk}/edit/"
    assert client.post(url, values, headers=HX).status_code == 204
    assert client.post(url, values | {"guests": "nonsense"}, headers=HX).status_code == 422
    with tenant_scope(tenant):
        found = Activity.objects.get(pk=task.pk)
        people = {str(row) for row in found.participants.all()}
    assert (found.duration_min, found.place, found.repeat) == (90, "Office", "week")
    assert people == {"Bob", "ann@example.com", "bert@example.com"}


def test_complete_view_keeps_the_outcome_and_plans_another_kind(tenant, alice, client_of):
    with tenant_scope(tenant):
        call = plan(alice, 2026, 11, 25, 10, kind="call")
    values = {"outcome": "no_answer", "next_subject": "Write", "next_kind": "email", "when": "tomorrow"}
    assert client_of(alice).post(f"/activities/{call.pk}/done/", values, headers=HX).status_code == 204
    with tenant_scope(tenant):
        assert Activity.objects.get(pk=call.pk).outcome == "no_answer"
        assert Activity.objects.planned().get().kind == "email"
    with tenant_scope(tenant):
        task = complete_activity(activity=plan(alice, 2026, 11, 25, 10, kind="task"), by=alice, now=NOW)
    assert client_of(alice).post(f"/activities/{task.pk}/done/", values, headers=HX).status_code in (409, 422)
