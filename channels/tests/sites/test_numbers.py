"""Numbers on the site: who sees which, and what a call to one tells of its caller."""

from __future__ import annotations

import datetime as dt
import itertools
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.journal import settings_of
from channels.models import EventItem, NumberLease, SiteCall, SiteNumber
from channels.samples import FORM
from channels.services import (
    CreatedChannel,
    NotANumber,
    NumberTaken,
    TooManyNumbers,
    add_site_numbers,
    lend_number,
    remove_site_number,
    site_numbers,
    switch_channel,
)
from channels.sites import shield
from channels.tests.conftest import path_of, post_form, work
from core.formats import phone
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
VISIT = {
    "utm_source": "yandex",
    "utm_campaign": "autumn",
    "yclid": "77",
    "page_url": "https://shop.example/price",
    "first_page": "https://shop.example/?utm_source=google",
    "first_utm_source": "google",
}
POOL = "+7 495 123-00-01\n8 (495) 123-00-02"
_ids = itertools.count(1)
Made = Callable[..., CreatedChannel]


@pytest.fixture
def exchange(make_channel: Made) -> CreatedChannel:
    return make_channel("vats")


@pytest.fixture
def site(make_channel: Made) -> CreatedChannel:
    return make_channel("numbers", {"printed": "8 800 100-00-00"})


@pytest.fixture
def add(site: CreatedChannel, admin: Membership) -> Callable[..., list[SiteNumber]]:
    """Return a function that puts numbers on the list."""

    def put(text: str = POOL, **rule: str) -> list[SiteNumber]:
        with tenant_scope(site.channel.tenant_id):
            return add_site_numbers(channel=site.channel, text=text, by=admin, now=NOW, **rule)

    return put


def lend(
    made: CreatedChannel,
    visitor: str = "visitor-1",
    at: dt.datetime = NOW,
    region: str = "",
    time_zone: str = "",
    **told: str,
) -> str:
    with tenant_scope(made.channel.tenant_id):
        number = lend_number(
            channel=made.channel, visitor=visitor, told=told, region=region, time_zone=time_zone, now=at
        )
        return number.number if number else ""


def ring(made: CreatedChannel, line: str, phone: str = "79991234567", call: str = "") -> None:
    fields = {
        "cmd": "event",
        "type": "INCOMING",
        "user": "anna",
        "phone": phone,
        "diversion": line,
        "callid": call or f"c{next(_ids)}",
    }
    bare = RawDelivery(
        urllib.parse.urlencode(fields).encode(), headers={"content-type": FORM}, url=made.hook_url
    )
    signed = adapter_for("vats").sign(bare, settings_of(made.channel))
    assert Client().post(path_of(made.hook_url), signed.body, content_type=FORM).status_code == 200
    work(made.channel)
    work(made.channel)


def lead_of(made: CreatedChannel) -> Lead:
    with tenant_scope(made.channel.tenant_id):
        return Lead.objects.select_related("source").get()


# --- who sees which ----------------------------------------------------------------------------------
def test_each_visitor_sees_a_number_of_their_own_and_keeps_it(site: CreatedChannel, add: Any) -> None:
    add()
    first, second = lend(site, "visitor-1"), lend(site, "visitor-2")
    assert {first, second} == {"+74951230001", "+74951230002"}
    later = NOW + dt.timedelta(minutes=20)
    assert lend(site, "visitor-1", later) == first
    assert lend(site, "visitor-1", later + dt.timedelta(minutes=20)) == first  # lent anew, so kept


def test_the_one_lent_longest_ago_is_lent_again(site: CreatedChannel, add: Any) -> None:
    add()
    first = lend(site, "visitor-1")
    lend(site, "visitor-2", NOW + dt.timedelta(minutes=1))
    assert lend(site, "visitor-3", NOW + dt.timedelta(minutes=2)) == first
    after = NOW + dt.timedelta(hours=1)
    freed = [lend(site, f"visitor-{n}", after) for n in (4, 5)]
    assert len(set(freed)) == 2


def test_who_meets_a_rule_sees_its_number(site: CreatedChannel, add: Any) -> None:
    add()
    add("+7 495 200-00-01", utm_source="Yandex")
    add("+7 495 200-00-02", utm_source="yandex", campaign="autumn")
    add("+7 495 200-00-03", region="Казань")
    assert lend(site, utm_source="yandex") == "+74952000001"
    assert lend(site, utm_source="yandex", utm_campaign="Autumn") == "+74952000002"
    assert lend(site, page_url="https://shop.example/?utm_source=yandex") == "+74952000001"
    assert lend(site, region="казань") == "+74952000003"
    assert lend(site, utm_source="google") == "+74951230001"


