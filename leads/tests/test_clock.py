"""Working minutes."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from leads.clock import Wait, Workday, wait_of

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
NINE_TO_SIX = Workday(MOSCOW, 9 * 60, 18 * 60)


def moscow(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-17T10:00", "2026-11-17T10:14", 14),  # a Tuesday
        ("2026-11-17T08:00", "2026-11-17T09:10", 10),  # before work
        ("2026-11-17T17:50", "2026-11-17T23:00", 10),  # after work
        ("2026-11-17T17:50", "2026-11-18T09:20", 30),  # over night
        ("2026-11-20T17:00", "2026-11-23T10:00", 120),  # over a weekend
        ("2026-11-21T12:00", "2026-11-22T12:00", 0),  # Saturday to Sunday
        ("2026-11-17T10:00", "2026-11-24T10:00", 5 * 540),  # a week
        ("2024-11-19T10:00", "2026-11-17T10:00", 104 * 5 * 540),  # two years, both Tuesdays
        ("2026-11-17T12:00", "2026-11-17T11:00", 0),  # never negative
    ],
)
def test_workday_counts_only_working_minutes(start: str, end: str, minutes: int) -> None:
    assert NINE_TO_SIX.minutes_between(moscow(start), moscow(end)) == minutes


def test_workday_counts_in_the_tenants_zone() -> None:
    start, end = (dt.datetime(2026, 11, 17, hour, tzinfo=dt.UTC) for hour in (5, 7))
    assert NINE_TO_SIX.minutes_between(start, end) == 60  # 08:00 to 10:00 in Moscow


def test_workday_around_the_clock_counts_every_minute_of_working_days() -> None:
    always = Workday(MOSCOW, 0, 24 * 60)
    assert always.minutes_between(moscow("2026-11-17T22:00"), moscow("2026-11-18T02:00")) == 240


def test_workday_that_ends_at_midnight_is_read_from_equal_times() -> None:
    class Tenant:
        time_zone, workday_starts_at, workday_ends_at = "Europe/Moscow", dt.time(0), dt.time(0)

    assert Workday.of(Tenant()).length_min == 24 * 60


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-17T10:00", "2026-11-17T18:00"),
        ("2026-11-17T08:59", None),
        ("2026-11-17T18:00", None),
        ("2026-11-21T12:00", None),
    ],
)
def test_works_until_knows_the_end_of_a_day_that_goes_on(moment: str, until: str | None) -> None:
    assert NINE_TO_SIX.works_until(moscow(moment)) == (moscow(until) if until else None)


@pytest.mark.parametrize(
    ("minutes", "limit", "level"),
    [(11, 10, "late"), (10, 10, "soon"), (8, 10, "soon"), (7, 10, ""), (500, None, ""), (500, 0, "")],
)
def test_wait_level_follows_the_limit(minutes: int, limit: int | None, level: str) -> None:
    assert Wait(minutes, limit).level == level


def test_wait_of_an_answered_lead_is_none() -> None:
    assert wait_of(NINE_TO_SIX, waiting_since=None, limit_min=5, now=moscow("2026-11-17T10:00")) is None
