"""Reports: figures counted by hand, and every number opens exactly its rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.listing import listing_for
from core.tenancy import tenant_scope
from core.zones import zones
from deals.models import Deal, RejectionReason, Stage
from deals.services import move_deal
from leads.models import Lead
from reports import periods
from reports.dimensions import DIMENSIONS, REASON
from reports.periods import EARLIEST, LATEST, Period
from reports.queries import funnel as funnel_queries
from reports.queries import leads as lead_queries
from reports.queries import structure
from reports.rollups.cubes import on_their_way, stays_of
from reports.rollups.reading import Figured, figured_leads
from reports.rollups.refreshing import rebuild
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
MakeLead = Callable[..., Lead]
_NUMBER = re.compile(r'<a class="numlink[^"]*" href="([^"]+)">([\d\s\xa0]+)</a>')


def of_rows(rows: Any, period: Period | None = None, paths: dict[str, str] | None = None) -> Figured:
    """Let figures be read from these rows, whatever is counted beforehand."""
    return Figured(rows, "received_at", "received", period or Period(None, None), None, Q(), paths or {})


@pytest.fixture
def some_leads(
    make_lead: MakeLead, directories: dict[str, Any], alice: Membership, reason: RejectionReason
) -> None:
    ads, word = directories["ads"], directories["word"]
    make_lead(source=ads, quality="targeted", taken_by=alice, state="in_work", campaign="brand")
    make_lead(source=ads, quality="repeat", state="converted", taken_by=alice)
    make_lead(source=ads, quality="non_targeted", state="rejected", rejection_reason=reason)
    make_lead(source=word, quality="targeted", kind="call", channel_kind="call", state="rejected")
    make_lead(quality="unsorted", kind="message", channel_kind="messenger")
    make_lead(source=ads, quality="unverified", is_advertising=False)
    make_lead(source=ads, received_at=timezone.now() - dt.timedelta(days=400))


def test_quality_counts_by_source(tenant: Tenant, some_leads: None) -> None:
    with tenant_scope(tenant):
        groups = lead_queries.quality_by(of_rows(Lead.objects.advertising()), DIMENSIONS["source"])
    found = {
        g.name: (g.total, g.counts["targeted"], g.counts["repeat"], g.counts["non_targeted"]) for g in groups
    }
    assert found["Ads"] == (4, 2, 1, 1)
    assert found["Word of mouth"] == (1, 1, 0, 0)
    assert sum(g.total for g in groups) == 6


def test_reasons_count_leads_without_a_reason_too(
    tenant: Tenant, some_leads: None, reason: RejectionReason
) -> None:
    with tenant_scope(tenant):
        rows, columns = lead_queries.reasons_by(of_rows(Lead.objects.all()), REASON, DIMENSIONS["source"])
    assert {row.name: row.total for row in rows} == {reason.name: 1, str(REASON.none_label): 1}
    assert sum(total for _value, _name, total in columns) == 2


@pytest.mark.parametrize("is_counted", [False, True])
def test_became_sums_each_deal_once(
    tenant: Tenant,
    make_lead: MakeLead,
    make_deal: Callable[..., Deal],
    admin: Membership,
    alice: Membership,
    is_counted: bool,
) -> None:
    """Three leads, the last of today, were turned into one deal, one into another, one into none, one into a deleted one;
    what has no amount tells none, nor a currency of its own."""
    now = timezone.now()
    shared, own, gone = (make_deal(alice, amount=amount) for amount in (100, 7, 1000))
    worthless = make_deal(alice, currency="USD")
    with tenant_scope(tenant):
        Deal.objects.filter(pk=gone.pk).update(deleted_at=now)
    made = ((40, shared), (3, shared), (0, shared), (3, own), (3, None), (3, gone), (3, worthless))
    for days_ago, deal in made:
        make_lead(state="converted", deal=deal, received_at=now - dt.timedelta(days=days_ago))
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone):
        if is_counted:
            rebuild(tenant, now=now)
        params = QueryDict("period=all")
        filters = listing_for("leads:list").filtered(admin, params)
        leads = figured_leads(filters, admin, periods.of(params), lead_queries.OUTCOME)
        of_rows = dataclasses.replace(leads, cube=None, divided={})
        became = lead_queries.became(leads, Deal.objects.present())
        unseen = lead_queries.became(of_rows, Deal.objects.none())
    assert leads.has_cells is is_counted
    assert (became.with_deal, became.without_deal, became.won) == (5, 1, 0)
    assert (unseen.with_deal, unseen.without_deal, unseen.amounts) == (0, 1, ())
    assert became.amounts == (("RUB", 107),)


def test_funnel_counts_passed_stages_and_drop_off(
    tenant: Tenant, make_deal: Callable[..., Deal], alice: Membership, directories: dict[str, Any]
) -> None:
    """Four deals: one stays, one skips to the last stage, one wins, one is lost from the second stage."""
    now = timezone.now()
    with tenant_scope(tenant):
        stages = list(
            Stage.objects.filter(pipeline=directories["pipeline"], kind="open").order_by("position")
        )
        won = Stage.objects.get(pipeline=directories["pipeline"], kind="won")
        lost = Stage.objects.get(pipeline=directories["pipeline"], kind="lost")
    _stays, skips, wins, loses = (make_deal(alice, days_ago=2, amount=100) for _index in range(4))
    reason = next(r for r in directories["reasons"] if r.is_for_deals)
    with tenant_scope(tenant):
        move_deal(deal=skips, stage=stages[2], by=alice, now=now)
        move_deal(deal=wins, stage=won, by=alice, now=now)
        moved = move_deal(deal=loses, stage=stages[1], by=alice, now=now - dt.timedelta(days=1))
        move_deal(deal=moved, stage=lost, by=alice, now=now, reason=reason)
        deals = Deal.objects.all()
        built = funnel_queries.build(
            of_rows(on_their_way(deals)),
            of_rows(stays_of(deals), paths={"stage": "from_stage"}),
            directories["pipeline"],
        )
    assert [row.reached for row in built.rows] == [4, 3, 2, 1]
    assert [row.left for row in built.rows] == [0, 1, 0, 0]
    assert [row.here for row in built.rows] == [1, 0, 1, 0]
    assert built.rows[1].step_percent == 75
    assert built.rows[1].median_s == pytest.approx(24 * 3600, rel=0.005)


def test_trend_draws_days_without_leads_too(tenant: Tenant, make_lead: MakeLead, scope: Tenant) -> None:
    today = timezone.localdate()
    for ago in (1, 3):
        make_lead(received_at=timezone.now() - dt.timedelta(days=ago))
    last_days = Period(today - dt.timedelta(days=4), today)
    points = lead_queries.trend(of_rows(Lead.objects.all(), last_days))
    assert [point.total for point in points] == [0, 1, 0, 1, 0]
    absurd = Period(EARLIEST, LATEST)
    assert len(lead_queries.trend(of_rows(Lead.objects.all(), absurd))) <= 2
    quarter = Period(today - dt.timedelta(days=89), today)
    weeks = lead_queries.trend(of_rows(Lead.objects.all(), quarter))
    assert len(weeks) in (13, 14) and sum(point.total for point in weeks) == 2
    months = lead_queries.trend(of_rows(Lead.objects.all()))
    assert sum(point.total for point in months) == 2


def test_structure_shows_where_deals_lay_at_the_end_of_a_day(
    tenant: Tenant, make_deal: Callable[..., Deal], admin: Membership, directories: dict[str, Any]
) -> None:
    pipeline, now = directories["pipeline"], timezone.now()
    with tenant_scope(tenant):
        first, second = Stage.objects.filter(pipeline=pipeline, kind="open").order_by("position")[:2]
    moved, _stays = make_deal(admin, days_ago=9, amount=100), make_deal(admin, days_ago=9, amount=10)
    make_deal(admin, days_ago=1, amount=1)
    with tenant_scope(tenant):
        move_deal(deal=moved, stage=second, by=admin, now=now)
        filters = listing_for("deals:list").filtered(admin, QueryDict())
        rows = structure.build(filters, admin, pipeline, on=(now - dt.timedelta(days=5)).date())
    found = {row.stage: row for row in rows}
    assert (found[first].then, found[first].now) == (
        structure.Part(2, [("RUB", 110)]),
        structure.Part(2, [("RUB", 11)]),
    )
    assert (found[second].then, found[second].now) == (structure.Part(), structure.Part(1, [("RUB", 100)]))


@pytest.mark.parametrize(("on", "is_read"), [("2026-01-01", True), ("0001-01-01", False), ("x", False)])
def test_funnel_page_compares_with_a_past_day(
    client_of: SignIn, admin: Membership, make_deal: Callable[..., Deal], on: str, is_read: bool
) -> None:
    make_deal(admin)
    page = client_of(admin).get(reverse("reports:funnel"), {"on": on})
    assert bool(page.context["on"]) == is_read
    head = page.content.decode().partition('id="structure"')[2].partition("<thead>")[2]
    assert ("2026" in head.partition("</thead>")[0]) == is_read


def test_all_time_stays_in_every_address(client_of: SignIn, admin: Membership, some_leads: None) -> None:
    """Export, breakdown and removing another filter keep it; taking the usual period away asks for it."""
    client, name = client_of(admin), reverse("reports:quality")
    page = client.get(f"{name}?period=all&state=in_work").context
    assert "period=all" in page["query"]
    assert all("period=all" in choice["url"] for choice in page["choices"])
    [chip] = page["page"].chips
    assert "period=all" in chip.remove_url and "state" not in chip.remove_url
    [chip] = client.get(name).context["page"].chips
    assert "period=all" in chip.remove_url
    every = client.get(f"{name}?period=all&format=csv")
    assert "Ads;4;" in every.content.decode("utf-8-sig")


def test_number_of_a_dismissed_manager_opens_its_rows(
    tenant: Tenant, client_of: SignIn, admin: Membership, alice: Membership, some_leads: None
) -> None:
    with tenant_scope(tenant):
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
    client = client_of(admin)
    [url] = [
        row["url"]
        for row in client.get(reverse("reports:quality"), {"by": "manager"}).context["rows"]
        if row["name"] == "Alice"
    ]
    assert 'data-list-count="2"' in client.get(url).content.decode()


def test_manager_report_follows_whom_the_tenant_shows(
    tenant: Tenant, client_of: SignIn, admin: Membership, make_lead: MakeLead, make_deal: Callable[..., Deal],
    alice: Membership, bob: Membership,
) -> None:  # fmt: skip
    make_lead(taken_by=alice, state="converted", deal=make_deal(bob))
    client = client_of(admin)

    def names(**params: str) -> list[str]:
        page = client.get(reverse("reports:quality"), {"by": "manager"} | params)
        return [row["name"] for row in page.context["rows"]]

    assert names() == ["Alice"]
    Tenant.objects.filter(pk=tenant.pk).update(shown_manager="owner")
    assert names() == ["Bob"]
    assert names(whose="taker") == ["Alice"]


def test_new_and_vanished_groups_have_a_change(
    client_of: SignIn, admin: Membership, make_lead: MakeLead, directories: dict[str, Any]
) -> None:
    make_lead(source=directories["ads"])
    make_lead(source=directories["word"], received_at=timezone.now() - dt.timedelta(days=40))
    page = client_of(admin).get(reverse("reports:quality"), {"by": "source"})
    found = [(row["name"], row["total"], row["delta"]) for row in page.context["rows"]]
    assert found == [("Ads", 1, 1), ("Word of mouth", 0, -1)]


def test_zeros_open_nothing(client_of: SignIn, admin: Membership, make_lead: MakeLead) -> None:
    make_lead(state="rejected", quality="targeted")
    for name in ("leads", "quality", "reasons"):
        page = client_of(admin).get(reverse(f"reports:{name}")).content.decode()
        links = re.findall(r'<a[^>]* href="[^"]*"[^>]*>\s*0\s*</a>', page)
        assert not links
    assert _NUMBER.findall(page)


# test_numbers walks through all numbers with the lists' own filters; these few go through the lists' pages.
REPORT_PAGES = [
    ("reports:leads", "period=all&non_advertising=on"),
    ("reports:quality", "by=manager&whose=owner"),
    ("reports:funnel", "period=all&on=2026-01-01"),
]


@pytest.mark.parametrize(("name", "query"), REPORT_PAGES)
@pytest.mark.parametrize("who", ["admin", "head", "alice"])
def test_every_number_opens_exactly_its_rows(
    name: str,
    query: str,
    who: str,
    request: pytest.FixtureRequest,
    client_of: SignIn,
    some_leads: None,
    make_deal: Callable[..., Deal],
    alice: Membership,
    bob: Membership,
) -> None:
    for member in (alice, alice, bob):
        make_deal(member)
    client = client_of(request.getfixturevalue(who))
    page = client.get(f"{reverse(name)}?{query}")
    assert page.status_code == 200
    numbers = _NUMBER.findall(page.content.decode())
    for url, shown in numbers:
        rows = client.get(html.unescape(url))
        count = re.search(r'data-list-count="(\d+)"', rows.content.decode())
        assert count, url
        assert int(count[1]) == int(re.sub(r"\D", "", shown)), url
    if who == "admin":
        assert numbers


def test_report_exports_its_table(client_of: SignIn, admin: Membership, some_leads: None) -> None:
    response = client_of(admin).get(reverse("reports:quality") + "?by=source&format=csv")
    text = response.content.decode("utf-8-sig")
    assert "Ads;3;1;1;1;0;0;" in text


def test_report_is_forbidden_to_a_dispatcher(client_of: SignIn, tenant: Tenant) -> None:
    from conftest import make_member

    client = client_of(make_member(tenant, "Dina", "dispatcher"))
    assert client.get(reverse("reports:quality")).status_code == 403


def test_manager_counts_only_own_leads(client_of: SignIn, bob: Membership, some_leads: None) -> None:
    page = client_of(bob).get(reverse("reports:quality") + "?period=all")
    assert not _NUMBER.findall(page.content.decode())


@pytest.mark.parametrize(
    "query", ["period=nonsense", "first=9999-99-99", "first=0001-01-01&last=9999-12-31", "by=x"]
)
def test_absurd_periods_are_answered(
    client_of: SignIn, admin: Membership, some_leads: None, query: str
) -> None:
    assert client_of(admin).get(f"{reverse('reports:quality')}?{query}").status_code == 200


def test_dashboard_costs_a_constant_number_of_queries(
    client_of: SignIn,
    admin: Membership,
    make_lead: MakeLead,
    make_deal: Callable[..., Deal],
    django_assert_num_queries: Any,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(admin)
    counts = []
    for _round in range(2):
        for _index in range(4):
            make_lead(state="new")
            make_deal(admin)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