def test_visitors_of_a_time_zone_see_its_number(site: CreatedChannel, add: Any) -> None:
    add()
    add("+7 343 200-00-01", time_zone="Asia/Yekaterinburg")
    add("+7 343 200-00-02", time_zone="Asia/Yekaterinburg", utm_source="yandex")
    add("+91 22 2278 1111", time_zone="Asia/Calcutta")
    assert lend(site, time_zone="Asia/Yekaterinburg") == "+73432000001"
    assert lend(site, time_zone="Asia/Yekaterinburg", utm_source="yandex") == "+73432000002"
    assert (
        lend(site, time_zone="Asia/Kolkata") == "+912222781111"
    )  # browsers name it the one way or the other
    for zone in ("Europe/Moscow", "", "no zone/../x"):
        assert lend(site, time_zone=zone) == "+74951230001"


def test_without_numbers_the_sites_own_stays(site: CreatedChannel) -> None:
    assert lend(site) == ""


@pytest.mark.parametrize("text", ["hello", "+7 495 123-00-01\nhello"])
def test_what_is_no_number_is_refused_whole(site: CreatedChannel, add: Any, text: str) -> None:
    with pytest.raises(NotANumber):
        add(text)
    with tenant_scope(site.channel.tenant_id):
        assert not SiteNumber.objects.exists()


def test_a_number_stands_on_one_list_once(site: CreatedChannel, add: Any) -> None:
    add()
    with pytest.raises(NumberTaken):
        add("84951230001", utm_source="vk")


def test_a_list_has_an_end(site: CreatedChannel, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_numbers, "MAX_NUMBERS", 1)
    with pytest.raises(TooManyNumbers):
        add()
    with tenant_scope(site.channel.tenant_id):
        assert not SiteNumber.objects.exists()


def test_old_leases_are_cleared_away(site: CreatedChannel, add: Any) -> None:
    add("+7 495 123-00-01")
    lend(site, "visitor-1")
    lend(site, "visitor-2", NOW + dt.timedelta(days=8))
    with tenant_scope(site.channel.tenant_id):
        assert NumberLease.objects.count() == 1


# --- what a call tells -------------------------------------------------------------------------------
def test_a_call_learns_where_its_caller_came_from(
    site: CreatedChannel, exchange: CreatedChannel, add: Any
) -> None:
    add()
    with time_machine.travel(NOW, tick=False):
        number = lend(site, **VISIT)
    with time_machine.travel(NOW + dt.timedelta(minutes=5), tick=False):
        ring(exchange, number.removeprefix("+"), call="c1")
        ring(exchange, number.removeprefix("+"), call="c1")  # told twice
    lead = lead_of(site)
    assert (lead.utm_source, lead.campaign, lead.click_ids) == ("yandex", "autumn", {"yclid": "77"})
    assert (lead.page_url, lead.first_page_url) == (VISIT["page_url"], VISIT["first_page"])
    assert lead.first_marks == {"source": "google"}
    assert dict(lead.fields)["Номер на сайте"] == phone(number)
    assert "Коллтрекинг" not in dict(lead.fields)
    with tenant_scope(site.channel.tenant_id):
        assert SiteCall.objects.get().is_uncertain is False
        assert [item.outcome for item in EventItem.objects.filter(channel=site.channel)] == ["joined"]


def test_a_call_after_the_number_was_given_back_tells_nothing(
    site: CreatedChannel, exchange: CreatedChannel, add: Any
) -> None:
    add("+7 495 123-00-01")
    with time_machine.travel(NOW, tick=False):
        lend(site, **VISIT)
    with time_machine.travel(NOW + dt.timedelta(minutes=31), tick=False):
        ring(exchange, "74951230001")
    assert lead_of(site).utm_source == ""
    with tenant_scope(site.channel.tenant_id):
        assert SiteCall.objects.count() == 1
        assert not EventItem.objects.filter(channel=site.channel).exists()


def test_a_number_seen_by_two_is_told_with_a_doubt(
    site: CreatedChannel, exchange: CreatedChannel, add: Any
) -> None:
    add("+7 495 123-00-01")
    with time_machine.travel(NOW, tick=False):
        lend(site, "visitor-1", utm_source="vk")
        lend(site, "visitor-2", NOW + dt.timedelta(seconds=1), utm_source="yandex")
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        ring(exchange, "74951230001")
    lead = lead_of(site)
    assert lead.utm_source == "yandex"
    assert "Коллтрекинг" in dict(lead.fields)
    with tenant_scope(site.channel.tenant_id):
        assert SiteCall.objects.get().is_uncertain


