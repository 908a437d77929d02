"""Moves, cohorts and losses of deals, counted by hand as docs/reports.md does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from core.tenancy import tenant_scope
from deals.models import Deal, RejectionReason, Stage
from deals.services import move_deal
from reports.flows import WAYS
from tenants.models import Membership, Tenant

MakeDeal = Callable[..., Deal]
SignIn = Callable[[Membership], Client]
PAGES = ("reports:flows", "reports:cohorts", "reports:losses")


@pytest.fixture
def stages(tenant: Tenant, directories: dict[str, Any]) -> dict[str, Stage]:
    """The stages of the pipeline: three open ones by number, the others by kind."""
    with tenant_scope(tenant):
        every = list(Stage.objects.filter(pipeline=directories["pipeline"]).order_by("position"))
    opened = [stage for stage in every if stage.kind == Stage.Kind.OPEN]
    return {str(n): stage for n, stage in enumerate(opened, start=1)} | {
        stage.kind: stage for stage in every if stage.kind != Stage.Kind.OPEN
    }


@pytest.fixture
def go(tenant: Tenant, alice: Membership, stages: dict[str, Stage]) -> Callable[..., None]:
    """Return a function that moves a deal along stages, a day after the other from when it was created."""

    def along(deal: Deal, *ways: str, reason: RejectionReason | None = None) -> None:
        with tenant_scope(tenant):
            for days, name in enumerate(ways, start=1):
                now = deal.created_at + dt.timedelta(days=days)
                move_deal(
                    deal=deal,
                    stage=stages[name],
                    by=alice,
                    now=now,
                    reason=reason if name == "lost" else None,
                )
                deal.refresh_from_db()

    return along


@pytest.fixture
def four_deals(
    alice: Membership, make_deal: MakeDeal, go: Callable[..., None], reason: RejectionReason
) -> list[Deal]:
    """One waits in the first stage, one went 1-3-2-3, one 1-2-won, one 1-2-lost."""
    deals = [make_deal(alice, days_ago=20, amount=100) for _index in range(4)]
    go(deals[1], "3", "2", "3")
    go(deals[2], "2", "won")
    go(deals[3], "2", "lost", reason=reason)
    return deals


def test_ways_between_stages(
    client_of: SignIn, admin: Membership, four_deals: list[Deal], stages: dict[str, Stage],
    opened_numbers: Callable[[Client, str], dict[str, int]],
) -> None:  # fmt: skip
    client, address = client_of(admin), reverse("reports:flows")
    page = client.get(address)
    names = {stage.name: number for number, stage in stages.items()} | {"—": "start"}
    found = {(names[row["from"]], names[row["to"]]): row["deals"] for row in page.context["rows"]}
    assert found == {
        ("start", "1"): 4, ("1", "2"): 2, ("1", "3"): 1, ("3", "2"): 1, ("2", "3"): 1, ("2", "won"): 1, ("2", "lost"): 1,
    }  # fmt: skip
    with override(admin.tenant.language):
        ways = {(names[row["from"]], names[row["to"]]): str(row["way"]) for row in page.context["rows"]}
    with override(admin.tenant.language):
        assert ways["1", "3"] == str(WAYS["skip"])
    assert sum(row["is_back"] for row in page.context["rows"]) == 1
    assert len(page.context["chart"].nodes) == len([s for s in stages.values() if s.kind == "open"]) + 2
    assert sum(band.is_back for band in page.context["chart"].bands) == 1
    opened = opened_numbers(client, address)
    assert sorted(opened.values()) == [1, 1, 1, 1, 1, 2, 4, 4]


def test_the_same_way_twice_is_one_deal(
    client_of: SignIn, admin: Membership, alice: Membership, make_deal: MakeDeal, go: Callable[..., None]
) -> None:
    go(make_deal(alice, days_ago=20), "2", "1", "2", "1")
    page = client_of(admin).get(reverse("reports:flows"))
    assert sorted(row["deals"] for row in page.context["rows"]) == [1, 1, 1]


def test_ways_through_a_deleted_stage_are_left_out(
    client_of: SignIn, admin: Membership, tenant: Tenant, four_deals: list[Deal], stages: dict[str, Stage],
    opened_numbers: Callable[[Client, str], dict[str, int]],
) -> None:  # fmt: skip
    with tenant_scope(tenant):
        Deal.objects.filter(stage=stages["3"]).update(stage=stages["1"])
        stages["3"].delete()
    client = client_of(admin)
    page = client.get(reverse("reports:flows"))
    assert sorted(row["deals"] for row in page.context["rows"]) == [1, 1, 2, 4]
    opened_numbers(client, reverse("reports:flows"))


def test_losses_by_stage_and_reason(
    client_of: SignIn, admin: Membership, alice: Membership, make_deal: MakeDeal, go: Callable[..., None],
    four_deals: list[Deal], stages: dict[str, Stage], reason: RejectionReason, tenant: Tenant,
    opened_numbers: Callable[[Client, str], dict[str, int]],
) -> None:  # fmt: skip
    won = make_deal(alice, days_ago=10, amount=70)
    go(won, "won")
    silent = make_deal(alice, days_ago=10, amount=50)
    go(silent, "3", "lost", reason=reason)
    with tenant_scope(tenant):
        Deal.objects.filter(pk=silent.pk).update(rejection_reason=None)
    client, address = client_of(admin), reverse("reports:losses")
    page = client.get(address)
    found = {row["name"]: (row["total"], row["counts"]) for row in page.context["rows"]}
    assert found[reason.name][1][:3] == [0, 1, 0]
    lost = page.context["found"]
    assert (lost.total, lost.cells[reason.pk, stages["2"].pk], lost.cells[None, stages["3"].pk]) == (6, 1, 1)
    # Of each reason its total, its cell and its stage; the lost deals; all of them
    assert sorted(opened_numbers(client, address).values()) == [1, 1, 1, 1, 1, 1, 2, 6]


def test_cohorts_count_on_and_tell_no_share_too_early(
    client_of: SignIn, admin: Membership, tenant: Tenant, alice: Membership, make_deal: MakeDeal,
    opened_numbers: Callable[[Client, str], dict[str, int]],
) -> None:  # fmt: skip
    """Of three deals of one day a hundred days ago one is won after 6 days, one after 40; one lies there."""
    deals = [make_deal(alice, days_ago=100, amount=100) for _index in range(3)]
    with tenant_scope(tenant):
        won = Stage.objects.get(pipeline=deals[0].pipeline, kind=Stage.Kind.WON)
        for deal, days in zip(deals, (6, 40), strict=False):
            move_deal(deal=deal, stage=won, by=alice, now=deal.created_at + dt.timedelta(days=days))
    client = client_of(admin)
    address = f"{reverse('reports:cohorts')}?period=all&by=week"
    [row] = client.get(address).context["rows"]
    assert [cell["count"] for cell in row["cells"]] == [1, 1, 1, 2, 2, 2, 2]
    assert [cell["is_ripe"] for cell in row["cells"]] == [True, True, True, True, True, False, False]
    assert (row["row"].total, row["row"].won) == (3, 2)
    opened = opened_numbers(client, address)
    assert sorted(opened.values()) == [
        1,
        1,
        1,
        2,
        2,
        2,
        2,
        3,
        3,
    ]  # after 100 days nothing is begun beyond 180


def test_deal_won_to_the_second_is_within(
    client_of: SignIn, admin: Membership, tenant: Tenant, alice: Membership, make_deal: MakeDeal
) -> None:
    deal = make_deal(alice, days_ago=30, amount=100)
    with tenant_scope(tenant):
        won = Stage.objects.get(pipeline=deal.pipeline, kind=Stage.Kind.WON)
        move_deal(deal=deal, stage=won, by=alice, now=deal.created_at + dt.timedelta(days=7))
    for days, count in (("7", 1), ("6", 0)):
        page = client_of(admin).get(reverse("deals:list"), {"won_within": days})
        assert f'data-list-count="{count}"' in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_managers_see_their_own_deals(
    client_of: SignIn, admin: Membership, alice: Membership, bob: Membership, make_deal: MakeDeal, name: str
) -> None:
    for member in (alice, alice, bob):
        make_deal(member)
    totals = {}
    for member in (admin, alice, bob):
        context = client_of(member).get(reverse(name)).context
        totals[member] = context["found"].total if name == "reports:losses" else context["total"]
    assert totals == {admin: 3, alice: 2, bob: 1}


@pytest.mark.parametrize("name", PAGES)
def test_statements_do_not_grow_with_deals(
    client_of: SignIn, admin: Membership, alice: Membership, make_deal: MakeDeal, go: Callable[..., None],
    reason: RejectionReason, name: str,
) -> None:  # fmt: skip
    client = client_of(admin)
    counts = []
    for number in (1, 6):
        for _index in range(number):
            go(make_deal(alice, days_ago=20), "2", "lost", reason=reason)
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "query", ["?period=all", "?first=2199-01-01&last=1971-01-01", "?pipeline=x", "?by=week&dates=closed"]
)
def test_pages_answer_strange_addresses(client_of: SignIn, admin: Membership, name: str, query: str) -> None:
    assert client_of(admin).get(reverse(name) + query).status_code == 200
