"""Whether anybody is there, by hours, duty and absences, and what the button does then."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import pytest
from django.utils import timezone

from channels.models import Channel
from channels.services import CreatedChannel, update_channel
from channels.tests.widget.conftest import Visitor, in_scope
from channels.widget.staffing import MAX_SLOTS, staffing_of
from tenants.models import Membership, Role
from tenants.services import set_absence, set_shifts

pytestmark = pytest.mark.django_db
MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
TUESDAY = dt.datetime(2026, 11, 17, 11, 0, tzinfo=MOSCOW)
NIGHT = TUESDAY.replace(hour=23)
DAY = TUESDAY.date()


@pytest.fixture
def of_alice(make_channel: Callable[..., CreatedChannel], alice: Membership) -> CreatedChannel:
    return make_channel("chat", responsible=alice)


def staffing(made: CreatedChannel, now: dt.datetime):
    channel = Channel.objects.select_related("tenant").get(pk=made.channel.pk)
    return staffing_of(channel, now=now)


def test_person_is_there_in_their_hours(of_alice: CreatedChannel) -> None:
    with in_scope(of_alice):
        assert staffing(of_alice, TUESDAY).is_there(TUESDAY)
        at_night = staffing(of_alice, NIGHT)
        assert not at_night.is_there(NIGHT)
        assert at_night.next_at(NIGHT) == (TUESDAY + dt.timedelta(days=1)).replace(hour=9)


def test_absence_and_duty_count(of_alice: CreatedChannel, alice: Membership, admin: Membership) -> None:
    with in_scope(of_alice):
        set_shifts(by=admin, member=alice, on=DAY, spans=((22 * 60, 24 * 60),))
        assert staffing(of_alice, NIGHT).is_there(NIGHT)
        assert not staffing(of_alice, TUESDAY).is_there(TUESDAY)
        set_absence(by=admin, member=alice, starts_on=DAY, ends_on=DAY)
        assert not staffing(of_alice, NIGHT).is_there(NIGHT)


def test_role_is_there_while_one_of_it_is(
    make_channel: Callable[..., CreatedChannel], alice: Membership, bob: Membership, admin: Membership
) -> None:
    with in_scope(make_channel("form")):
        role = Role.objects.get(code=Role.Code.MANAGER)
    made = make_channel("chat", responsible_role=role)
    with in_scope(made):
        set_absence(by=admin, member=alice, starts_on=DAY, ends_on=DAY)
        assert staffing(made, TUESDAY).is_there(TUESDAY)
        set_absence(by=admin, member=bob, starts_on=DAY, ends_on=DAY)
        assert not staffing(made, TUESDAY).is_there(TUESDAY)
        assert staffing(made, TUESDAY).next_at(TUESDAY).date() == DAY + dt.timedelta(days=1)


def test_role_without_people_is_never_there(make_channel: Callable[..., CreatedChannel]) -> None:
    with in_scope(make_channel("form")):
        role = Role.objects.create(name="Nobody")
    made = make_channel("chat", responsible_role=role)
    with in_scope(made):
        assert staffing(made, TUESDAY).next_at(TUESDAY) is None


def test_companys_hours_count_where_nobody_is_chosen(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("chat")
    with in_scope(made):
        assert staffing(made, TUESDAY).is_there(TUESDAY)
        assert not staffing(made, NIGHT).is_there(NIGHT)
        update_channel(channel=made.channel, now=timezone.now(), settings={"hours": "always"})
        assert staffing(made, NIGHT).is_there(NIGHT)


def test_slots_lie_within_hours(of_alice: CreatedChannel) -> None:
    with in_scope(of_alice):
        slots = staffing(of_alice, NIGHT).slots(NIGHT)
    assert slots[0] == (TUESDAY + dt.timedelta(days=1)).replace(hour=9)
    assert len(slots) <= MAX_SLOTS
    assert all(9 <= slot.astimezone(MOSCOW).hour < 18 for slot in slots)


@pytest.mark.parametrize(
    ("lang", "spoken"), [("ru-RU", "ru"), ("en", "en"), ("de", "en"), ("", "ru"), ("💥", "en")]
)
def test_widget_speaks_the_pages_language(chat: CreatedChannel, lang: str, spoken: str) -> None:
    told = Visitor(chat).ask(f"/config?lang={lang}", method="GET").json()
    assert told["lang"] == spoken
    assert told["title"] == {"ru": "Напишите нам", "en": "Write to us"}[spoken]


def test_config_says_nothing_of_the_company(chat: CreatedChannel, alice: Membership) -> None:
    told = Visitor(chat).ask("/config", method="GET").content.decode()
    with in_scope(chat):
        tenant = chat.channel.tenant
        for secret in (tenant.name, tenant.slug, alice.name, alice.email, str(chat.channel.pk), chat.secret):
            assert secret not in told


def test_own_texts_are_said(make_channel: Callable[..., CreatedChannel]) -> None:
    settings = {"title": "Ask", "greeting": "Hi", "away_text": "Gone", "hours": "duty"}
    made = make_channel("chat", settings)
    with in_scope(made):
        nobody = Role.objects.create(name="Nobody")
        update_channel(channel=made.channel, now=timezone.now(), responsible_role=nobody)
    told = Visitor(made).ask("/config", method="GET").json()
    assert (told["title"], told["greeting"], told["away_text"], told["is_online"]) == (
        "Ask",
        "Hi",
        "Gone",
        False,
    )
