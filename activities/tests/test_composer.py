"""The composer, and what colleagues hear of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from activities.models import Activity, Notification
from activities.services import add_note, notify
from activities.tests.factories import make_contact, make_deal
from core.tenancy import tenant_scope

HX = {"HX-Request": "true"}
NOW = timezone.now()


@pytest.fixture
def deal(tenant, alice):
    with tenant_scope(tenant):
        return make_deal(owner=alice, contact=make_contact())


def test_composer_shows_its_tabs_on_a_card(alice, deal, client_of):
    page = client_of(alice).get(f"/activities/composer/?deal={deal.pk}", headers=HX)
    assert page.status_code == 200
    for tab in ("note", "task", "call", "meeting"):
        assert f"cmp-tab-{tab}" in page.content.decode()


def test_composer_is_empty_for_those_who_only_read(tenant, deal, client_of):
    from conftest import make_member

    marketer = make_member(tenant, "Mark", "marketer")
    assert client_of(marketer).get(f"/activities/composer/?deal={deal.pk}", headers=HX).content == b""
    data = {"deal": str(deal.pk), "text": "x"}
    assert client_of(marketer).post("/activities/composer/note/", data, headers=HX).status_code == 403


def test_composer_note_is_written_and_the_timeline_told(tenant, alice, bob, deal, client_of):
    client = client_of(alice)
    data = {"deal": str(deal.pk), "text": "@Bob look"}
    response = client.post("/activities/composer/note/", data, headers=HX)
    assert response.status_code == 200 and "activity:changed" in response["HX-Trigger"]
    with tenant_scope(tenant):
        note = Activity.objects.get()
        assert (note.deal, note.contact, note.text) == (deal, deal.contact, "@Bob look")
        assert Notification.objects.get().member == bob
    assert client.post("/activities/composer/note/", {"deal": str(deal.pk)}, headers=HX).status_code == 422


def test_composer_plans_and_logs(tenant, alice, deal, client_of):
    client, about = client_of(alice), {"deal": str(deal.pk)}
    plan = about | {"kind": "meeting", "subject": "Visit", "when": "tomorrow", "remind": "60"}
    assert client.post("/activities/composer/plan/", plan, headers=HX).status_code == 200
    happened = about | {"kind": "call", "subject": "Agreed", "is_done": "1"}
    assert client.post("/activities/composer/plan/", happened, headers=HX).status_code == 200
    assert client.post("/activities/composer/plan/", about | {"kind": "task"}, headers=HX).status_code == 422
    with tenant_scope(tenant):
        meeting, call = Activity.objects.get(kind="meeting"), Activity.objects.get(kind="call")
        assert call.author == alice
    assert meeting.due_at - meeting.remind_at == dt.timedelta(hours=1)
    assert (call.is_done, call.direction) == (True, "out")


def test_composer_of_anothers_card_is_missing(bob, charlie, deal, client_of):
    for stranger in (bob, charlie):
        client = client_of(stranger)
        assert client.get(f"/activities/composer/?deal={deal.pk}").status_code == 404
        data = {"deal": str(deal.pk), "text": "x"}
        assert client.post("/activities/composer/note/", data).status_code == 404


def test_colleagues_are_found_for_mentions(alice, bob, charlie, client_of):
    found = client_of(alice).get("/activities/colleagues/?q=bo").json()["results"]
    assert [row["name"] for row in found] == ["Bob"]


def test_own_note_can_be_rewritten_and_deleted_by_nobody_else(tenant, alice, head, deal, client_of):
    with tenant_scope(tenant):
        note = add_note(text="old", by=alice, now=NOW, deal=deal)
    assert client_of(head).post(f"/notes/{note.pk}/edit/", {"text": "x"}, headers=HX).status_code == 404
    assert client_of(head).post(f"/notes/{note.pk}/delete/", headers=HX).status_code == 404
    client = client_of(alice)
    assert client.get(f"/notes/{note.pk}/edit/").status_code == 200
    assert client.post(f"/notes/{note.pk}/edit/", {"text": "new"}, headers=HX).status_code == 204
    assert client.post(f"/notes/{note.pk}/delete/", headers=HX).status_code == 204
    with tenant_scope(tenant):
        assert Activity.objects.get(pk=note.pk).data["was"]["text"] == "new"


# --- The bell ----------------------------------------------------------------------------------------
@pytest.fixture
def notice(tenant, alice):
    with tenant_scope(tenant):
        [row] = notify(members=[alice, alice], code="mentioned", params={"by": "Bob"}, url="/deals/", now=NOW)
        return row


def test_notify_leaves_out_dismissed_people(scope, alice, bob):
    bob.is_active = False
    assert [row.member for row in notify(members=[alice, bob], code="x", params={}, url="", now=NOW)] == [
        alice
    ]


def test_bell_shows_the_list_and_marks_it_read_afterwards(tenant, alice, notice, client_of):
    client = client_of(alice)
    shown = client.get("/notifications/", headers=HX)
    assert "Bob" in shown.content.decode() and str(notice.pk) in shown.content.decode()
    with tenant_scope(tenant):
        later = notify(members=[alice], code="x", params={}, url="", now=NOW + dt.timedelta(seconds=1))
    assert client.post("/notifications/read/", {"up_to": str(notice.pk)}, headers=HX).status_code == 204
    with tenant_scope(tenant):
        unread = Notification.objects.filter(read_at=None)
        assert list(unread) == later
    client.post("/notifications/read/")
    with tenant_scope(tenant):
        assert not Notification.objects.filter(read_at=None).exists()


def test_notice_is_said_and_followed_by_its_owner_only(tenant, alice, bob, notice, client_of):
    client = client_of(alice)
    assert client.get(f"/notifications/{notice.pk}/").json()["href"] == "/deals/"
    assert client.get(f"/notifications/{notice.pk}/go/")["Location"] == "/deals/"
    assert client_of(bob).get(f"/notifications/{notice.pk}/").status_code == 404
    with tenant_scope(tenant):
        assert Notification.objects.get(pk=notice.pk).read_at is not None
