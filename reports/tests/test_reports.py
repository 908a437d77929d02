"""Reports: figures counted by hand, and every number opens exactly its rows."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.tenancy import tenant_scope
from deals.models import Deal, RejectionReason, Stage
from deals.services import move_deal
from leads.models import Lead
from reports.dimensions import DIMENSIONS
from reports.queries import funnel as funnel_queries
from reports.queries import leads as lead_queries
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
MakeLead = Callable[..., Lead]
_NUMBER = re.compile(r'<a class="numlink[^"]*" href="([^"]+)">([\d\s\xa0]+)</a>')


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
        groups = lead_queries.quality_by(Lead.objects.advertising(), DIMENSIONS["source"])
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
        rows, columns = lead_queries.reasons_by(Lead.objects.all(), DIMENSIONS["source"])
    assert {row.name: row.total for row in rows} == {reason.name: 1, "": 1}
    assert sum(total for _value, _name, total in columns) == 2


def test_became_sums_each_deal_once(
    tenant: Tenant, make_lead: MakeLead, make_deal: Callable[..., Deal], alice: Membership
) -> None:
    deal = make_deal(alice, amount=100)
    for _index in range(2):
        make_lead(state="converted", deal=deal)
    make_lead(state="converted")
    with tenant_scope(tenant):
        became = lead_queries.became(Lead.objects.all())
    assert (became.with_deal, became.without_deal, became.won) == (2, 1, 0)
    assert became.amounts == (("RUB", 100),)


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
        built = funnel_queries.build(Deal.objects.all(), directories["pipeline"])
    assert [row.reached for row in built.rows] == [4, 3, 2, 1]
    assert [row.left for row in built.rows] == [0, 1, 0, 0]
    assert [row.here for row in built.rows] == [1, 0, 1, 0]
    assert built.rows[1].step_percent == 75
    assert built.rows[1].median_s == pytest.approx(24 * 3600, abs=5)


REPORT_PAGES = [
    ("reports:leads", ""),
    ("reports:leads", "period=all&non_advertising=on"),
    ("reports:quality", "by=source"),
    ("reports:quality", "by=source_group&period=all"),
    ("reports:quality", "by=campaign&non_advertising=on"),
    ("reports:quality", "by=channel_kind"),
    ("reports:quality", "by=channel"),
    ("reports:quality", "by=manager"),
    ("reports:quality", "by=manager&whose=owner"),
    ("reports:reasons", "by=channel_kind"),
    ("reports:reasons", "by=source&period=all"),
    ("reports:reasons", "by=manager"),
    ("reports:funnel", "period=all"),
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
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
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
