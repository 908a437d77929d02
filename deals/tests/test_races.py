"""Several people at one card, on committed data: one wins, the others are told who."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from core.errors import Refusal
from core.tenancy import tenant_scope
from deals.errors import DealChangedMeanwhile, OwnerDismissed
from deals.models import Deal, StageChange
from deals.services import assign_deal, delete_stage, move_deal, update_deal, update_stage
from deals.services.bulk import move_deals
from tenants.services import dismiss_member

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 16


def together(tenant: Any, *jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs at one moment, each in a thread and a scope of its own; answer results and refusals."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            with tenant_scope(tenant):
                return job()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_one_of_sixteen_moves_wins_and_the_others_hear_who(tenant, make_deal, stages, alice, now):
    deal = make_deal()
    targets = [stages["second"], stages["third"]]

    def mover(serial: int) -> Callable[[], Deal]:
        return lambda: move_deal(
            deal=deal, stage=targets[serial % 2], by=alice, now=now, version=deal.version
        )

    results = together(tenant, *(mover(serial) for serial in range(PEOPLE)))
    winners = [r for r in results if isinstance(r, Deal)]
    losers = [r for r in results if isinstance(r, DealChangedMeanwhile)]
    assert (len(winners), len(losers)) == (1, PEOPLE - 1)
    assert {(r.who, r.stage) for r in losers} == {("Alice", winners[0].stage.name)}
    with tenant_scope(tenant):
        standing = Deal.objects.get(pk=deal.pk)
        assert (standing.stage_id, standing.version) == (winners[0].stage_id, 2)
        assert StageChange.objects.filter(deal=deal).count() == 2


def test_no_move_without_a_version_is_lost(tenant, make_deal, stages, alice, now):
    deal = make_deal()
    order = ["second", "third"]
    jobs = [lambda s=order[n % 2]: move_deal(deal=deal, stage=stages[s], by=alice, now=now) for n in range(8)]
    assert all(isinstance(result, Deal) for result in together(tenant, *jobs))
    with tenant_scope(tenant):
        moves = list(StageChange.objects.filter(deal=deal).order_by("id"))
        standing = Deal.objects.get(pk=deal.pk)
    for earlier, later in zip(moves, moves[1:], strict=False):  # every move begins where the last one ended
        assert later.from_stage_id == earlier.to_stage_id
    assert standing.version == len(moves)
    assert standing.stage_id == moves[-1].to_stage_id


def test_one_of_two_edits_of_a_page_wins(tenant, make_deal, alice, now):
    deal = make_deal()
    jobs = [
        lambda c=c: update_deal(deal=deal, by=alice, now=now, version=deal.version, city=c)
        for c in ("Тверь", "Клин")
    ]
    results = together(tenant, *jobs)
    assert sorted(type(r).__name__ for r in results) == ["Deal", "DealChangedMeanwhile"]


def test_two_bulks_over_the_same_deals_do_not_wait_for_each_other(tenant, make_deal, stages, alice, now):
    deals = [make_deal(str(n)) for n in range(6)]

    def bulk(order: list[Deal], stage: str) -> Callable[[], Any]:
        def run() -> Any:
            with transaction.atomic():
                return move_deals(deals=order, stage=stages[stage], by=alice, now=now)

        return run

    reports = together(tenant, bulk(deals, "second"), bulk(deals[::-1], "third"))
    assert [report.done for report in reports] == [6, 6]


def test_deals_that_arrive_while_a_stage_is_deleted_are_never_lost(
    tenant, make_deal, stages, alice, head, now
):
    _standing, arriving = make_deal("standing", stage=stages["second"]), make_deal("arriving")
    results = together(
        tenant,
        lambda: delete_stage(stage=stages["second"], by=head, now=now, move_to=stages["third"]),
        lambda: move_deal(deal=arriving, stage=stages["second"], by=alice, now=now),
    )
    with tenant_scope(tenant):
        places = {deal.title: deal.stage for deal in Deal.objects.select_related("stage")}
    assert set(places) == {"standing", "arriving"}, results
    assert places["standing"] == stages["third"]
    assert places["arriving"] in (stages["first"], stages["third"])


def test_one_of_eight_gets_the_last_place_of_a_strict_limit(tenant, make_deal, stages, alice, now):
    with tenant_scope(tenant):
        second = update_stage(stage=stages["second"], card_limit=1, is_limit_strict=True)
    deals = [make_deal(str(n)) for n in range(8)]
    jobs = [lambda d=deal: move_deal(deal=d, stage=second, by=alice, now=now) for deal in deals]
    results = together(tenant, *jobs)
    assert sorted(type(r).__name__ for r in results) == ["Deal"] + ["StageFull"] * 7
    with tenant_scope(tenant):
        assert Deal.objects.filter(stage=second).count() == 1


def test_deals_given_to_one_who_is_being_dismissed_are_found_or_refused(
    tenant, make_deal, alice, bob, admin, now
):
    deals = [make_deal(str(n)) for n in range(6)]

    def dismiss() -> str:
        with transaction.atomic():
            dismiss_member(member=bob, by=admin, now=now)
        return "dismissed"

    jobs = [lambda d=deal: assign_deal(deal=d, owner=bob, by=alice, now=now) for deal in deals]
    results = together(tenant, dismiss, *jobs)
    given = [r for r in results if isinstance(r, Deal)]
    assert len(given) + sum(isinstance(r, OwnerDismissed) for r in results) == len(deals)
    with tenant_scope(tenant):  # a handover that starts after the dismissal sees every one of them
        assert Deal.objects.filter(owner=bob).count() == len(given)
        with pytest.raises(OwnerDismissed):
            assign_deal(deal=make_deal("late"), owner=bob, by=alice, now=now)
