"""Where things stand on the calendar: rows, lanes, days."""

from __future__ import annotations

import datetime as dt

from activities.planner.dates import days_of, read_day, step
from activities.planner.layout import Place, places

TODAY = dt.date(2026, 11, 28)


def test_places_gives_one_thing_the_whole_day():
    assert places([(600, 660)], first_min=480) == [Place(row=8, length=4, column=0, width=12)]


def test_places_puts_what_overlaps_side_by_side():
    found = places([(600, 660), (630, 690), (660, 720)])
    assert [(p.column, p.width) for p in found] == [(0, 6), (6, 6), (0, 6)]


def test_places_begins_again_after_a_gap():
    found = places([(600, 660), (600, 660), (600, 660), (700, 720)])
    assert [p.width for p in found] == [4, 4, 4, 12]
    assert [p.column for p in found] == [0, 4, 8, 0]


def test_places_finds_lanes_for_five_and_for_twenty():
    assert {p.width for p in places([(600, 660)] * 5)} == {2}
    crowd = places([(600, 660)] * 20)
    assert all(p.width == 1 and 0 <= p.column < 12 for p in crowd)


def test_places_shows_a_moment_as_one_row_and_cuts_at_midnight():
    assert [p.length for p in places([(600, 601), (1430, 1500)])] == [1, 1]


def test_days_of_a_week_and_a_month_are_whole_weeks():
    week = days_of("week", TODAY)
    assert (week[0], week[-1], len(week)) == (dt.date(2026, 11, 23), dt.date(2026, 11, 29), 7)
    month = days_of("month", TODAY)
    assert (month[0], month[-1], len(month) % 7) == (dt.date(2026, 10, 26), dt.date(2026, 12, 6), 0)
    assert days_of("day", TODAY) == [TODAY]


def test_step_keeps_within_the_month():
    assert step("month", dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert step("month", dt.date(2026, 1, 31), -1) == dt.date(2025, 12, 31)
    assert step("week", TODAY, 1) == dt.date(2026, 12, 5)


def test_read_day_takes_nonsense_for_today():
    assert [read_day(raw, today=TODAY) for raw in ("x", "", "9999-01-01", "2026-02-30")] == [TODAY] * 4
    assert read_day("2026-01-02", today=TODAY) == dt.date(2026, 1, 2)
