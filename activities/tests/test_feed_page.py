"""The feed of the team: by rights, by kind and person, in pages, and what is new."""

from __future__ import annotations

import datetime as dt
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.feed_page import PAGE, Feed
from activities.services import log_activity
from activities.tests.factories import make_contact, make_deal
from core.tenancy import tenant_scope

NOW = timezone.now()
HX = {"HX-Request": "true"}
URL = "/activities/feed/"


def happened(author, minutes=1, **fields):
    values = {"kind": "call", "subject": f"Rang {minutes}"} | fields
    return log_activity(occurred_at=NOW - dt.timedelta(minutes=minutes), author=author, **values)


def subjects(member, **params):
    return [entry.subject for entry in Feed(member, params, now=NOW).entries]


def test_feed_shows_what_one_may_see(scope, alice, bob, head):
    happened(alice, 2, subject="Alice rang")
    happened(bob, 1, subject="Bob rang")
    assert subjects(alice) == ["Alice rang"]
    assert subjects(head) == ["Bob rang", "Alice rang"]


def test_feed_narrows_by_kind_and_person(scope, alice, bob, head):
    happened(alice, 3, subject="Call")
    happened(alice, 2, kind="note", subject="Note")
    happened(bob, 1, subject="Bob's")
    assert subjects(head, show="notes") == ["Note"]
    assert subjects(head, who=str(bob.pk)) == ["Bob's"]
    assert subjects(alice, who=str(bob.pk)) == []


def test_feed_pages_lose_and_repeat_nothing(scope, alice):
    for minutes in range(1, PAGE + 6):
        happened(alice, minutes)
    first = Feed(alice, {}, now=NOW)
    second = Feed(alice, {"before": first.next_cursor}, now=NOW)
    seen = [entry.id for entry in first.entries[:PAGE]] + [entry.id for entry in second.entries]
    assert len(seen) == len(set(seen)) == PAGE + 5
    assert second.next_cursor == ""


def test_feed_gives_what_is_new(tenant, alice, client_of):
    with tenant_scope(tenant):
        happened(alice, 5, subject="Before")
    client = client_of(alice)
    page = client.get(URL).content.decode()
    after = re.search(r"after=([^\"&]+)", page)[1]
    with tenant_scope(tenant):
        happened(alice, 1, subject="Fresh one")
    news = client.get(f"{URL}?after={after}", headers=HX).content.decode()
    assert "Fresh one" in news and "Before" not in news and 'id="feed-top"' in news


def test_feed_page_costs_the_same_for_few_and_many(tenant, alice, client_of):
    client = client_of(alice)
    with tenant_scope(tenant):
        happened(alice, 1, deal=make_deal(owner=alice), contact=make_contact())

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    cost()
    few = cost()
    with tenant_scope(tenant):
        for minutes in range(2, 25):
            happened(alice, minutes, deal=make_deal(owner=alice), contact=make_contact())
    assert cost() == few
