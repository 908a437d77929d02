"""The list of all activities: filters, rights, order and what is done to ticked rows."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from activities.models import Activity, Call
from activities.tests.factories import make_contact, make_deal
from core.listing import listing_for
from core.tenancy import tenant_scope
from core.tests.filling import fill

NAME = "activities:all_list"
HOUR = dt.timedelta(hours=1)


def make(owner, kind="call", *, ago=HOUR, is_done=True, call=None, **fields):
    """Store an activity that was done, or is due, so long ago; `call` are the facts of the telephony."""
    at = timezone.now() - ago
    moments = {"occurred_at": at} if is_done else {"due_at": at}
    row = Activity.objects.create(
        kind=kind, owner=owner, author=owner, is_done=is_done, subject=f"{kind} {ago}", **moments | fields
    )
    if call is not None:
        fill(Call, activity=row, **{"direction": "out"} | call)
    return row


def found(member, query):
    listing = listing_for(NAME)
    with tenant_scope(member.tenant):
        rows = listing.filtered(member, QueryDict(query)).qs.order_by("-stands_at", "-id")
        return [row.pk for row in rows]


def test_calls_count_from_the_asked_seconds_of_talk(tenant, alice):
    with tenant_scope(tenant):
        long = make(alice, call={"talk_s": 30})
        short = make(alice, ago=2 * HOUR, call={"talk_s": 29})
        missed = make(alice, ago=3 * HOUR, call={"talk_s": 0})
        by_hand = make(alice, ago=4 * HOUR, outcome="talked")
        make(alice, ago=5 * HOUR, outcome="no_answer")
        make(alice, ago=6 * HOUR, call={"talk_s": 90, "direction": "internal"})
        make(alice, is_done=False)
    assert found(alice, "talk_from=30") == [long.pk, by_hand.pk]
    assert found(alice, "talk_from=0") == [long.pk, short.pk, by_hand.pk]
    assert missed.pk in found(alice, "kind=call&dates=done")


def test_states_and_dates(tenant, alice):
    with tenant_scope(tenant):
        done = make(alice, "task", due_at=timezone.now() - 40 * 24 * HOUR)
        late = make(alice, "task", is_done=False, ago=2 * HOUR)
        coming = make(alice, "task", is_done=False, ago=-2 * HOUR)
        undated = make(alice, "task", is_done=False, due_at=None, created_at=timezone.now() - 3 * HOUR)
    assert found(alice, "") == [coming.pk, done.pk, late.pk, undated.pk]
    assert found(alice, "state=late") == [late.pk]
    assert found(alice, "state=planned") == [coming.pk, late.pk, undated.pk]
    assert found(alice, "state=done&state=late") == [done.pk, late.pk]
    assert found(alice, "dates=done&period=7d") == [done.pk]
    assert done.pk not in found(alice, "dates=due&period=7d")
    assert found(alice, "dates=due&period=all") == [coming.pk, done.pk, late.pk]


def test_result_direction_text_and_people(tenant, sales, alice, head):
    with tenant_scope(tenant):
        held = make(alice, "meeting", outcome="held", result="Agreed upon a price")
        absent = make(alice, "meeting", ago=2 * HOUR, outcome="absent")
        mail = make(alice, "email", ago=3 * HOUR, direction="in", text="When will it come?")
        missed = make(None, ago=4 * HOUR, direction="in", call={"result": "missed", "direction": "in"})
    assert found(alice, "held=on") == [held.pk]
    assert found(alice, "outcome=absent") == [absent.pk]
    assert found(alice, "q=PRICE agreed") == [held.pk]
    assert found(alice, "q=will+it") == [mail.pk]
    assert found(head, f"department={sales.pk}&direction=in") == [mail.pk]
    assert missed.pk not in found(head, "")


def test_changes_and_requests_are_no_activities(tenant, alice):
    with tenant_scope(tenant):
        make(alice, "change")
        make(alice, "request")
        note = make(alice, "note")
    assert found(alice, "") == [note.pk]


def test_calls_that_led_to_a_meeting(tenant, alice, bob, admin):
    with tenant_scope(tenant):
        ivan, deal = make_contact(), make_deal(owner=alice)
        day = 24 * HOUR
        led = make(alice, ago=10 * day, contact=ivan)
        by_deal = make(alice, ago=9 * day, deal=deal)
        too_early = make(alice, ago=25 * day, contact=ivan)
        afterwards = make(alice, ago=day, contact=ivan)
        of_another = make(bob, ago=10 * day, contact=ivan)
        at = timezone.now() - 8 * day
        make(alice, "meeting", is_done=False, ago=-day, contact=ivan, deal=deal, created_at=at)
    assert found(admin, "led_to_meeting=on") == [by_deal.pk, led.pk]
    assert not {too_early.pk, afterwards.pk, of_another.pk} & set(found(admin, "led_to_meeting=on"))


def test_a_card_narrows_and_one_out_of_reach_finds_nothing(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        deal, foreign = make_deal(owner=alice), make_deal(owner=bob)
        of_deal, of_foreign = make(alice, deal=deal), make(alice, ago=2 * HOUR, deal=foreign)
        alone = make(alice, "note", ago=3 * HOUR)
    assert found(alice, f"deal={deal.pk}") == [of_deal.pk]
    assert found(alice, f"deal={foreign.pk}") == []
    assert found(alice, "about=none") == [alone.pk]
    assert found(alice, "about=deal") == [of_deal.pk, of_foreign.pk]
    assert str(deal) in client_of(alice).get(reverse(NAME), {"deal": deal.pk}).content.decode()


def test_who_sees_what(tenant, alice, bob, head, admin, charlie):
    with tenant_scope(tenant):
        of_alice, of_bob, of_ada = make(alice), make(bob, ago=2 * HOUR), make(admin, ago=3 * HOUR)
    assert found(alice, "") == [of_alice.pk]
    assert found(head, "") == [of_alice.pk, of_bob.pk]
    assert found(admin, "") == [of_alice.pk, of_bob.pk, of_ada.pk]
    assert found(charlie, "") == []


def test_refused_without_the_right(tenant, client_of):
    from conftest import make_member

    assert client_of(make_member(tenant, "Mark", "marketer")).get(reverse(NAME)).status_code == 403


def test_pages_follow_by_keyset(tenant, alice, client_of):
    with tenant_scope(tenant):
        for number in range(60):
            make(alice, "task", ago=(number % 7) * HOUR, is_done=number % 2 == 0)
    client = client_of(alice)
    first = client.get(reverse(NAME)).context["page"]
    second = client.get(reverse(NAME) + first.next_url).context["page"]
    both = [row.id for row in (*first.rows, *second.rows)]
    assert len(both) == len(set(both)) == 60
    assert both == [str(pk) for pk in found(alice, "")]
    assert not second.next_url and second.previous_url


def test_costs_the_same_for_any_number(tenant, alice, client_of):
    client, counts = client_of(alice), []
    for _round in range(2):
        with tenant_scope(tenant):
            for number in range(60):
                make(alice, call={"talk_s": number}, contact=make_contact(), deal=make_deal(owner=alice))
        client.get(reverse(NAME))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(NAME))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_order_is_read_from_its_index(tenant, alice):
    with tenant_scope(tenant):
        for number in range(300):
            make(alice, "task", ago=number * HOUR)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE activities_activity")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        rows = Activity.objects.listed().order_by("-stands_at", "-id")[:20]
        assert re.search(r"Index Scan.* using activities_list", rows.explain())


@pytest.mark.parametrize("chosen", ["ids", "all"])
def test_ticked_ones_are_done_and_the_list_comes_back(tenant, alice, bob, client_of, chosen):
    with tenant_scope(tenant):
        mine, foreign = make(alice, "task", is_done=False), make(bob, "task", is_done=False)
    ids = {"ids": [str(mine.pk), str(foreign.pk)]} if chosen == "ids" else {"all": "1"}
    answer = client_of(alice).post(reverse("activities:bulk"), ids | {"query": "kind=task"})
    assert answer.headers["Location"] == reverse(NAME) + "?kind=task"
    with tenant_scope(tenant):
        assert Activity.objects.get(pk=mine.pk).is_done and not Activity.objects.get(pk=foreign.pk).is_done


def test_export_has_the_rows_of_the_filter(tenant, alice):
    with tenant_scope(tenant):
        make(alice, "meeting", outcome="held")
        make(alice, "note")
    listing = listing_for(NAME)
    with tenant_scope(tenant):
        rows = listing.filtered(alice, QueryDict("held=on"), "export").qs
        reads = sorted({name for column in listing.columns for name in column.reads})
        (raw,) = rows.values("id", *reads)
    with translation.override("en"):
        plain = {column.name: column.writer()(raw) for column in listing.columns}
    assert (plain["kind"], plain["state"], plain["outcome"]) == ("Meeting", "Done", "Took place")
