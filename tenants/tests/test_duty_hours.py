"""How many people are at work in each hour of the week."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from tenants.hours import WorkCalendar, people_at_work

MOSCOW, SAMARA = zoneinfo.ZoneInfo("Europe/Moscow"), zoneinfo.ZoneInfo("Europe/Samara")  # an hour apart
MONDAY = dt.date(2026, 11, 16)
TWO_WEEKS = [MONDAY + dt.timedelta(days=number) for number in range(14)]
DAY = ((9 * 60, 10 * 60 + 30),)
WEEK = (DAY, *((),) * 6)


def test_half_an_hour_is_half_a_person() -> None:
    found = people_at_work([WorkCalendar(MOSCOW, WEEK)] * 2, TWO_WEEKS, MOSCOW)
    assert found == {(1, 9): 2.0, (1, 10): 1.0}


def test_a_free_day_and_an_added_one_count_for_their_share() -> None:
    calendar = WorkCalendar(MOSCOW, WEEK, {MONDAY: (), MONDAY + dt.timedelta(days=1): ((600, 660),)})
    found = people_at_work([calendar], TWO_WEEKS, MOSCOW)
    assert found == {(1, 9): 0.5, (1, 10): 0.25, (2, 10): 0.5}


def test_hours_are_told_by_the_other_clock() -> None:
    found = people_at_work([WorkCalendar(SAMARA, WEEK)], TWO_WEEKS, MOSCOW)
    assert found == {(1, 8): 1.0, (1, 9): 0.5}


@pytest.mark.parametrize("days", [[], TWO_WEEKS])
def test_work_past_midnight_belongs_to_the_next_day(days: list[dt.date]) -> None:
    night = (*((),) * 6, ((23 * 60, 25 * 60),))  # Sunday
    found = people_at_work([WorkCalendar(MOSCOW, night)], days, MOSCOW)
    assert found == ({(7, 23): 1.0, (1, 0): 1.0} if days else {})
