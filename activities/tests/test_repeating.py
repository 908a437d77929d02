"""What repeats: the next time on the wall, and the row it makes."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from activities.models import Activity
from activities.services import complete_activity, plan_activity, reopen_activity
from activities.services.repeating import next_moment
from activities.tests.factories import make_deal
from tenants.hours import WorkCalendar, usual_week

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
HOURS = WorkCalendar(BERLIN, usual_week(dt.time(9), dt.time(18)))


def at(*parts, zone=BERLIN):
    return dt.datetime(*parts, tzinfo=zone)


def following(due_at, repeat, now=None):
    return next_moment(due_at, repeat, now=now or due_at, zone=BERLIN, hours=HOURS)


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ("day", (2026, 11, 28, 10)),
        ("workday", (2026, 11, 30, 10)),  # after a Friday
        ("week", (2026, 12, 4, 10)),
        ("month", (2026, 12, 27, 10)),
    ],
)
def test_next_moment_by_rule(repeat, expected):
    assert following(at(2026, 11, 27, 10), repeat) == at(*expected)


def test_next_moment_keeps_the_time_on_the_wall_when_the_clocks_change():
    before = at(2026, 10, 24, 10)  # summer time ends on the 25th
    after = following(before, "day")
    assert (after.hour, after - before.astimezone(dt.UTC)) == (10, dt.timedelta(hours=25))


def test_next_moment_that_the_clocks_skip_is_an_hour_later():
    assert following(at(2026, 3, 28, 2, 30), "day").astimezone(BERLIN).hour == 3


def test_next_moment_keeps_the_end_of_the_month():
    assert following(at(2026, 1, 31, 9), "month") == at(2026, 2, 28, 9)
    assert following(at(2026, 1, 31, 9), "month", now=at(2026, 3, 1)) == at(2026, 3, 31, 9)


def test_next_moment_leaves_out_what_has_passed():
    assert following(at(2026, 11, 2, 10), "week", now=at(2026, 11, 20)) == at(2026, 11, 23, 10)


def test_next_moment_is_never_without_working_days():
    never = WorkCalendar(BERLIN)
    assert next_moment(at(2026, 1, 1), "workday", now=at(2026, 1, 1), zone=BERLIN, hours=never) is None


def test_complete_plans_the_next_time_with_everything(scope, alice, bob):
    now = timezone.now()
    task = plan_activity(
        kind="meeting", subject="Stand-up", due_at=now, owner=alice, by=alice, now=now, deal=make_deal(),
        remind_at=now - dt.timedelta(minutes=15), duration_min=45, place="Room 2", repeat="week",
        participants=[bob], guests=["Guest@Example.com"],
    )  # fmt: skip
    complete_activity(activity=task, by=alice, now=now)
    again = Activity.objects.planned().get()
    assert (again.subject, again.duration_min, again.place, again.repeat) == (
        "Stand-up",
        45,
        "Room 2",
        "week",
    )
    assert again.due_at - again.remind_at == dt.timedelta(minutes=15)
    assert {str(row) for row in again.participants.all()} == {"Bob", "guest@example.com"}


def test_reopen_calls_the_next_time_off(scope, alice):
    now = timezone.now()
    task = plan_activity(
        kind="task", subject="Report", due_at=now, owner=alice, by=alice, now=now, repeat="day"
    )
    done = complete_activity(activity=task, by=alice, now=now)
    reopen_activity(activity=done, by=alice, now=now)
    assert Activity.objects.planned().get().pk == task.pk
