"""Channels that fall silent, break or bury deliveries: who looks after them hears of it, once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from activities.models import Notification
from channels.models import Channel, Event
from channels.notices import silence_text
from channels.rhythm import Rhythm, learn, unusual_silence
from channels.services import CreatedChannel
from channels.watch import learn_rhythms, watch_channels
from core.tenancy import tenant_scope
from tenants.models import Membership

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
HOUR = dt.timedelta(hours=1)
NOON = dt.datetime(2026, 11, 18, 12, 0, tzinfo=MOSCOW)  # a Wednesday
OFFICE_HOURS = [(day * 24 + hour, 12, 4) for day in range(5) for hour in range(9, 18)]


# --- The rhythm itself --------------------------------------------------------------------------------
def silent(rhythm: Rhythm, *, hours: float, until: dt.datetime = NOON) -> bool:
    return unusual_silence(rhythm, since=until - hours * HOUR, now=until, zone=MOSCOW) is not None


def test_silence_in_busy_hours_is_soon_unusual() -> None:
    office = learn(OFFICE_HOURS, weeks=4)
    assert [silent(office, hours=hours, until=NOON + 6 * HOUR) for hours in (1, 3, 4, 5)] == [
        False, False, False, True,
    ]  # fmt: skip


def test_silence_says_how_much_would_be_usual() -> None:
    office = learn(OFFICE_HOURS, weeks=4)
    found = unusual_silence(office, since=NOON, now=NOON + 5 * HOUR, zone=MOSCOW)
    assert found is not None and (found.lasts, found.usual_per_hour) == (5 * HOUR, 3.0)


def test_night_and_weekend_are_no_silence() -> None:
    office = learn(OFFICE_HOURS, weeks=4)
    monday = dt.datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)
    assert not silent(office, hours=63, until=monday)  # since Friday 18:00
    assert silent(office, hours=68, until=monday + 5 * HOUR)


def test_rare_channel_is_given_days() -> None:
    once_a_day = learn([(day * 24 + hour, 1, 1) for day in range(7) for hour in (9, 12, 15, 18)], weeks=4)
    assert not silent(once_a_day, hours=3 * 24)
    assert silent(once_a_day, hours=9 * 24)


def test_young_channel_has_no_rhythm() -> None:
    assert not silent(learn(OFFICE_HOURS, weeks=1), hours=24 * 30)
    assert not silent(Rhythm(), hours=24 * 30)


def test_hours_are_those_of_the_tenants_zone_over_a_change_of_the_clock() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    sunday = learn([(6 * 24 + hour, 4, 4) for hour in range(24)], weeks=4)
    start = dt.datetime(2026, 10, 25, 0, 0, tzinfo=berlin)  # has 25 hours
    found = unusual_silence(
        sunday, since=start.astimezone(dt.UTC), now=start.astimezone(dt.UTC) + 25 * HOUR, zone=berlin
    )
    assert found is not None and found.usual_per_hour == 1.0


def test_words_tell_hours_or_days() -> None:
    assert "3" in silence_text(540, 3.2)
    assert silence_text(540, 0.1) != silence_text(540, 3.2)


# --- Learning and telling -----------------------------------------------------------------------------
@pytest.fixture
def busy(make_channel: Callable[..., CreatedChannel]) -> Channel:
    """A channel with three deliveries in every office hour of the last four weeks, silent since 10:00."""
    channel = make_channel("form").channel
    with tenant_scope(channel.tenant_id):
        days = [NOON - dt.timedelta(days=n) for n in range(29)]
        hours = [day.replace(hour=h) for day in days if day.weekday() < 5 for h in range(9, 18)]
        Event.objects.bulk_create(
            Event(channel=channel, received_at=at + dt.timedelta(minutes=minute), body=b"", state="processed")
            for at in hours if at < NOON - 3 * HOUR for minute in (5, 25, 45)
        )  # fmt: skip
        last = Event.objects.order_by("-received_at")[0].received_at
        Channel.objects.filter(pk=channel.pk).update(
            created_at=NOON - dt.timedelta(weeks=10), last_event_at=last
        )
        learn_rhythms(now=NOON)
    return channel


def heard() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("created_at").values_list("member__name", "code"))


@pytest.mark.django_db
def test_rhythm_is_learned_from_the_journal(busy: Channel) -> None:
    with tenant_scope(busy.tenant_id):
        rhythm = Rhythm.from_json(Channel.objects.get(pk=busy.pk).rhythm)
    tuesday_ten, sunday_ten = rhythm.counts[24 + 10], rhythm.counts[6 * 24 + 10]
    assert (tuesday_ten, rhythm.shares[24 + 10], sunday_ten) == (3.0, 0.8, 0.0)


@pytest.mark.django_db
def test_silence_is_told_once_to_who_looks_after_channels(
    busy: Channel, admin: Membership, alice: Membership
) -> None:
    with tenant_scope(busy.tenant_id):
        assert watch_channels(now=NOON) == 0
        assert watch_channels(now=NOON + 4 * HOUR) == 1
        assert watch_channels(now=NOON + 5 * HOUR) == 0
        assert heard() == [("Ada", "channel_silent")]
        Channel.objects.filter(pk=busy.pk).update(last_event_at=NOON + 5 * HOUR)
        assert watch_channels(now=NOON + 26 * HOUR) == 1  # another silence


@pytest.mark.django_db
def test_channel_switched_off_may_be_silent(busy: Channel, admin: Membership) -> None:
    with tenant_scope(busy.tenant_id):
        Channel.objects.filter(pk=busy.pk).update(is_active=False)
        assert watch_channels(now=NOON + 8 * HOUR) == 0


@pytest.mark.django_db
def test_broken_connection_is_told_when_it_lasts(
    make_channel: Callable[..., CreatedChannel], admin: Membership
) -> None:
    mailbox = make_channel("email").channel
    with tenant_scope(mailbox.tenant_id):
        rows = Channel.objects.filter(pk=mailbox.pk)
        rows.update(last_error="Wrong password", last_error_at=NOON)
        told = [watch_channels(now=NOON + minutes * HOUR / 60) for minutes in (5, 12, 60)]
        assert told == [0, 1, 0]
        rows.update(last_error="", last_error_at=None)
        assert watch_channels(now=NOON + 2 * HOUR) == 0
        rows.update(last_error="Wrong password", last_error_at=NOON + 3 * HOUR)
        assert watch_channels(now=NOON + 4 * HOUR) == 1
        assert Notification.objects.order_by("-created_at")[0].params["error"] == "Wrong password"


@pytest.mark.django_db
def test_dead_letters_are_counted_together(
    make_channel: Callable[..., CreatedChannel], admin: Membership
) -> None:
    channel = make_channel("form").channel

    def bury(at: dt.datetime) -> None:
        Event.objects.create(channel=channel, body=b"", state="dead", processed_at=at, error="?")

    with tenant_scope(channel.tenant_id):
        bury(NOON)
        bury(NOON)
        assert watch_channels(now=NOON + HOUR) == 1
        bury(NOON + 1.2 * HOUR)
        assert watch_channels(now=NOON + 1.5 * HOUR) == 0  # not again within the hour
        assert watch_channels(now=NOON + 2.5 * HOUR) == 1
        counts = [row.params["count"] for row in Notification.objects.order_by("created_at")]
        assert counts == [2, 1]


@pytest.mark.django_db
def test_list_of_channels_names_the_silence(
    busy: Channel, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    page = client_of(admin).get(reverse("channels:list")).content.decode()
    assert "обычно" in page  # by now the channel has been silent for weeks
