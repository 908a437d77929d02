"""How a person hears of what: ways, quiet hours, letters, following and muting."""

from __future__ import annotations

import datetime as dt
import threading
import zoneinfo

import pytest
from django.db import connection

from activities.hearing import GROUPS, USUAL, group_of, is_quiet_at, mail_moment, ways_of
from activities.models import NoticeSettings, Notification, Watch
from activities.services import add_note, log_activity, notify, set_notices, set_watch, watch_state
from activities.services.digests import send_news
from activities.services.watching import tell_followers
from activities.tests.factories import make_deal
from conftest import make_member, make_tenant
from core.tenancy import tenant_scope
from tenants.models import OutgoingLetter

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 25, 12, 20, tzinfo=MOSCOW)
HX = {"HX-Request": "true"}


def settings(**fields):
    return NoticeSettings(tenant_id=1, member_id=None, **fields)


def choose(member, *, ways=None, **fields):
    values = {"digest": "", "digest_at": dt.time(9), "quiet_from": None, "quiet_until": None}
    set_notices(member=member, ways=ways or {}, **values | fields)


# --- Arithmetic ----------------------------------------------------------------------------------------
def test_every_group_has_usual_ways_and_codes_have_a_group():
    assert set(GROUPS) == set(USUAL)
    assert (group_of("lead_new"), group_of("mentioned"), group_of("what is that")) == (
        "inquiries", "mentions", "other",
    )  # fmt: skip
    assert ways_of(None, "assigned") == {"browser"}


@pytest.mark.parametrize(
    ("start", "end", "hour", "is_quiet"),
    [(13, 14, 12, False), (12, 14, 12, True), (22, 8, 23, True), (22, 8, 7, True), (22, 8, 8, False)],
)
def test_quiet_hours_may_last_over_midnight(scope, start, end, hour, is_quiet):
    chosen = settings(quiet_from=dt.time(start), quiet_until=dt.time(end))
    assert is_quiet_at(chosen, NOW.replace(hour=hour, minute=0), MOSCOW) is is_quiet


def test_mail_moment_at_once_hourly_and_daily(scope):
    assert mail_moment(settings(), NOW, MOSCOW) == NOW
    assert mail_moment(settings(digest="hour"), NOW, MOSCOW) == NOW.replace(hour=13, minute=0)
    daily = settings(digest="day", digest_at=dt.time(9))
    assert mail_moment(daily, NOW, MOSCOW) == NOW.replace(day=26, hour=9, minute=0)
    assert mail_moment(daily, NOW.replace(hour=8), MOSCOW) == NOW.replace(hour=9, minute=0)


def test_mail_moment_waits_for_the_end_of_the_quiet(scope):
    chosen = settings(quiet_from=dt.time(22), quiet_until=dt.time(8))
    assert mail_moment(chosen, NOW.replace(hour=23), MOSCOW) == NOW.replace(day=26, hour=8, minute=0)
    assert mail_moment(chosen, NOW.replace(hour=3), MOSCOW) == NOW.replace(hour=8, minute=0)


def test_daily_letter_keeps_its_time_when_the_clocks_change(scope):
    before = dt.datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    moment = mail_moment(settings(digest="day", digest_at=dt.time(9)), before, BERLIN)
    assert moment.astimezone(BERLIN).hour == 9
    assert moment.astimezone(dt.UTC).hour == 8


# --- What a notification becomes ---------------------------------------------------------------------
def tell(member, code="mentioned", now=NOW, url="/x/"):
    [row] = notify(members=[member], code=code, params={"by": "Bob", "text": "hi"}, url=url, now=now)
    return row


def test_notify_does_what_the_person_chose(scope, alice):
    row = tell(alice)
    assert (row.is_quiet, row.is_silent, row.mail_at) == (False, False, None)
    choose(alice, ways={"mentions": ["browser", "mail"]})
    row = tell(alice)
    assert (row.is_quiet, row.is_silent, row.mail_at) == (False, True, NOW)
    choose(alice, ways={"mentions": []})
    assert tell(alice).is_quiet
    assert Notification.objects.count() == 3  # the list of the bell has them all


def test_notify_is_quiet_in_the_quiet_hours(scope, alice):
    choose(alice, quiet_from=dt.time(12), quiet_until=dt.time(13))
    assert tell(alice).is_quiet


