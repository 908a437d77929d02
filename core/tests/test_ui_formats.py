"""Figures, money, phones and times read right in both languages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone, translation

from core import formats

NB = formats.NBSP
NOW = dt.datetime(2026, 11, 17, 7, 42, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _moscow():
    with timezone.override("Europe/Moscow"), time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("language", "amount", "currency", "shown"),
    [
        ("ru", Decimal("1748000"), "RUB", f"1{NB}748{NB}000{NB}₽"),
        ("ru", Decimal("1748000.50"), "RUB", f"1{NB}748{NB}000,50{NB}₽"),
        ("ru", Decimal("-64000"), "RUB", f"−64{NB}000{NB}₽"),
        ("ru", 0, "USD", f"0{NB}$"),
        ("en", Decimal("1748000"), "RUB", "₽1,748,000"),
        ("en", Decimal("2180.5"), "GBP", "£2,180.50"),
        ("en", -5, "EUR", "−€5"),
    ],
)
def test_money_reads_as_the_language_writes_it(language, amount, currency, shown):
    with translation.override(language):
        assert formats.money(amount, currency) == shown


def test_money_never_breaks_over_lines():
    with translation.override("ru"):
        assert " " not in formats.money(Decimal("1234567.89"), "RUB")


def test_money_of_nothing_is_nothing():
    assert formats.money(None, "RUB") == formats.money_short(None, "RUB") == ""


@pytest.mark.parametrize(
    ("language", "amount", "shown"),
    [
        ("ru", 2_180_000, f"2,2{NB}млн{NB}₽"),
        ("ru", 950, f"950{NB}₽"),
        ("en", 2_180_000, "₽2.2M"),
        ("en", -2_180, "−₽2.2K"),
    ],
)
def test_money_short_rounds_large_amounts(language, amount, shown):
    with translation.override(language):
        assert formats.money_short(amount, "RUB") == shown


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("ru", 18.6, f"18,6{NB}%"),
        ("ru", 62, f"62{NB}%"),
        ("en", 18.6, "18.6%"),
        ("en", Decimal("0.04"), "0%"),
    ],
)
def test_percent_keeps_one_decimal_where_there_is_one(language, value, shown):
    with translation.override(language):
        assert formats.percent(value) == shown


def test_number_groups_thousands_and_drops_the_sign_of_nothing():
    with translation.override("ru"):
        assert formats.number(12400) == f"12{NB}400"
        assert formats.number(-0.2) == "0"
        assert formats.number(-3) == "−3"
    with translation.override("en"):
        assert formats.number(1234.5, digits=1) == "1,234.5"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("+79162041877", "+7 916 204-18-77"),
        ("+442079460958", "+44 20 7946 0958"),
        ("8 495", "8 495"),
        ("+7123", "+7123"),
        ("not a phone", "not a phone"),
    ],
)
def test_phone_is_pretty_or_left_alone(raw, shown):
    assert formats.phone(raw) == shown


@pytest.mark.parametrize("raw", ["+79162041877", "+79000000000", "+79999999999"])
def test_quick_way_of_a_russian_mobile_is_the_librarys(raw):
    assert formats.phone(raw) == formats._international(raw) != raw


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (8, "0:08"), (192, "3:12"), (4000, "1:06:40")])
def test_duration_reads_as_a_clock(seconds, shown):
    assert formats.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (10, "now", "now"),
        (60, "1 min", "1 min ago"),
        (47 * 60, "47 min", "47 min ago"),
        (5 * 3600, "5 h", "5 h ago"),
        (-4 * 3600, "in 4 h", "in 4 h"),
        (26 * 3600, "yesterday, 08:42", "yesterday, 08:42"),
        (-26 * 3600, "tomorrow, 12:42", "tomorrow, 12:42"),
        (5 * 86400, f"12{NB}Nov", f"12{NB}Nov"),
        (400 * 86400, f"13{NB}Oct{NB}2025", f"13{NB}Oct{NB}2025"),
    ],
)
def test_ago_is_relative_up_to_a_day_then_a_date(seconds, short, long):
    moment = NOW - dt.timedelta(seconds=seconds)
    with translation.override("en"):
        assert formats.ago(moment) == short
        assert formats.ago(moment, is_long=True) == long


def test_short_date_is_in_the_genitive_in_russian():
    with translation.override("ru"):
        days = [dt.date(2026, month, 13) for month in (1, 5, 6, 11)]
        assert [formats.short_date(day).replace(NB, " ") for day in days] == [
            "13 янв",
            "13 мая",
            "13 июн",
            "13 ноя",
        ]


def test_exact_is_in_the_readers_zone():
    with translation.override("en"):
        assert formats.exact(NOW) == "17 November 2026, 10:42"
        with timezone.override("UTC"):
            assert formats.exact(NOW) == "17 November 2026, 07:42"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Мария Белова", "МБ"),
        ("cher", "C"),
        ("«Аврора» кафе", "АК"),
        ("+7 916", "79"),
        ("", "?"),
        ("  ", "?"),
    ],
)
def test_initials_take_two_words(name, letters):
    assert formats.initials(name) == letters


def test_tint_is_the_same_for_a_key_for_ever():
    assert [formats.tint(key) for key in (1, "1", "a")] == [6, 6, 4]
    assert {formats.tint(key) for key in range(200)} == set(range(1, formats.TINTS + 1))


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("curl/8", ""),
    ],
)
def test_browser_names_the_browser_and_the_system(agent, shown):
    assert formats.browser(agent) == shown