def test_a_number_with_a_rule_tells_the_rule(
    site: CreatedChannel, exchange: CreatedChannel, add: Any
) -> None:
    add("+7 495 200-00-01", utm_source="yandex", region="Казань")
    ring(exchange, "74952000001")
    lead = lead_of(site)
    assert (lead.utm_source, lead.region) == ("yandex", "Казань")


def test_calls_on_other_lines_and_of_switched_off_channels_are_let_be(
    site: CreatedChannel, exchange: CreatedChannel, add: Any
) -> None:
    add("+7 495 200-00-01", utm_source="yandex")
    ring(exchange, "74959999999")
    with tenant_scope(site.channel.tenant_id):
        switch_channel(channel=site.channel, is_active=False, now=NOW)
    ring(exchange, "74952000001", phone="79990000000")
    with tenant_scope(site.channel.tenant_id):
        assert not SiteCall.objects.exists()


# --- the site's script -------------------------------------------------------------------------------
def ask(made: CreatedChannel, **fields: str) -> Any:
    path = path_of(made.hook_url).replace("/hooks/numbers/", "/numbers/") + "/lend"
    return Client().post(path, urllib.parse.urlencode(fields), content_type=FORM)


def test_the_sites_script_asks_for_a_number(site: CreatedChannel, add: Any) -> None:
    add()
    answer = ask(site, visitor="visitor-1", name="Anna", **VISIT)
    assert answer.json() == {
        "number": "+74951230001",
        "shown": "+7 495 123-00-01",
        "minutes": 30,
        "printed": ["8 800 100-00-00"],
    }
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    with tenant_scope(site.channel.tenant_id):
        assert NumberLease.objects.get().marks == VISIT  # and nothing else of what was posted


@pytest.mark.parametrize("visitor", ["", "short", "x" * 65, "<script>alert(1)"])
def test_who_does_not_say_who_they_are_gets_no_number(site: CreatedChannel, add: Any, visitor: str) -> None:
    add()
    assert ask(site, visitor=visitor).status_code == 400


def test_a_post_too_long_for_a_visit_is_not_read(site: CreatedChannel, add: Any) -> None:
    add()
    assert ask(site, visitor="visitor-1", page_url="x" * 20_000).status_code == 413


def test_numbers_are_not_asked_for_endlessly(
    site: CreatedChannel, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add()
    monkeypatch.setattr(shield, "VIEWS_A_MINUTE", 1)
    assert [ask(site, visitor="visitor-1").status_code for _turn in range(2)] == [200, 429]


def test_nobody_posts_marks_to_the_address_in_the_script(site: CreatedChannel) -> None:
    assert post_form(site, b'{"phone": "79991234567", "marks": {"utm_source": "x"}}').status_code == 401


# --- the settings page -------------------------------------------------------------------------------
def test_page_keeps_numbers_and_shows_their_calls(
    site: CreatedChannel, exchange: CreatedChannel, admin: Membership, client_of: Any
) -> None:
    client, url = client_of(admin), reverse("channels:numbers", args=[site.channel.pk])
    assert "Номеров пока нет" in client.get(url).content.decode()
    assert client.post(url, {"text": "+7 495 200-00-01", "utm_source": "yandex"}).status_code == 302
    assert client.post(url, {"text": "hello"}).status_code == 422
    ring(exchange, "74952000001")
    page = client.get(url)
    (number,) = page.context["numbers"]
    assert number.call_count == 1
    (row,) = page.context["calls"]
    assert row.lead == lead_of(site)
    assert "+7 999 123-45-67" in page.content.decode()
    remove = reverse("channels:number_remove", args=[site.channel.pk, number.pk])
    assert client.post(remove).status_code == 302
    with tenant_scope(site.channel.tenant_id):
        assert not SiteNumber.objects.exists()
        assert Lead.objects.exists()


def test_page_is_for_channels_of_numbers_and_who_may(
    site: CreatedChannel, exchange: CreatedChannel, alice: Membership, admin: Membership, client_of: Any
) -> None:
    url = reverse("channels:numbers", args=[site.channel.pk])
    assert client_of(alice).get(url).status_code == 403
    assert client_of(admin).get(reverse("channels:numbers", args=[exchange.channel.pk])).status_code == 404


def test_removed_number_leaves_its_leads(site: CreatedChannel, exchange: CreatedChannel, add: Any) -> None:
    (number,) = add("+7 495 200-00-01", utm_source="yandex")
    ring(exchange, "74952000001")
    with tenant_scope(site.channel.tenant_id):
        remove_site_number(number=SiteNumber.objects.get(pk=number.pk), by=None)  # type: ignore[arg-type]
    assert lead_of(site).utm_source == "yandex"
