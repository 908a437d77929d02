"""Moments as a visitor reads them: by their own clock, and by the company's where it shows another time."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import pytest
import time_machine
from django.utils import translation

from channels.services import CreatedChannel
from channels.tests.widget.conftest import Visitor
from channels.widget.texts import when_words
from core.zones import canonical, city_of, zone_named
from tenants.models import Membership

pytestmark = pytest.mark.django_db
MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
NIGHT = dt.datetime(2026, 11, 17, 23, 0, tzinfo=MOSCOW)
MORNING = dt.datetime(2026, 11, 18, 9, 0, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Moscow", "tomorrow after 09:00"),
        ("Europe/Minsk", "tomorrow after 09:00"),  # another city, the same clock
        ("Asia/Yekaterinburg", "today after 11:00 (09:00 our time, Moscow)"),  # midnight has passed there
        ("America/New_York", "tomorrow after 01:00 (09:00 our time, Moscow)"),
        ("", "tomorrow after 09:00 (Moscow time)"),
        ("../etc/passwd", "tomorrow after 09:00 (Moscow time)"),
        ("Nowhere/None", "tomorrow after 09:00 (Moscow time)"),
    ],
)
def test_moment_is_told_by_the_visitors_clock_and_by_ours(zone: str, words: str) -> None:
    with translation.override("en"):
        assert when_words(MORNING, home="Europe/Moscow", zone=zone, now=NIGHT) == words


def test_cities_are_named_in_the_readers_language() -> None:
    assert (city_of("Asia/Yekaterinburg", "ru"), city_of("Asia/Yekaterinburg", "en")) == (
        "Екатеринбург",
        "Yekaterinburg",
    )
    assert city_of("UTC", "ru") == "UTC"
    assert city_of("Nowhere/None", "ru") == ""
    assert city_of("Europe/Moscow", "xx") == "Moscow"
    assert canonical("Asia/Calcutta") == "Asia/Kolkata"
    assert zone_named("\0") is None


@pytest.fixture
def nobody_there(make_channel: Callable[..., CreatedChannel], alice: Membership) -> CreatedChannel:
    return make_channel("chat", {"when_away": "chat", "language": "en"}, responsible=alice)


def test_chat_says_when_somebody_is_there_by_the_clock_of_whoever_looks(nobody_there: CreatedChannel) -> None:
    with time_machine.travel(NIGHT, tick=False):
        told = Visitor(nobody_there).ask("/config?lang=en&zone=Asia/Yekaterinburg", method="GET").json()
        assert "today after 11:00 (09:00 our time, Moscow)" in told["away_text"]
        told = Visitor(nobody_there).ask("/config?lang=en", method="GET").json()
        assert "tomorrow after 09:00 (Moscow time)" in told["away_text"]


def test_talk_says_it_the_same_way(nobody_there: CreatedChannel) -> None:
    with time_machine.travel(NIGHT, tick=False):
        visitor = Visitor(nobody_there)
        visitor.say("Hello", page={"lang": "en", "zone": "Asia/Yekaterinburg"})
        assert any("today after 11:00 (09:00 our time, Moscow)" in text for text in visitor.texts)


def test_callback_button_knows_the_companys_clock(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("callback", {"language": "en"})
    told = Visitor(made).ask("/config?lang=en", method="GET").json()
    assert (told["zone"], told["city"]) == ("Europe/Moscow", "Moscow")
