"""The calendar as other programs read it."""

from __future__ import annotations

import datetime as dt

import pytest
import vobject
from django.test import Client
from django.utils import timezone

from activities.models import CalendarFeed
from activities.services import complete_activity, open_feed, plan_activity
from activities.tests.factories import make_contact
from core.tenancy import tenant_scope
from tenants.models import Role

NOW = timezone.now().replace(microsecond=0)
SOON = NOW + dt.timedelta(days=2)


@pytest.fixture
def link(tenant, alice):
    with tenant_scope(tenant):
        return path_of(open_feed(member=alice, name="Phone", kinds=["meeting", "call"], now=NOW).url)


def path_of(url):
    return "/calendar/feed/" + url.split("/calendar/feed/")[1]


def plan(owner, **fields):
    defaults = {
        "kind": "meeting",
        "subject": "Visit",
        "due_at": SOON,
        "owner": owner,
        "by": owner,
        "now": NOW,
    }
    return plan_activity(**defaults | fields)


def events(path):
    answer = Client().get(path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    return vobject.readOne(answer.content.decode()).contents.get("vevent", [])


def test_feed_shows_what_is_ones_own_or_one_takes_part_in(tenant, alice, bob, link):
    with tenant_scope(tenant):
        plan(alice, subject="Mine")
        plan(bob, subject="Shared", participants=[alice])
        plan(bob, subject="Bob's")
        plan(alice, subject="A task", kind="task")  # a kind the link leaves out
        plan(alice, subject="Old", due_at=NOW - dt.timedelta(days=100))
    assert {event.summary.value for event in events(link)} == {"Mine", "Shared"}


def test_feed_tells_time_place_alarm_and_a_uid_that_stays(tenant, alice, link):
    with tenant_scope(tenant):
        row = plan(
            alice, duration_min=90, place="Tverskaya, 1; 2nd floor", text="Bring\nsamples",
            contact=make_contact(), remind_at=SOON - dt.timedelta(minutes=15),
        )  # fmt: skip
    [event] = events(link)
    assert (event.dtstart.value, event.dtend.value) == (SOON, SOON + dt.timedelta(minutes=90))
    assert event.summary.value == "Visit · Мария Иванова"
    assert event.location.value == "Tverskaya, 1; 2nd floor"
    assert event.description.value.startswith("Bring\nsamples")
    assert event.uid.value.startswith(str(row.pk))
    assert event.valarm.trigger.value == dt.timedelta(minutes=-15)
    assert events(link)[0].uid.value == event.uid.value


def test_feed_answers_not_modified_until_something_changes(tenant, alice, link):
    with tenant_scope(tenant):
        row = plan(alice)
    etag = Client().get(link)["ETag"]
    assert Client().get(link, headers={"If-None-Match": etag}).status_code == 304
    with tenant_scope(tenant):
        complete_activity(activity=row, by=alice, now=NOW)
    changed = Client().get(link, headers={"If-None-Match": etag})
    assert changed.status_code == 200 and "✓ Visit" in changed.content.decode()


def test_feed_ends_with_the_link_the_person_and_the_right(tenant, alice, link):
    with tenant_scope(tenant):
        role = Role.objects.create(name="Nothing")
        usual, alice.role = alice.role, role
        alice.save()
    assert Client().get(link).status_code == 404
    with tenant_scope(tenant):
        alice.role, alice.is_active = usual, False
        alice.save()
    assert Client().get(link).status_code == 404
    with tenant_scope(tenant):
        alice.is_active = True
        alice.save()
    assert Client().get(link).status_code == 200
    with tenant_scope(tenant):
        CalendarFeed.objects.all().delete()
    assert Client().get(link).status_code == 404


@pytest.mark.parametrize("token", ["x", "1", "-", "999999999999999999-x", "1-", "²-x"])
def test_feed_of_a_forged_link_is_missing(db, token):
    assert Client().get(f"/calendar/feed/{token}.ics").status_code == 404


def test_feed_of_another_tenants_secret_is_missing(tenant, other_tenant, link):
    forged = link.replace(f"/{tenant.pk}-", f"/{other_tenant.pk}-")
    assert Client().get(forged).status_code == 404


def test_feeds_page_shows_a_new_link_once_and_removes_it(tenant, alice, bob, client_of):
    client = client_of(alice)
    page = client.post("/calendar/links/", {"name": "Outlook", "kinds": ["task"]}).content.decode()
    assert "/calendar/feed/" in page
    assert "/calendar/feed/" not in client.get("/calendar/links/").content.decode()
    with tenant_scope(tenant):
        feed = CalendarFeed.objects.get()
    assert client_of(bob).post(f"/calendar/links/{feed.pk}/remove/").status_code == 404
    client.post(f"/calendar/links/{feed.pk}/remove/")
    with tenant_scope(tenant):
        assert not CalendarFeed.objects.exists()


def test_open_feed_keeps_a_handful(tenant, alice, client_of):
    client = client_of(alice)
    codes = [
        client.post("/calendar/links/", {"name": str(n), "kinds": ["task"]}).status_code for n in range(11)
    ]
    assert codes == [200] * 10 + [409]
