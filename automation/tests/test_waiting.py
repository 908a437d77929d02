"""How long a robot waits, in clock time and in working time."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from automation.waiting import moment_after
from tenants.hours.book import HoursBook, Terms, usual_week

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
BOOK = HoursBook(company_terms=Terms(usual_week(dt.time(9), dt.time(18)), "Europe/Moscow"))


def moscow(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "ends"),
    [
        ("2026-11-17 12:00", 30, "min", "2026-11-17 12:30"),
        ("2026-11-17 17:30", 2, "h", "2026-11-18 10:30"),  # over night
        ("2026-11-20 17:00", 2, "h", "2026-11-23 10:00"),  # over a weekend
        ("2026-11-20 12:00", 2, "d", "2026-11-24 12:00"),  # Friday noon, Tuesday noon
        ("2026-11-20 22:00", 1, "d", "2026-11-24 09:00"),  # Monday 22:00 is no working time
        ("2026-11-21 03:00", 0, "min", "2026-11-21 03:00"),  # at once is at once
    ],
)
def test_working_time(start: str, amount: int, unit: str, ends: str) -> None:
    assert moment_after(moscow(start), amount, unit, is_working=True, book=BOOK) == moscow(ends)


@pytest.mark.parametrize(
    ("amount", "unit", "ends"),
    [(90, "min", "2026-11-20 18:30"), (20, "h", "2026-11-21 13:00"), (2, "d", "2026-11-22 17:00")],
)
def test_clock_time(amount: int, unit: str, ends: str) -> None:
    start = moscow("2026-11-20 17:00")
    assert moment_after(start, amount, unit, is_working=False, book=BOOK) == moscow(ends)


def test_company_that_never_works_waits_by_the_clock() -> None:
    never = HoursBook(company_terms=Terms(((),) * 7, "Europe/Moscow"))
    start = moscow("2026-11-20 17:00")
    assert moment_after(start, 1, "h", is_working=True, book=never) == moscow("2026-11-20 18:00")
    assert moment_after(start, 1, "d", is_working=True, book=never) == moscow("2026-11-21 17:00")
