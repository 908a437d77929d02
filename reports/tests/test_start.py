"""The start page: every counter opens exactly its rows, and what happened last."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from activities.services import add_note, plan_activity
from conftest import make_member
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import assign_deal
from leads.models import Lead
from tenants.models import Membership, Role, Tenant

SignIn = Callable[[Membership], Client]


@pytest.fixture
def work(
    tenant: Tenant,
    make_lead: Callable[..., Lead],
    make_deal: Callable[..., Deal],
    alice: Membership,
    bob: Membership,
) -> None:
    """Plans, inquiries and deals of two colleagues, and some that are nobody's."""
    now = timezone.now()
    for member in (alice, alice, bob):
        make_deal(member)
        make_lead(state="in_work", taken_by=member)
        make_lead(state="new", responsible=member)
    make_lead(state="new")
    make_lead(state="new", responsible=alice, snoozed_until=now + dt.timedelta(days=1))
    with tenant_scope(tenant):
        for owner, by, distance in ((alice, alice, -2), (alice, bob, -1), (bob, bob, -9), (bob, alice, -3)):
            due_at = now + dt.timedelta(hours=distance)
            plan_activity(kind="task", subject="x", due_at=due_at, owner=owner, by=by, now=now)


@pytest.mark.parametrize("whose", ["mine", "team"])
@pytest.mark.parametrize("who", ["alice", "head", "admin"])
def test_counters_open_exactly_their_rows(
    client_of: SignIn, work: None, request: pytest.FixtureRequest, who: str, whose: str
) -> None:
    client = client_of(request.getfixturevalue(who))
    page = client.get("/", {"whose": whose})
    to_do, urls = page.context["to_do"], page.context["urls"]
    late = client.get(urls["overdue"])
    assert sum(len(group.rows) for group in late.context["day"].groups) == to_do.overdue
    today = client.get(urls["today"])
    assert sum(len(group.rows) for group in today.context["day"].groups) == to_do.today
    deals = client.get(urls["without_step"]).content.decode()
    assert re.findall(r'data-list-count="(\d+)"', deals) == [str(to_do.without_step)]
    queue = client.get(urls["unsorted"])
    assert len(queue.context["rows"]) == to_do.unsorted
    if who == "admin" and whose == "team":
        assert (to_do.overdue, to_do.without_step, to_do.unsorted) == (4, 3, 4)


@pytest.mark.parametrize("who", ["head", "admin"])
def test_figures_of_each_colleague_open_exactly_their_rows(
    client_of: SignIn, work: None, request: pytest.FixtureRequest, who: str
) -> None:
    client = client_of(request.getfixturevalue(who))
    page = client.get("/", {"whose": "team"})
    html, loads = page.content.decode(), page.context["loads"]
    assert loads
    for load in loads:
        links = set(re.findall(rf'href="(/[^"]*{load.member.pk}[^"]*)"', html))
        counted = {link.partition("?")[0]: 0 for link in links}
        for link in links:
            rows = client.get(link.replace("&amp;", "&"))
            if link.startswith("/activities/"):
                counted["/activities/"] += sum(len(group.rows) for group in rows.context["day"].groups)
            else:
                counted[link.partition("?")[0]] += int(
                    re.findall(r'data-list-count="(\d+)"', rows.content.decode())[0]
                )
        told = {
            "/activities/": load.overdue + load.today,
            "/leads/": load.leads,
            "/deals/list/": load.deals + load.without_step,
        }
        assert counted == {path: count for path, count in told.items() if count}


def test_person_without_a_right_to_plan_is_offered_no_plan(
    client_of: SignIn, work: None, tenant: Tenant
) -> None:
    marketer = make_member(tenant, "Mark", Role.Code.MARKETER)
    html = client_of(marketer).get("/", {"whose": "team"}).content.decode()
    assert "/activities/" not in html and "/accept/" not in html


def test_what_happened_tells_of_cards_one_may_see(
    tenant: Tenant,
    client_of: SignIn,
    make_deal: Callable[..., Deal],
    alice: Membership,
    bob: Membership,
) -> None:
    mine, given = make_deal(alice), make_deal(alice)
    now = timezone.now()
    with tenant_scope(tenant):
        Deal.objects.filter(pk=given.pk).update(title="Given away")
        for deal in Deal.objects.filter(pk__in=[mine.pk, given.pk]):
            add_note(text="x", by=alice, now=now, deal=deal)
        assign_deal(deal=given, owner=bob, by=alice, now=now)
    page = client_of(alice).get("/")
    links = [link.url for entry in page.context["happened"] for link in entry.links]
    assert f"/deals/{mine.pk}/" in links and f"/deals/{given.pk}/" not in links


def test_what_happened_costs_a_constant_number_of_queries(
    tenant: Tenant,
    client_of: SignIn,
    make_deal: Callable[..., Deal],
    admin: Membership,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(admin), []
    for number in (1, 15):
        for _index in range(number):
            deal = make_deal(admin)
            with tenant_scope(tenant):
                add_note(text="x", by=admin, now=timezone.now(), deal=deal)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/")
        counts.append(len(queries))
    assert len(page.context["happened"]) == 12
    assert counts[0] == counts[1]
