"""Working time: minutes, zones, clocks that change; weeks, holidays, absences and duty of people."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import pytest

from tenants import errors
from tenants.hours import HoursBook, Terms, WorkCalendar, book_of, current_book, span_text, usual_week
from tenants.hours.public import public_holidays
from tenants.models import Absence, Department, DutyShift, Holiday, Membership, Tenant, WorkSchedule
from tenants.services import (
    copy_rota,
    create_department,
    fill_holidays,
    follow_hours,
    remove_absence,
    remove_holiday,
    set_absence,
    set_holiday,
    set_hours,
    set_shifts,
    update_company,
    update_department,
)
from tenants.services import hours as hours_service

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
WEEK = usual_week(dt.time(9), dt.time(18))
NINE_TO_SIX = WorkCalendar(MOSCOW, WEEK)
ALWAYS = ((0, 24 * 60),)
NIGHT = ((22 * 60, 30 * 60),)  # until six in the morning
NOW = dt.datetime(2026, 11, 17, 8, 0, tzinfo=dt.UTC)  # a Tuesday, 11:00 in Moscow
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
BY_WEEK = WorkSchedule.Hours.WEEK


def local(text: str, zone: zoneinfo.ZoneInfo = MOSCOW) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


# --- Minutes -------------------------------------------------------------------------------------------
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
def test_calendar_counts_only_working_minutes(start: str, end: str, minutes: int) -> None:
    assert NINE_TO_SIX.minutes_between(local(start), local(end)) == minutes


def test_calendar_counts_in_its_own_zone() -> None:
    start, end = (dt.datetime(2026, 11, 17, hour, tzinfo=dt.UTC) for hour in (5, 7))
    assert NINE_TO_SIX.minutes_between(start, end) == 60  # 08:00 to 10:00 in Moscow


def test_week_around_the_clock_counts_every_minute_of_working_days() -> None:
    always = WorkCalendar(MOSCOW, (ALWAYS,) * 5 + ((),) * 2)
    assert always.minutes_between(local("2026-11-17T22:00"), local("2026-11-18T02:00")) == 240


def test_day_that_ends_at_midnight_is_read_from_equal_times() -> None:
    assert usual_week(dt.time(0), dt.time(0))[0] == ((0, 24 * 60),)


def test_break_and_night_count_as_they_are() -> None:
    broken = WorkCalendar(MOSCOW, (((9 * 60, 13 * 60), (14 * 60, 18 * 60)),) * 7)
    assert broken.minutes_between(local("2026-11-17T12:50"), local("2026-11-17T14:10")) == 20
    night = WorkCalendar(MOSCOW, (NIGHT,) * 7)
    assert night.minutes_between(local("2026-11-17T12:00"), local("2026-11-18T12:00")) == 8 * 60
    assert night.works_at(local("2026-11-18T05:59")) and not night.works_at(local("2026-11-18T06:00"))


def test_spans_that_run_into_each_other_count_once() -> None:
    crowded = WorkCalendar(
        MOSCOW, (((20 * 60, 34 * 60), (8 * 60, 12 * 60)),) * 7
    )  # 20:00 to 10:00, 8:00 to 12:00
    assert crowded.minutes_between(local("2026-11-18T00:00"), local("2026-11-19T00:00")) == 16 * 60


# Every zone whose clocks change on one of these days, and one that never does.
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Santiago", "2026-09-06", 23),  # the clocks skip midnight
        ("Europe/Moscow", "2026-03-29", 24),
    ],
)
def test_day_in_which_the_clocks_change_has_its_real_length(zone: str, day: str, hours: float) -> None:
    place = zoneinfo.ZoneInfo(zone)
    start = dt.datetime.fromisoformat(day).replace(tzinfo=place)
    always = WorkCalendar(place, (ALWAYS,) * 7)
    assert always.minutes_between(start, start + DAY) == hours * 60
    nine_to_six = WorkCalendar(place, (((9 * 60, 18 * 60),),) * 7)
    assert nine_to_six.minutes_between(start, start + DAY) == 540
    assert nine_to_six.after(start, 60) == start.replace(hour=10)


def test_time_that_the_clocks_skip_or_repeat_never_counts_twice() -> None:
    spans = ((2 * 60, 2 * 60 + 30), (2 * 60 + 30, 4 * 60))  # the clocks jump from 2:00 to 3:00
    calendar = WorkCalendar(BERLIN, (spans,) * 7)
    start = local("2026-03-29T00:00", BERLIN)
    assert calendar.minutes_between(start, start + DAY) == 60
    assert (
        calendar.minutes_between(local("2026-10-25T00:00", BERLIN), local("2026-10-26T00:00", BERLIN)) == 180
    )


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
    assert NINE_TO_SIX.works_until(local(moment)) == (local(until) if until else None)


def test_works_until_goes_on_past_midnight() -> None:
    night = WorkCalendar(MOSCOW, (NIGHT,) * 7)
    assert night.works_until(local("2026-11-17T23:00")) == local("2026-11-18T06:00")


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-17T10:00", 15, "2026-11-17T10:15"),
        ("2026-11-17T17:50", 30, "2026-11-18T09:20"),
        ("2026-11-20T17:00", 120, "2026-11-23T10:00"),
        ("2026-11-20T17:00", 60, "2026-11-20T18:00"),
        ("2026-11-21T12:00", 0, "2026-11-23T09:00"),  # the next working moment
    ],
)
def test_after_is_the_moment_when_the_minutes_have_passed(start: str, minutes: int, end: str) -> None:
    due = NINE_TO_SIX.after(local(start), minutes)
    assert due == local(end)
    assert NINE_TO_SIX.minutes_between(local(start), local(end)) == minutes


def test_who_never_works_is_never_due() -> None:
    assert WorkCalendar(MOSCOW).after(local("2026-11-17T10:00"), 1) is None


def test_span_is_written_as_people_say_it() -> None:
    assert span_text((9 * 60, 18 * 60 + 30)) == "09:00–18:30"
    assert span_text((0, 24 * 60)) == "00:00–24:00" and span_text(NIGHT[0]) == "22:00–06:00"


# --- The book ------------------------------------------------------------------------------------------
def test_hours_are_inherited_until_somebody_sets_them(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    sales = alice.department
    assert sales is not None
    north = create_department(name="North", parent=sales, by=admin)
    early, late = ((6 * 60, 12 * 60),), ((14 * 60, 22 * 60),)
    set_hours(by=admin, department=sales, hours=BY_WEEK, week=(early,) * 7, lead_capacity=10)
    book = current_book(now=NOW)
    assert book.of(alice).spans_on(TODAY) == early
    assert book.of_department(north.pk).spans_on(TODAY) == early
    assert book.company.spans_on(TODAY) == ((9 * 60, 18 * 60),)
    assert book.capacity_at(alice.pk, alice.department_id, NOW) == 10
    set_hours(by=admin, member=alice, hours=BY_WEEK, week=(late,) * 7, time_zone="Asia/Yekaterinburg")
    book = current_book(now=NOW)
    assert book.of(alice).spans_on(TODAY) == late and book.of(alice).zone.key == "Asia/Yekaterinburg"
    assert book.capacity_at(alice.pk, alice.department_id, NOW) == 10
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.INHERITED)
    assert current_book(now=NOW).of(alice).spans_on(TODAY) == early


def test_company_week_replaces_the_usual_day(scope: Tenant, admin: Membership, bob: Membership) -> None:
    set_hours(by=admin, hours=BY_WEEK, week=(ALWAYS,) * 7)
    assert current_book(now=NOW).company.works_at(local("2026-11-21T03:00"))
    set_hours(by=admin, hours=BY_WEEK, week=(ALWAYS,) * 6 + ((),))
    assert WorkSchedule.objects.count() == 1
    assert not current_book(now=NOW).company.works_at(local("2026-11-22T03:00"))


@pytest.mark.parametrize(
    "day",
    [
        ((9 * 60, 13 * 60), (12 * 60, 18 * 60)),
        ((9 * 60, 9 * 60),),
        ((9 * 60, 34 * 60),),
        ((25 * 60, 26 * 60),),
    ],
)
def test_hours_that_run_into_each_other_are_refused(scope: Tenant, admin: Membership, day: tuple) -> None:
    with pytest.raises(errors.HoursOverlap):
        set_hours(by=admin, hours=BY_WEEK, week=(day,) + ((),) * 6)
    assert not WorkSchedule.objects.exists()


def test_holiday_is_off_and_a_moved_working_day_is_like_any_other(scope: Tenant, admin: Membership) -> None:
    holiday = set_holiday(by=admin, on=TODAY, name=" Day of rest ")
    saturday = dt.date(2026, 11, 21)
    set_holiday(by=admin, on=saturday, name="Moved", is_working=True)
    book = current_book(now=NOW)
    assert book.company.spans_on(TODAY) == () and book.company.spans_on(saturday) == ((9 * 60, 18 * 60),)
    with pytest.raises(errors.HolidayTaken):
        set_holiday(by=admin, on=TODAY, name="Again")
    assert set_holiday(by=admin, on=TODAY, name="Renamed", holiday=holiday).name == "Renamed"
    remove_holiday(by=admin, holiday=holiday)
    assert current_book(now=NOW).company.spans_on(TODAY) != ()


def test_year_is_filled_from_the_public_calendar_and_keeps_what_is_there(
    scope: Tenant, admin: Membership
) -> None:
    set_holiday(by=admin, on=dt.date(2026, 1, 1), name="Ours")
    added = fill_holidays(by=admin, country="RU", year=2026, language="ru")
    assert added == Holiday.objects.count() - 1 > 10
    assert Holiday.objects.get(on=dt.date(2026, 1, 1)).name == "Ours"
    assert Holiday.objects.get(on=dt.date(2026, 6, 12)).name == "День России"
    assert fill_holidays(by=admin, country="RU", year=2026, language="ru") == 0


def test_public_calendar_knows_moved_days_and_many_countries() -> None:
    russia = {day.on: day for day in public_holidays("RU", 2025, "ru")}
    assert russia[dt.date(2025, 11, 1)].is_working and not russia[dt.date(2025, 12, 31)].is_working
    assert public_holidays("XX", 2026, "ru") == []
    for country in ("BY", "KZ", "UZ", "KG", "AM", "GE", "TR", "AE", "CN", "DE", "GB", "US"):
        assert public_holidays(country, 2026, "ru"), country


def test_absence_beats_hours_and_duty(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    set_shifts(by=admin, member=alice, on=TODAY, spans=ALWAYS)
    absence = set_absence(by=admin, member=alice, starts_on=TODAY, ends_on=TODAY + DAY, substitute=bob)
    book = current_book(now=NOW)
    away = book.absence_at(alice.pk, alice.department_id, NOW)
    assert away is not None and (away.ends_on, away.substitute_id) == (TODAY + DAY, bob.pk)
    assert not book.of(alice).works_at(NOW) and book.of(bob).works_at(NOW)
    assert book.absence_at(alice.pk, alice.department_id, NOW + 2 * DAY) is None
    remove_absence(by=admin, absence=absence)
    assert current_book(now=NOW).of(alice).works_at(NOW)


def test_absence_begins_at_midnight_where_the_person_is(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.INHERITED, time_zone="Asia/Vladivostok")
    set_absence(by=admin, member=alice, starts_on=TODAY + DAY, ends_on=TODAY + DAY)
    book = current_book(now=NOW)
    at_two_in_london = dt.datetime(2026, 11, 17, 14, 30, tzinfo=dt.UTC)  # past midnight in Vladivostok
    assert book.absence_at(alice.pk, alice.department_id, at_two_in_london) is not None
    assert book.absence_at(alice.pk, alice.department_id, at_two_in_london - dt.timedelta(hours=1)) is None


def test_absences_are_refused_that_cannot_be(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    def away(member: Membership = alice, first: int = 0, last: int = 3, **more: object) -> Absence:
        return set_absence(
            by=admin, member=member, starts_on=TODAY + first * DAY, ends_on=TODAY + last * DAY, **more
        )

    absence = away()
    with pytest.raises(errors.AbsencesOverlap):
        away(first=3, last=5)
    with pytest.raises(errors.LastDayFirst):
        away(first=9, last=8)
    with pytest.raises(errors.StandsInForSelf):
        away(first=9, last=10, substitute=alice)
    assert away(first=1, last=2, absence=absence).starts_on == TODAY + DAY  # its own days are no obstacle
    bob.is_active = False
    with pytest.raises(errors.MemberLeft):
        away(first=9, last=10, substitute=bob)
    with pytest.raises(errors.MemberLeft):
        away(member=bob)


def test_duty_replaces_the_hours_of_its_day(scope: Tenant, admin: Membership, alice: Membership) -> None:
    set_shifts(by=admin, member=alice, on=TODAY, spans=NIGHT, lead_capacity=3)
    book = current_book(now=NOW)
    assert not book.of(alice).works_at(NOW) and book.of(alice).works_at(local("2026-11-18T05:00"))
    assert book.capacity_at(alice.pk, alice.department_id, NOW) == 3
    assert book.of(alice).works_at(NOW + DAY)  # a day without duty is as usual
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.ROTA)
    assert not current_book(now=NOW).of(alice).works_at(NOW + DAY)
    set_shifts(by=admin, member=alice, on=TODAY, spans=())
    assert not DutyShift.objects.exists()
    with pytest.raises(errors.HoursOverlap):
        set_shifts(by=admin, member=alice, on=TODAY, spans=((0, 60), (30, 90)))


def test_holiday_leaves_duty_alone(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    set_holiday(by=admin, on=TODAY, name="Rest")
    set_shifts(by=admin, member=alice, on=TODAY, spans=ALWAYS)
    book = current_book(now=NOW)
    assert book.of(alice).works_at(NOW) and not book.of(bob).works_at(NOW)


def test_rota_of_a_week_is_copied_once(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    monday = dt.date(2026, 11, 16)
    for member in (alice, bob):
        set_shifts(by=admin, member=member, on=monday, spans=NIGHT, lead_capacity=2)
    set_shifts(by=admin, member=alice, on=monday + 7 * DAY, spans=ALWAYS)
    assert copy_rota(by=admin, monday=monday + 7 * DAY) == 1
    assert copy_rota(by=admin, monday=monday + 7 * DAY) == 0
    copied = DutyShift.objects.get(member=bob, on=monday + 7 * DAY)
    assert ((copied.starts_min, copied.ends_min), copied.lead_capacity) == (NIGHT[0], 2)
    Membership.objects.filter(pk=bob.pk).update(is_active=False)
    assert copy_rota(by=admin, monday=monday + 14 * DAY) == 1  # Alice's; Bob was dismissed


def test_book_is_kept_until_somebody_changes_hours(
    scope: Tenant, admin: Membership, django_assert_num_queries: Callable
) -> None:
    book = book_of(Tenant.objects.get(pk=scope.pk), now=NOW)
    with django_assert_num_queries(1):  # the tenant's row tells that nothing has changed
        assert current_book(now=NOW) is book
    sales = Department.objects.first() or create_department(name="Sales", parent=None, by=admin)
    for change in (
        lambda: set_holiday(by=admin, on=TODAY, name="Rest"),
        lambda: update_company(tenant=Tenant.objects.get(pk=scope.pk), by=admin, time_zone="Asia/Omsk"),
        lambda: update_department(department=sales, name="Sold", parent=None, by=admin),
    ):
        change()
        assert (fresh := current_book(now=NOW)) is not book
        book = fresh


def test_change_of_hours_is_told_to_followers(scope: Tenant, admin: Membership, monkeypatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(hours_service, "_followers", [])
    follow_hours(lambda: told.append(1))
    set_holiday(by=admin, on=TODAY, name="Rest")
    assert told == [1]


def test_parents_in_a_circle_end_somewhere() -> None:
    import uuid

    one, two = uuid.uuid4(), uuid.uuid4()
    book = HoursBook(Terms(WEEK, "Europe/Moscow"), parents={one: two, two: one})
    assert book.of_department(one).spans_on(TODAY) == WEEK[1]
