"""Days by the clock on the wall: at every change of the clocks of ten zones in six years, and for people far apart."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation

from activities.services import plan_activity
from activities.services.repeating import next_moment
from activities.when import day_bounds, due_text
from core.tenancy import tenant_scope
from crm_project.tests.walkers.asking import signed_in
from tenants.hours import WorkCalendar, usual_week

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "America/St_Johns", "Africa/Cairo",
    "Africa/Casablanca", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Auckland",
)  # fmt: skip
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def edges(zone: zoneinfo.ZoneInfo) -> Iterator[dt.datetime]:
    """Every moment at which the clocks change, to the hour."""
    day, last = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    while day < last:
        if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset():
            hours = [day + n * HOUR for n in range(25)]
            offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
            yield next(hours[n] for n in range(1, 25) if offsets[n] != offsets[n - 1])
        day += DAY


@pytest.mark.parametrize("name", ZONES)
def test_every_moment_around_a_change_belongs_to_one_day(name: str) -> None:
    """Days follow each other without a gap, and what is due in one is late after its moment and never before."""
    zone, count = zoneinfo.ZoneInfo(name), 0
    with timezone.override(zone), translation.override("en"):
        for edge in edges(zone):
            count += 1
            for turn in range(-54, 54):
                now = edge + turn * dt.timedelta(minutes=30)
                start, end = day_bounds(now)
                assert start <= now < end and day_bounds(end)[0] == end
                assert start.astimezone(zone).date() == now.astimezone(zone).date()
                assert 22 * HOUR <= end.astimezone(dt.UTC) - start.astimezone(dt.UTC) <= 26 * HOUR
                last = end.astimezone(dt.UTC) - dt.timedelta(minutes=1)
                assert [due_text(last, now=at).tone for at in (now, end)] == ["warn", "danger"]  # type: ignore[union-attr]
                assert due_text(end, now=now).tone == ""  # type: ignore[union-attr]
    assert count >= 12


@pytest.mark.parametrize("name", ZONES)
def test_what_repeats_comes_once_a_day_at_its_time_on_the_wall(name: str) -> None:
    """Half past two that the clocks skip comes all the same, and one that they repeat comes once."""
    zone = zoneinfo.ZoneInfo(name)
    hours = WorkCalendar(zone, usual_week(dt.time(9), dt.time(18)))
    for edge in edges(zone):
        for wall in (dt.time(0, 30), dt.time(2, 30), dt.time(10)):
            first = dt.datetime.combine(edge.astimezone(zone).date() - 3 * DAY, wall, tzinfo=zone)
            moments = [first]
            for _turn in range(6):
                following = next_moment(moments[-1], "day", now=moments[-1], zone=zone, hours=hours)
                assert following is not None
                moments.append(following)
            local = [moment.astimezone(zone) for moment in moments]
            assert [one.date() - local[0].date() for one in local] == [n * DAY for n in range(7)]
            assert all(abs(one.hour * 60 + one.minute - wall.hour * 60 - wall.minute) <= 60 for one in local)


def test_month_ends_on_the_29th_of_february_where_there_is_one() -> None:
    zone = zoneinfo.ZoneInfo("Europe/Moscow")
    hours = WorkCalendar(zone, usual_week(dt.time(9), dt.time(18)))
    for year, last in ((2027, 28), (2028, 29)):
        start = dt.datetime(year, 1, 31, 9, tzinfo=zone)
        assert next_moment(start, "month", now=start, zone=zone, hours=hours) == start.replace(
            month=2, day=last
        )
    leap = dt.datetime(2028, 2, 29, 9, tzinfo=zone)
    assert next_moment(leap, "month", now=leap, zone=zone, hours=hours) == leap.replace(month=3)


@pytest.mark.django_db
def test_colleagues_far_apart_read_one_moment_by_their_own_clocks(tenant: Any, alice: Any, head: Any) -> None:
    """23:30 in the company's Moscow is tomorrow's morning in Vladivostok; for both it is late at one moment."""
    due = dt.datetime(2026, 11, 17, 20, 30, tzinfo=dt.UTC)
    for member, zone in ((alice, "Asia/Vladivostok"), (head, "")):
        member.user.time_zone, member.user.language = zone, "en"
        member.user.save()
    with time_machine.travel(due - 8 * HOUR, tick=False):
        with tenant_scope(tenant):
            for owner in (alice, head):
                plan_activity(
                    kind="task", subject="Report", due_at=due, owner=owner, by=head, now=timezone.now()
                )
        assert "tomorrow 06:30" in page_of(alice) and "today 23:30" in page_of(head)
    with time_machine.travel(due + HOUR, tick=False):
        assert "1 h late" in page_of(alice) and "1 h late" in page_of(head)


def page_of(member: Any) -> str:
    return signed_in(member).get(reverse("activities:list")).content.decode().replace("\xa0", " ")