def test_send_news_writes_one_letter_a_person_and_only_of_what_is_unread(scope, alice, bob):
    for member in (alice, bob):
        choose(member, ways={"mentions": ["mail"]}, digest="hour")
    read = tell(alice)
    Notification.objects.filter(pk=read.pk).update(read_at=NOW)
    tell(alice, now=NOW + dt.timedelta(minutes=1))
    tell(alice, now=NOW + dt.timedelta(minutes=2))
    tell(bob)
    assert send_news(now=NOW + dt.timedelta(minutes=30)) == 0
    later = NOW + dt.timedelta(hours=1)
    assert [send_news(now=later), send_news(now=later)] == [2, 0]
    letters = {letter.recipient: letter for letter in OutgoingLetter.objects.all()}
    assert set(letters) == {alice.email, bob.email}
    assert letters[alice.email].text.count("\nhi\n") == 2
    assert "/notifications/settings/" in letters[alice.email].text


@pytest.mark.django_db(transaction=True)
def test_send_news_of_two_workers_sends_once():
    tenant = make_tenant()
    alice = make_member(tenant, "Alice", "manager")
    with tenant_scope(tenant):
        choose(alice, ways={"mentions": ["mail"]})
        for _ in range(3):
            tell(alice)
    started, counts = threading.Barrier(2), []

    def work():
        try:
            with tenant_scope(tenant):
                started.wait(10)
                counts.append(send_news(now=NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    letters = OutgoingLetter.objects.filter(recipient=alice.email)
    assert sum(letter.text.count("\nhi\n") for letter in letters) == 3
    letters.delete()


# --- Following and muting ----------------------------------------------------------------------------
def test_tell_followers_once_what_others_did(scope, alice, bob):
    deal = make_deal(owner=alice)
    set_watch(member=alice, name="deal", card=deal, state="follow", now=NOW)
    log_activity(
        kind="call", occurred_at=NOW + dt.timedelta(minutes=1), author=bob, deal=deal, subject="Rang"
    )
    log_activity(kind="note", occurred_at=NOW + dt.timedelta(minutes=1), author=alice, deal=deal)
    later = NOW + dt.timedelta(minutes=5)
    assert [tell_followers(now=later), tell_followers(now=later)] == [1, 0]
    [notice] = Notification.objects.all()
    assert (notice.member, notice.code, notice.params["count"]) == (alice, "followed", 1)


def test_tell_followers_forgets_who_may_no_longer_see(scope, alice, bob):
    deal = make_deal(owner=alice)
    set_watch(member=alice, name="deal", card=deal, state="follow", now=NOW)
    deal.owner = bob
    deal.save()
    log_activity(kind="call", occurred_at=NOW + dt.timedelta(minutes=1), author=bob, deal=deal)
    assert tell_followers(now=NOW + dt.timedelta(minutes=5)) == 0
    assert not Watch.objects.exists()


def test_muted_card_is_silent_but_for_mentions(scope, alice, bob):
    from activities.addresses import page_of_card

    deal = make_deal(owner=alice)
    set_watch(member=alice, name="deal", card=deal, state="mute", now=NOW)
    url = page_of_card("deal", deal.pk)
    assert notify(members=[alice], code="deal_assigned", params={}, url=url, now=NOW) == []
    add_note(text="@Alice look", by=bob, now=NOW, deal=deal)
    assert [notice.code for notice in Notification.objects.all()] == ["mentioned"]


def test_watch_view_follows_mutes_and_neither(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        deal, foreign = make_deal(owner=alice), make_deal(owner=bob)
    client, url = client_of(alice), f"/activities/watch/?deal={deal.pk}"
    for state in ("follow", "mute", ""):
        assert client.post(url, {"state": state}, headers=HX).status_code == 200
        with tenant_scope(tenant):
            assert watch_state(alice, "deal", deal) == state
    assert client.post(f"/activities/watch/?deal={foreign.pk}", {"state": "follow"}).status_code == 404


# --- Pages ---------------------------------------------------------------------------------------------
def test_settings_page_keeps_what_was_chosen(tenant, alice, client_of):
    client, url = client_of(alice), "/notifications/settings/"
    assert client.get(url).status_code == 200
    sent = {"mentions_mail": "on", "digest": "day", "digest_at": "08:30", "quiet_from": "22:00"}
    assert client.post(url, sent).status_code == 422
    assert client.post(url, sent | {"quiet_until": "08:00"}).status_code == 302
    with tenant_scope(tenant):
        kept = NoticeSettings.objects.get()
    assert (kept.ways["mentions"], kept.ways["due"], kept.digest) == (["mail"], [], "day")
    assert b'name="mentions_mail" id="id_mentions_mail" checked' in client.get(url).content


def test_notice_view_says_how_it_wants_to_be_heard(tenant, alice, client_of):
    with tenant_scope(tenant):
        choose(alice, ways={"mentions": ["browser"]})
        row = tell(alice)
    told = client_of(alice).get(f"/notifications/{row.pk}/").json()
    assert (told["is_quiet"], told["is_silent"]) == (False, True)
